import { invalidRequest, RpcError } from '../protocol/errors.ts';
import { firstMissing, holds } from '../protocol/scopes.ts';
import {
  type ApprovedVia,
  activeGrant,
  type DeviceRecord,
  type Grant,
  type PairingRequest,
} from './paired-device.ts';

export type ApprovalReason = 'not-paired' | 'role-upgrade' | 'scope-upgrade' | 'metadata-upgrade';

/**
 * Why a device has to be approved before it gets what it asks for, or undefined when it may have it.
 * Changed details come first: the other upgrades may be approved silently, and must not carry such a
 * change through with them.
 */
export function approvalReason(
  record: DeviceRecord | undefined,
  request: PairingRequest,
): ApprovalReason | undefined {
  if (record === undefined || record.publicKey !== request.publicKey) return 'not-paired';
  if (detailsDiffer(record, request)) return 'metadata-upgrade';
  const grant = activeGrant(record, request.role);
  if (grant === undefined) return 'role-upgrade';
  return firstMissing(grant.approvedScopes, request.scopes) === undefined ? undefined : 'scope-upgrade';
}

/** True when the request states a platform or device family other than the pinned one; silence states nothing. */
function detailsDiffer(record: DeviceRecord, request: PairingRequest): boolean {
  return (
    contradicts(record.platform, request.platform) || contradicts(record.deviceFamily, request.deviceFamily)
  );
}

/** A device detail as it is compared. */
export const plainDetail = (value: string | undefined): string => (value ?? '').trim().toLowerCase();

function contradicts(pinned: string | undefined, stated: string | undefined): boolean {
  const [before, now] = [plainDetail(pinned), plainDetail(stated)];
  return before !== '' && now !== '' && before !== now;
}

/** Whose scopes a management call may hand on. */
export interface Caller {
  scopes: readonly string[];
}

/** Who ends the grants of a device: without one of its own, somebody whose secret opens every scope. */
export interface Remover extends Caller {
  deviceId: string | undefined;
}

/** The one check of what a caller may hand on: nothing that its own scopes do not cover. Throws FORBIDDEN. */
export function requireCallerHolds(caller: Caller, granted: readonly string[]): void {
  const missing = firstMissing(caller.scopes, granted);
  if (missing === undefined) return;
  throw new RpcError('FORBIDDEN', `missing scope: ${missing}`, {
    code: 'MISSING_SCOPE',
    missingScope: missing,
    requiredScopes: [...granted],
  });
}

/**
 * Throws FORBIDDEN when `device` would end grants of another that go beyond its own. What was granted to it
 * counts beside the scopes of its connection: it gets that whenever it asks.
 */
export function requireMayEnd(
  caller: { scopes: readonly string[]; device: DeviceRecord | undefined },
  target: DeviceRecord,
  grants: readonly Grant[],
): void {
  if (caller.device?.deviceId === target.deviceId) return;
  const own = activeGrant(caller.device, 'operator')?.tokenScopes ?? [];
  const active = grants.filter((grant) => grant.revokedAtMs === undefined);
  requireCallerHolds(
    { scopes: [...caller.scopes, ...own] },
    active.flatMap((grant) => grant.approvedScopes),
  );
}

/**
 * Throws NOT_PAIRED for another key, and for an operator whose platform or device family changed: only an
 * owner may accept these.
 */
export function requireSameDetails(record: DeviceRecord, request: PairingRequest): void {
  const changed = request.role === 'operator' && detailsDiffer(record, request);
  if (record.publicKey === request.publicKey && !changed) return;
  throw new RpcError('NOT_PAIRED', 'pairing required: device identity changed and must be re-approved', {
    code: 'PAIRING_REQUIRED',
    reason: 'metadata-upgrade',
  });
}

/** Throws INVALID_REQUEST for a scope that was never approved for this role. */
export function requireApproved(grant: Grant, scopes: readonly string[]): void {
  const missing = firstMissing(grant.approvedScopes, scopes);
  if (missing === undefined) return;
  throw invalidRequest(
    `device token rotation denied: ${missing} is not approved for this device; let it ask for the scope and approve the request`,
  );
}

export interface Approval {
  via: ApprovedVia;
  now: number;
  /** The generation of a token that this approval issues. */
  generation: string;
  /** What is granted of the request; all of it when absent. */
  scopes?: readonly string[];
}

/** The scopes that an owner picked out of a request. Throws INVALID_REQUEST for others, and for none of several. */
export function chosenScopes(
  request: PairingRequest,
  scopes: readonly string[] | undefined,
): Pick<Approval, 'scopes'> {
  if (scopes === undefined) return {};
  const foreign = scopes.find((scope) => !request.scopes.includes(scope));
  if (foreign !== undefined)
    throw invalidRequest(`the device did not ask for ${foreign}; approve only scopes of its request`);
  if (scopes.length === 0 && request.scopes.length > 0)
    throw invalidRequest('no scope is left to approve; name at least one, or reject the request');
  return { scopes };
}

/**
 * The record after `request` was approved. Scopes are added to the approved ones of the role; a revoked
 * role or another public key starts from nothing. An owner's approval replaces the token of the role, a
 * silent one keeps it.
 */
export function approvedRecord(
  record: DeviceRecord | undefined,
  request: PairingRequest,
  approval: Approval,
): DeviceRecord {
  const base = record?.publicKey === request.publicKey ? record : undefined;
  const grant = approvedGrant(activeGrant(base, request.role), request, approval);
  return {
    deviceId: request.deviceId,
    publicKey: request.publicKey,
    ...stated('displayName', request.displayName, base?.displayName),
    ...stated('platform', request.platform, base?.platform),
    ...stated('deviceFamily', request.deviceFamily, base?.deviceFamily),
    clientId: request.clientId,
    clientMode: request.clientMode,
    role: request.role,
    approvedVia: approval.via,
    createdAtMs: base?.createdAtMs ?? approval.now,
    approvedAtMs: approval.now,
    ...(base?.lastSeenAtMs === undefined ? {} : { lastSeenAtMs: base.lastSeenAtMs }),
    grants: withGrant(base?.grants ?? [], grant),
  };
}

function approvedGrant(before: Grant | undefined, request: PairingRequest, approval: Approval): Grant {
  const { generation, now, via, scopes = request.scopes } = approval;
  const approvedScopes = union(before?.approvedScopes ?? [], scopes);
  const tokenScopes = approvedScopes.toSorted();
  const declinedScopes = declinedOf(before, request, approvedScopes);
  if (before === undefined)
    return {
      role: request.role,
      approvedScopes,
      ...declinedScopes,
      tokenScopes,
      generation,
      createdAtMs: now,
    };
  const { declinedScopes: _, ...kept } = before;
  const grant = { ...kept, approvedScopes, ...declinedScopes };
  if (via === 'silent') return { ...grant, tokenScopes: union(before.tokenScopes, scopes).toSorted() };
  return { ...grant, tokenScopes, generation, rotatedAtMs: now };
}

/** All that was asked for and is not covered by what is approved. */
function declinedOf(
  before: Grant | undefined,
  request: PairingRequest,
  approved: readonly string[],
): Pick<Grant, 'declinedScopes'> {
  const asked = union(before?.declinedScopes ?? [], request.scopes);
  const declinedScopes = asked.filter((scope) => !holds(approved, scope));
  return declinedScopes.length === 0 ? {} : { declinedScopes };
}

/** `grants` with the one of the same role replaced. */
export function withGrant(grants: readonly Grant[], grant: Grant): Grant[] {
  const index = grants.findIndex((each) => each.role === grant.role);
  return index < 0 ? [...grants, grant] : grants.with(index, grant);
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}

function stated<K extends string>(
  key: K,
  value: string | undefined,
  before: string | undefined,
): { [P in K]?: string } {
  const kept = value?.trim() ? value : before;
  return (kept === undefined ? {} : { [key]: kept }) as { [P in K]?: string };
}
