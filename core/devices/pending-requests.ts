import { budgetKey } from '../lib/address.ts';
import { RpcError } from '../protocol/errors.ts';
import type { PairingRequest, PendingDevice } from './paired-device.ts';

export const PENDING_TTL_MS = 5 * 60_000;

/** An ask is kept until somebody looks at it, so that strangers must not be able to fill memory or the list. */
export const PENDING_LIMITS = { perDevice: 3, perAddress: 20, total: 200 } as const;

export type PendingMap = ReadonlyMap<string, PendingDevice>;

/** A clock that was set back must not make a request live longer, hence the distance and not the age. */
const expired = (entry: PendingDevice, now: number): boolean => Math.abs(now - entry.ts) >= PENDING_TTL_MS;

export function withoutExpired(pending: PendingMap, now: number): Map<string, PendingDevice> {
  return new Map([...pending].filter(([, entry]) => !expired(entry, now)));
}

/** `pending` less the expired entries and those that `drop` names. */
export function without(
  pending: PendingMap,
  now: number,
  drop: (entry: PendingDevice) => boolean,
): Map<string, PendingDevice> {
  return new Map([...withoutExpired(pending, now)].filter(([, entry]) => !drop(entry)));
}

/**
 * `pending` with `request` as an entry of its own. The oldest entries of the same device make room for it;
 * entries of other devices never do: UNAVAILABLE with the time until one of them expires.
 */
export function withRequest(
  pending: PendingMap,
  request: PairingRequest,
  entry: { requestId: string; isRepair: boolean; now: number },
): { pending: Map<string, PendingDevice>; added: PendingDevice } {
  const { now, requestId, isRepair } = entry;
  const room = withoutExpired(pending, now);
  const own = [...room.values()].filter((each) => each.deviceId === request.deviceId).sort(byAge);
  const superseded = own.slice(0, Math.max(0, own.length - PENDING_LIMITS.perDevice + 1));
  for (const each of superseded) room.delete(each.requestId);
  requireRoom([...room.values()], request, now);
  const scopes = [...new Set(request.scopes)];
  const added = { requestId, ...request, roles: [request.role], scopes, silent: false, isRepair, ts: now };
  room.set(requestId, added);
  return { pending: room, added };
}

function requireRoom(entries: PendingDevice[], request: PairingRequest, now: number): void {
  const address = budgetKey(request.remoteIp);
  const neighbours = entries.filter((each) => budgetKey(each.remoteIp) === address);
  if (neighbours.length >= PENDING_LIMITS.perAddress) throw full(neighbours, now);
  if (entries.length >= PENDING_LIMITS.total) throw full(entries, now);
}

function full(entries: PendingDevice[], now: number): RpcError {
  const oldest = Math.min(...entries.map((entry) => entry.ts));
  const retryAfterMs = Math.max(1, Math.min(PENDING_TTL_MS, oldest + PENDING_TTL_MS - now));
  return new RpcError(
    'UNAVAILABLE',
    'too many pairing requests are waiting; approve or reject some on the gateway host, or retry later',
    undefined,
    { retryable: true, retryAfterMs },
  );
}

export const byAge = (one: { ts: number }, other: { ts: number }): number => one.ts - other.ts;
