import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { DeviceIdentity } from '../../protocol/device-auth.ts';

export interface TestIdentity extends DeviceIdentity {
  /** Checks a signature of this device. */
  verify(payload: string, signature: string): boolean;
}

/** A fresh Ed25519 device. */
export function createTestIdentity(): TestIdentity {
  const pair: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    deviceId: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    sign: (payload) => sign(null, Buffer.from(payload), pair.privateKey).toString('base64url'),
    verify: (payload, signature) =>
      verify(null, Buffer.from(payload), pair.publicKey, Buffer.from(signature, 'base64url')),
  };
}
