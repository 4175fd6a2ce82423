import type { PendingDevice } from '../devices/paired-device.ts';
import { shortCode } from '../lib/short-code.ts';
import { RpcError } from '../protocol/errors.ts';

type Reason = 'not-paired' | 'role-upgrade' | 'scope-upgrade' | 'metadata-upgrade';

/** Source: wire protocol, silent pairing and pairing-required. */
const WORDS: Record<Reason, { why: string; hint: string }> = {
  'not-paired': {
    why: 'device is not approved yet',
    hint: 'Approve this device from the pending pairing requests.',
  },
  'role-upgrade': {
    why: 'device is asking for a higher role than currently approved',
    hint: 'Review the requested role upgrade, then approve the pending request.',
  },
  'scope-upgrade': {
    why: 'device is asking for more scopes than currently approved',
    hint: 'Review the requested scopes, then approve the pending upgrade.',
  },
  'metadata-upgrade': {
    why: 'device identity changed and must be re-approved',
    hint: 'Review the refreshed device details, then approve the pending request.',
  },
};

/** The answer to a device that has to wait for approval; it names the request to approve. */
export function pairingRequired(
  pending: PendingDevice,
  assessed: { reason: Reason; device?: { roles: string[]; scopes: string[] } },
): RpcError {
  const { why, hint } = WORDS[assessed.reason];
  return new RpcError('NOT_PAIRED', `pairing required: ${why}`, {
    code: 'PAIRING_REQUIRED',
    reason: assessed.reason,
    requestId: pending.requestId,
    pairingCode: shortCode(pending.publicKey, pending.requestId),
    remediationHint: hint,
    deviceId: pending.deviceId,
    requestedRole: pending.role,
    requestedScopes: pending.scopes,
    ...(assessed.device
      ? { approvedRoles: assessed.device.roles, approvedScopes: [...assessed.device.scopes].sort() }
      : {}),
  });
}
