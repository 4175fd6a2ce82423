import { invalidRequest } from '../protocol/errors.ts';
import { rawPublicKey } from './keys.ts';
import type { PairingRequest } from './paired-device.ts';

const MAX_BYTES = 8_192;

/** One text per key, however the client wrote it. */
export function withPlainKey(request: PairingRequest): PairingRequest {
  const raw = rawPublicKey(request.publicKey);
  return raw === undefined ? request : { ...request, publicKey: raw.toString('base64url') };
}

/** The request as it is kept: a copy of its own, without absent or foreign fields, of bounded size. */
export function acceptedRequest(request: PairingRequest): PairingRequest {
  const { deviceId, publicKey, displayName, platform, deviceFamily } = withPlainKey(request);
  const { clientId, clientMode, role, scopes, remoteIp, browserOrigin } = request;
  const device = { deviceId, publicKey, displayName, platform, deviceFamily };
  const text = JSON.stringify({ ...device, clientId, clientMode, role, scopes, remoteIp, browserOrigin });
  if (Buffer.byteLength(text) <= MAX_BYTES) return JSON.parse(text) as PairingRequest;
  throw invalidRequest('pairing request too large; shorten the device description or ask for fewer scopes');
}
