import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { secretEqual } from '../lib/secret-equal.ts';
import { ensurePrivateDir } from '../store/atomic-file.ts';
import { acceptedRequest, withPlainKey } from './accepted-request.ts';
import {
  type ApprovalReason,
  approvalReason,
  approvedRecord,
  type Caller,
  chosenScopes,
  type Remover,
  requireApproved,
  requireCallerHolds,
  requireMayEnd,
  requireSameDetails,
  withGrant,
} from './device-grant.ts';
import { DeviceLedger, type Invalidation } from './device-ledger.ts';
import { type DeviceSecret, openDeviceSecret } from './device-secret.ts';
import { openDeviceStore } from './device-store.ts';
import {
  activeGrant,
  type DeviceRecord,
  type Grant,
  type PairedDevice,
  type PairingRequest,
  type PendingDevice,
  viewOf,
} from './paired-device.ts';
import { byAge, without, withoutExpired, withRequest } from './pending-requests.ts';

export type Assessment =
  | { status: 'paired'; device: PairedDevice }
  | { status: 'needs-approval'; reason: ApprovalReason; device?: PairedDevice };

/** Every promise resolves only when its effect is on disk, and rejects with STORE_UNUSABLE when it is not. */
export interface DeviceRegistry {
  /** What a device whose signature was verified gets for this request. A revoked role is a `role-upgrade`. */
  assess(request: PairingRequest): Assessment;
  /**
   * Grants the request without an owner; whether that is allowed is the caller's policy. Throws NOT_PAIRED for
   * an operator whose platform or device family changed, and for a changed key: these need an owner.
   */
  approveSilently(request: PairingRequest): Promise<{ requestId: string; device: PairedDevice }>;
  /** Files the request for an owner. Throws UNAVAILABLE with `retryAfterMs` when too many wait already. */
  ask(request: PairingRequest): Promise<{ pending: PendingDevice; created: boolean }>;
  /**
   * Grants what is asked for, or only `scopes` of it and declines the rest. Undefined: unknown or expired id.
   * Throws FORBIDDEN when the caller lacks a scope of the resulting token, INVALID_REQUEST for scopes not asked for.
   */
  approve(
    requestId: string,
    caller: Caller,
    scopes?: readonly string[],
  ): Promise<{ pending: PendingDevice; device: PairedDevice } | undefined>;
  /** Undefined: unknown or expired id. */
  reject(requestId: string): Promise<PendingDevice | undefined>;
  /**
   * Forgets the device, its tokens and its requests. False: unknown device. Throws FORBIDDEN when another device
   * that was granted less asks for it.
   */
  remove(deviceId: string, caller: Remover): Promise<boolean>;
  /** Newest first. */
  list(): { pending: PendingDevice[]; paired: PairedDevice[] };
  /** The current token of a device, the same until it is replaced; undefined when the role is not granted. */
  token(deviceId: string, role: string): { token: string; scopes: string[]; issuedAtMs: number } | undefined;
  checkToken(deviceId: string, role: string, token: string): { ok: true; scopes: string[] } | { ok: false };
  /** Scopes that an owner has left out; the device goes without them, and is not heard when it asks for them again. */
  declined(deviceId: string, role: string): readonly string[];
  /**
   * Replaces the token, with narrower scopes when they are given. Undefined: unknown device or role, or revoked.
   * Throws INVALID_REQUEST for a scope that is not approved, FORBIDDEN for one the caller lacks.
   */
  rotateToken(
    deviceId: string,
    role: string,
    scopes: string[] | undefined,
    caller: Caller,
  ): Promise<{ token: string; scopes: string[]; rotatedAtMs: number } | undefined>;
  /**
   * Ends the role until it is approved anew; revoking again changes nothing. Undefined: unknown device or role.
   * Throws FORBIDDEN when another device that was granted less asks for it.
   */
  revokeToken(deviceId: string, role: string, caller: Remover): Promise<{ revokedAtMs: number } | undefined>;
  /** Notes that the device is connected now; stored within a minute. */
  touch(deviceId: string): void;
  /**
   * Called after approve, rotate, revoke and remove were stored and before their promises resolve. Live
   * connections of the device (in `role`, or in any when it is left out) have to be closed.
   */
  onInvalidated(listener: (event: Invalidation) => void): () => void;
  close(): Promise<void>;
}

/** Opens the registry kept in `dir`, which is created for its owner only. Throws STORE_UNUSABLE. */
export async function openDeviceRegistry(options: {
  dir: string;
  clock: Clock;
  log: Logger;
}): Promise<DeviceRegistry> {
  const { dir, clock, log } = options;
  await ensurePrivateDir(dir);
  const store = await openDeviceStore(dir, clock.now(), log);
  const inUse = store.paired.length > 0;
  const secret = await openDeviceSecret(join(dir, 'token.key'), { now: clock.now(), log, inUse });
  return new StoredRegistry(new DeviceLedger(store, clock, log), secret, clock);
}

class StoredRegistry implements DeviceRegistry {
  readonly #ledger: DeviceLedger;
  readonly #secret: DeviceSecret;
  readonly #clock: Clock;

  constructor(ledger: DeviceLedger, secret: DeviceSecret, clock: Clock) {
    this.#ledger = ledger;
    this.#secret = secret;
    this.#clock = clock;
  }

  assess(request: PairingRequest): Assessment {
    const record = this.#ledger.device(request.deviceId);
    const reason = approvalReason(record, withPlainKey(request));
    if (record === undefined) return { status: 'needs-approval', reason: reason ?? 'not-paired' };
    const device = viewOf(record);
    return reason === undefined ? { status: 'paired', device } : { status: 'needs-approval', reason, device };
  }

  async approveSilently(given: PairingRequest): Promise<{ requestId: string; device: PairedDevice }> {
    const request = acceptedRequest(given);
    const requestId = this.#secret.requestId(request);
    return this.#ledger.change((now) => {
      const before = this.#ledger.device(request.deviceId);
      if (before !== undefined) requireSameDetails(before, request);
      const record = approvedRecord(before, request, { via: 'silent', now, generation: newGeneration() });
      const answered = this.#ledger.pending.has(requestId);
      return {
        result: { requestId, device: viewOf(record) },
        devices: this.#ledger.devicesWith(record),
        ...(answered ? { pending: this.#pendingWithout(now, (entry) => entry.requestId === requestId) } : {}),
      };
    });
  }

  async ask(given: PairingRequest): Promise<{ pending: PendingDevice; created: boolean }> {
    const request = acceptedRequest(given);
    const requestId = this.#secret.requestId(request);
    return this.#ledger.change<{ pending: PendingDevice; created: boolean }>((now) => {
      const known = withoutExpired(this.#ledger.pending, now).get(requestId);
      if (known !== undefined) {
        const again = { ...known, ts: now };
        const pending = withoutExpired(this.#ledger.pending, now).set(requestId, again);
        return { result: { pending: copyOf(again), created: false }, pending };
      }
      const isRepair = this.#ledger.device(request.deviceId) !== undefined;
      const { pending, added } = withRequest(this.#ledger.pending, request, { requestId, isRepair, now });
      return { result: { pending: copyOf(added), created: true }, pending };
    });
  }

  approve(
    requestId: string,
    caller: Caller,
    scopes?: readonly string[],
  ): Promise<{ pending: PendingDevice; device: PairedDevice } | undefined> {
    return this.#ledger.change((now) => {
      const entry = withoutExpired(this.#ledger.pending, now).get(requestId);
      if (entry === undefined) return { result: undefined };
      const before = this.#ledger.device(entry.deviceId);
      const approval = { via: 'owner', now, generation: newGeneration() } as const;
      const record = approvedRecord(before, entry, { ...approval, ...chosenScopes(entry, scopes) });
      requireCallerHolds(caller, activeGrant(record, entry.role)?.tokenScopes ?? []);
      const sameKey = before === undefined || before.publicKey === entry.publicKey;
      return {
        result: { pending: copyOf(entry), device: viewOf(record) },
        devices: this.#ledger.devicesWith(record),
        pending: this.#pendingWithout(now, (each) => each.requestId === requestId),
        invalidated: {
          deviceId: entry.deviceId,
          ...(sameKey ? { role: entry.role } : {}),
          reason: 'approved',
        },
      };
    });
  }

  reject(requestId: string): Promise<PendingDevice | undefined> {
    return this.#ledger.change((now) => {
      const entry = withoutExpired(this.#ledger.pending, now).get(requestId);
      if (entry === undefined) return { result: undefined };
      const pending = this.#pendingWithout(now, (each) => each.requestId === requestId);
      return { result: copyOf(entry), pending };
    });
  }

  remove(deviceId: string, caller: Remover): Promise<boolean> {
    return this.#ledger.change((now) => {
      const record = this.#ledger.device(deviceId);
      if (record === undefined) return { result: false };
      this.#requireMayEnd(caller, record, record.grants);
      return {
        result: true,
        devices: this.#ledger.devicesWithout(deviceId),
        pending: this.#pendingWithout(now, (entry) => entry.deviceId === deviceId),
        invalidated: { deviceId, reason: 'removed' },
      };
    });
  }

  list(): { pending: PendingDevice[]; paired: PairedDevice[] } {
    const pending = [...withoutExpired(this.#ledger.pending, this.#clock.now()).values()];
    const paired = this.#ledger.devices().toSorted((one, other) => other.approvedAtMs - one.approvedAtMs);
    return { pending: pending.sort(byAge).reverse().map(copyOf), paired: paired.map(viewOf) };
  }

  token(deviceId: string, role: string): { token: string; scopes: string[]; issuedAtMs: number } | undefined {
    const grant = activeGrant(this.#ledger.device(deviceId), role);
    if (grant === undefined) return undefined;
    return {
      token: this.#secret.token(deviceId, role, grant.generation),
      scopes: [...grant.tokenScopes],
      issuedAtMs: grant.rotatedAtMs ?? grant.createdAtMs,
    };
  }

  /** The comparison also takes place without a grant, so that its duration tells nobody which devices exist. */
  checkToken(deviceId: string, role: string, token: string): { ok: true; scopes: string[] } | { ok: false } {
    const grant = activeGrant(this.#ledger.device(deviceId), role);
    const equal = secretEqual(token, this.#secret.token(deviceId, role, grant?.generation ?? ''));
    return equal && grant !== undefined ? { ok: true, scopes: [...grant.tokenScopes] } : { ok: false };
  }

  declined(deviceId: string, role: string): readonly string[] {
    return activeGrant(this.#ledger.device(deviceId), role)?.declinedScopes ?? [];
  }

  rotateToken(
    deviceId: string,
    role: string,
    scopes: string[] | undefined,
    caller: Caller,
  ): Promise<{ token: string; scopes: string[]; rotatedAtMs: number } | undefined> {
    return this.#ledger.change((now) => {
      const record = this.#ledger.device(deviceId);
      const grant = activeGrant(record, role);
      if (record === undefined || grant === undefined) return { result: undefined };
      const tokenScopes = [...new Set(scopes ?? grant.tokenScopes)].sort();
      requireApproved(grant, tokenScopes);
      requireCallerHolds(caller, tokenScopes);
      const rotated = { ...grant, tokenScopes, generation: newGeneration(), rotatedAtMs: now };
      const token = this.#secret.token(deviceId, role, rotated.generation);
      return {
        result: { token, scopes: [...tokenScopes], rotatedAtMs: now },
        devices: this.#ledger.devicesWith({ ...record, grants: withGrant(record.grants, rotated) }),
        invalidated: { deviceId, role, reason: 'rotated' },
      };
    });
  }

  revokeToken(deviceId: string, role: string, caller: Remover): Promise<{ revokedAtMs: number } | undefined> {
    return this.#ledger.change((now) => {
      const record = this.#ledger.device(deviceId);
      const grant = record?.grants.find((each) => each.role === role);
      if (record === undefined || grant === undefined) return { result: undefined };
      this.#requireMayEnd(caller, record, [grant]);
      const revoked = { ...grant, revokedAtMs: grant.revokedAtMs ?? now };
      return {
        result: { revokedAtMs: revoked.revokedAtMs },
        devices: this.#ledger.devicesWith({ ...record, grants: withGrant(record.grants, revoked) }),
        invalidated: { deviceId, role, reason: 'revoked' },
      };
    });
  }

  touch(deviceId: string): void {
    this.#ledger.touch(deviceId);
  }

  onInvalidated(listener: (event: Invalidation) => void): () => void {
    return this.#ledger.onInvalidated(listener);
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  #requireMayEnd({ scopes, deviceId }: Remover, target: DeviceRecord, grants: readonly Grant[]): void {
    if (deviceId === undefined) return;
    requireMayEnd({ scopes, device: this.#ledger.device(deviceId) }, target, grants);
  }

  #pendingWithout(now: number, drop: (entry: PendingDevice) => boolean): Map<string, PendingDevice> {
    return without(this.#ledger.pending, now, drop);
  }
}

const newGeneration = (): string => randomBytes(16).toString('base64url');
const copyOf = (entry: PendingDevice): PendingDevice => structuredClone(entry);
