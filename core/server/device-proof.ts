import { deviceIdOf, rawPublicKey, verifySignature } from '../devices/keys.ts';
import type { ConnectParams, DeviceProof } from '../protocol/connect.ts';
import { type SignedFields, signaturePayload } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/frames.ts';

const refusal = (message: string, code: string, reason: string): RpcError =>
  new RpcError('INVALID_REQUEST', message, { code: `DEVICE_AUTH_${code}`, reason });

/**
 * Checks that the caller holds the private key of the device it names, for this very challenge.
 * Returns the canonical public key; throws what the wire protocol's device table says.
 */
export function proveDevice(
  params: ConnectParams,
  device: DeviceProof,
  nonce: string,
  nowMs: number,
): string {
  const key = rawPublicKey(device.publicKey);
  if (!key || deviceIdOf(key) !== device.id) {
    throw refusal('device identity mismatch', 'DEVICE_ID_MISMATCH', 'device-id-mismatch');
  }
  if (Math.abs(nowMs - device.signedAt) > LIMITS.signatureSkewMs) {
    throw refusal('device signature expired', 'SIGNATURE_EXPIRED', 'device-signature-stale');
  }
  if (device.nonce.trim() !== nonce) {
    throw refusal('device nonce mismatch', 'NONCE_MISMATCH', 'device-nonce-mismatch');
  }
  const fields = signedFields(params, device, nonce);
  const signed = (['v3', 'v2'] as const).some((version) =>
    verifySignature(key, signaturePayload(version, fields), device.signature),
  );
  if (!signed) throw refusal('device signature invalid', 'SIGNATURE_INVALID', 'device-signature');
  return key.toString('base64url');
}

function signedFields(params: ConnectParams, device: DeviceProof, nonce: string): SignedFields {
  const { auth, client } = params;
  return {
    deviceId: device.id,
    clientId: client.id,
    clientMode: client.mode,
    role: params.role ?? 'operator',
    scopes: params.scopes ?? [],
    signedAt: device.signedAt,
    token: auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken,
    nonce,
    platform: client.platform,
    deviceFamily: client.deviceFamily,
  };
}
