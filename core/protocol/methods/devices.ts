import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const ms = z.int().min(0);

/**
 * What `device.pair.list` shows. `pairingCode` is in no `device.pair.requested`, whose published shape is closed:
 * whoever hears that event asks for the list.
 */
export const pendingDevice = z.looseObject({
  requestId: filled,
  deviceId: filled,
  publicKey: filled,
  displayName: z.string().optional(),
  platform: z.string().optional(),
  deviceFamily: z.string().optional(),
  clientId: z.string().optional(),
  clientMode: z.string().optional(),
  role: z.string(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  remoteIp: z.string().optional(),
  browserOrigin: z.string().optional(),
  silent: z.boolean(),
  isRepair: z.boolean(),
  ts: ms,
  /** Six digits from key and request; the device that waits shows the same. */
  pairingCode: z.string().optional(),
});

const tokenSummary = z.strictObject({
  role: z.string(),
  scopes: z.array(z.string()),
  createdAtMs: ms,
  rotatedAtMs: ms.optional(),
  revokedAtMs: ms.optional(),
  lastUsedAtMs: ms.optional(),
});

/** A paired device as shown to operators: never a token string. */
export const pairedDevice = z.looseObject({
  deviceId: filled,
  publicKey: filled,
  displayName: z.string().optional(),
  platform: z.string().optional(),
  deviceFamily: z.string().optional(),
  clientId: z.string().optional(),
  clientMode: z.string().optional(),
  role: z.string(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  createdAtMs: ms,
  approvedAtMs: ms,
  tokens: z.array(tokenSummary),
});

const byRequest = z.strictObject({ requestId: filled });
const byDevice = z.strictObject({ deviceId: filled });

export const deviceMethods = defineMethods({
  'device.pair.list': {
    summary: 'Pairing requests that wait, and paired devices',
    scope: 'operator.pairing',
    params: z.strictObject({}).optional(),
    result: z.strictObject({ pending: z.array(pendingDevice), paired: z.array(pairedDevice) }),
  },
  'device.pair.approve': {
    summary: 'Approve a pairing request, or only some `scopes` of it',
    scope: 'operator.pairing',
    params: byRequest.extend({ scopes: z.array(filled).optional() }),
    result: z.strictObject({ requestId: filled, device: pairedDevice }),
  },
  'device.pair.reject': {
    summary: 'Reject a pairing request',
    scope: 'operator.pairing',
    params: byRequest,
    result: z.strictObject({ requestId: filled, deviceId: filled }),
  },
  'device.pair.remove': {
    summary: 'Unpair a device and close its connections',
    scope: 'operator.pairing',
    params: byDevice,
    result: z.strictObject({ deviceId: filled }),
  },
  'device.token.rotate': {
    summary: 'Replace the token of a device; only the device itself is shown the new one',
    scope: 'operator.pairing',
    params: z.strictObject({ deviceId: filled, role: filled, scopes: z.array(filled).optional() }),
    result: z.strictObject({
      deviceId: filled,
      role: filled,
      token: filled.optional(),
      scopes: z.array(z.string()),
      rotatedAtMs: ms,
      tokenDelivery: z.enum(['in-band', 'withheld-cross-device']),
    }),
  },
  'device.token.revoke': {
    summary: 'Revoke the token of a device and close its connections',
    scope: 'operator.pairing',
    params: z.strictObject({ deviceId: filled, role: filled }),
    result: z.strictObject({ deviceId: filled, role: filled, revokedAtMs: ms }),
  },
});
