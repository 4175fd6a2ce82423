import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { plainDetail } from './device-grant.ts';
import type { PairingRequest } from './paired-device.ts';
import { setAside } from './set-aside.ts';

const KEY_BYTES = 32;

/** Derives what must be stable but not guessable from one random key, so that no token is ever stored. */
export interface DeviceSecret {
  /** 43 characters of base64url. */
  token(deviceId: string, role: string, generation: string): string;
  /** UUID-shaped; the same for the same device, key, role, set of scopes, platform and device family. */
  requestId(request: PairingRequest): string;
}

/**
 * Opens the key in `file`, creating it when it is missing; a key of the wrong size is set aside first.
 * `inUse` says that there are paired devices, whose tokens a new key makes worthless.
 */
export async function openDeviceSecret(
  file: string,
  { now, log, inUse }: { now: number; log: Logger; inUse: boolean },
): Promise<DeviceSecret> {
  const key = await readKey(file);
  if (key?.length === KEY_BYTES) return deviceSecret(key);
  const kept = key === undefined ? undefined : await setAside(file, now);
  if (kept !== undefined || inUse) {
    log.error(`${file} is missing or damaged: every device token was replaced; devices get theirs anew`, {
      kept,
    });
  }
  const created = randomBytes(KEY_BYTES);
  await writeFileAtomic(file, created);
  return deviceSecret(created);
}

async function readKey(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw new RpcError(
      'STORE_UNUSABLE',
      `The key of the device tokens ${file} cannot be read. Check its owner and permissions.`,
      undefined,
      { cause: error },
    );
  }
}

export function deviceSecret(key: Buffer): DeviceSecret {
  const derive = (...parts: unknown[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts), 'utf8').digest();
  return {
    token: (deviceId, role, generation) =>
      derive('device-token', deviceId, role, generation).toString('base64url'),
    requestId: ({ deviceId, publicKey, role, scopes, platform, deviceFamily }) =>
      uuidOf(
        derive(
          'pairing-request',
          deviceId,
          publicKey,
          role,
          [...new Set(scopes)].sort(),
          plainDetail(platform),
          plainDetail(deviceFamily),
        ),
      ),
  };
}

/** Version 8 of RFC 9562: the bits are ours to define. */
function uuidOf(bytes: Buffer): string {
  const hex = bytes.subarray(0, 16).toString('hex').split('');
  hex[12] = '8';
  hex[16] = '89ab'.charAt((bytes[8] as number) & 3);
  const text = hex.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}
