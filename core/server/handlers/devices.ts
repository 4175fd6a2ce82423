import type { DeviceRegistry } from '../../devices/registry.ts';
import type { Clock } from '../../lib/clock.ts';
import { shortCode } from '../../lib/short-code.ts';
import { invalidRequest } from '../../protocol/errors.ts';
import type { deviceMethods } from '../../protocol/methods/devices.ts';
import type { Broadcaster } from '../broadcast.ts';
import type { HandlersOf } from './handlers.ts';

export interface DeviceDeps {
  clock: Clock;
  devices: DeviceRegistry;
  broadcaster: Broadcaster;
}

export function deviceHandlers({
  clock,
  devices,
  broadcaster,
}: DeviceDeps): HandlersOf<keyof typeof deviceMethods> {
  const resolved = (requestId: string, deviceId: string, decision: 'approved' | 'rejected'): void => {
    broadcaster.emit('device.pair.resolved', { requestId, deviceId, decision, ts: clock.now() });
  };
  return {
    'device.pair.list': () => {
      const { pending, paired } = devices.list();
      const online = new Set([...broadcaster.all()].map(({ peer }) => peer?.deviceId));
      return {
        pending: pending.map((row) => ({ ...row, pairingCode: shortCode(row.publicKey, row.requestId) })),
        paired: paired.map((row) => ({ ...row, connected: online.has(row.deviceId) })),
      };
    },
    'device.pair.approve': async ({ requestId, scopes }, caller) => {
      const approved = await devices.approve(requestId, caller, scopes);
      if (!approved) throw invalidRequest('unknown requestId');
      resolved(requestId, approved.device.deviceId, 'approved');
      return { requestId, device: { ...approved.device } };
    },
    'device.pair.reject': async ({ requestId }) => {
      const pending = await devices.reject(requestId);
      if (!pending) throw invalidRequest('unknown requestId');
      resolved(requestId, pending.deviceId, 'rejected');
      return { requestId, deviceId: pending.deviceId };
    },
    'device.pair.remove': async ({ deviceId }, context) => {
      if (!(await devices.remove(deviceId, context))) throw invalidRequest('unknown deviceId');
      return { deviceId };
    },
    'device.token.rotate': async ({ deviceId, role, scopes }, context) => {
      const rotated = await devices.rotateToken(deviceId, role, scopes, { scopes: context.scopes });
      if (!rotated) throw invalidRequest('device token rotation denied');
      return {
        deviceId,
        role,
        token: rotated.token,
        scopes: rotated.scopes,
        rotatedAtMs: rotated.rotatedAtMs,
        tokenDelivery: context.deviceId === deviceId ? 'in-band' : 'withheld-cross-device',
      };
    },
    'device.token.revoke': async ({ deviceId, role }, context) => {
      const revoked = await devices.revokeToken(deviceId, role, context);
      if (!revoked) throw invalidRequest('unknown deviceId/role');
      return { deviceId, role, revokedAtMs: revoked.revokedAtMs };
    },
  };
}
