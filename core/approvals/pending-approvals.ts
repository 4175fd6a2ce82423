import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { invalidRequest, RpcError } from '../protocol/errors.ts';
import {
  type ApprovalDecision,
  type ApprovalInput,
  type ApprovalView,
  type PreparedApproval,
  prepareApproval,
} from './approval-request.ts';

export interface PendingApproval {
  id: string;
  request: ApprovalView;
  /** SHA-256 of the exact bytes a decision is about. */
  sha256: string;
  allowedDecisions: ApprovalDecision[];
  createdAtMs: number;
  expiresAtMs: number;
}

export interface ApprovalOutcome {
  id: string;
  /** `deny` also when nobody decided in time or the asker gave up. */
  decision: ApprovalDecision;
  reason: 'decided' | 'expired' | 'cancelled';
  resolvedBy: string | null;
  createdAtMs: number;
  expiresAtMs: number;
  ts: number;
}

export interface ApprovalEntry {
  pending: PendingApproval;
  prepared: PreparedApproval;
  /** The outcome as soon as there is one. */
  outcome: ApprovalOutcome | undefined;
  /** A decision is being stored: nobody else may decide now. */
  settling: boolean;
  claimed: boolean;
  waiters: Set<(outcome: ApprovalOutcome | undefined) => void>;
  cancelTimer: () => void;
}

export const DEFAULT_TIMEOUT_MS = 120_000;
export const MAX_TIMEOUT_MS = 24 * 60 * 60_000;
/** How long an outcome can still be asked for and used. */
export const KEPT_MS = 60_000;
const MAX_OPEN = 200;
const MAX_OPEN_PER_SESSION = 20;

/** Source: what OpenClaw gateways say; clients look at `reason`. */
export const unknownApproval = (): RpcError =>
  invalidRequest('unknown or expired approval id', {
    reason: 'APPROVAL_NOT_FOUND',
    remediation: 'Ask again: a question ends with its time, with the run that asked, and with the gateway.',
  });

export interface PendingEvents {
  requested(pending: PendingApproval): void;
  resolved(outcome: ApprovalOutcome): void;
}

/** The questions that wait for a person, in memory only: after a restart nothing is approved. */
export class PendingApprovals {
  readonly #entries = new Map<string, ApprovalEntry>();
  readonly #clock: Clock;
  readonly #events: PendingEvents;

  constructor(clock: Clock, events: PendingEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  open(): PendingApproval[] {
    return [...this.#entries.values()].filter((entry) => !entry.outcome).map((entry) => entry.pending);
  }

  add(input: ApprovalInput): PendingApproval {
    const prepared = prepareApproval(input);
    this.#checkRoom(prepared.view.sessionKey);
    const id = input.id ?? randomUUID();
    if (this.#entries.has(id)) throw invalidRequest('approval id already pending');
    const createdAtMs = this.#clock.now();
    const timeoutMs = Math.min(Math.max(1, input.timeoutMs ?? DEFAULT_TIMEOUT_MS), MAX_TIMEOUT_MS);
    const pending: PendingApproval = {
      id,
      request: prepared.view,
      sha256: prepared.sha256,
      allowedDecisions: prepared.allowedDecisions,
      createdAtMs,
      expiresAtMs: createdAtMs + timeoutMs,
    };
    const cancelTimer = this.#clock.after(timeoutMs, () => this.expire(id));
    const entry: ApprovalEntry = {
      pending,
      prepared,
      outcome: undefined,
      settling: false,
      claimed: false,
      waiters: new Set(),
      cancelTimer,
    };
    this.#entries.set(id, entry);
    this.#events.requested(pending);
    return pending;
  }

  /** By its whole id only: a shortened one could mean another command tomorrow. */
  entry(id: string): ApprovalEntry {
    const entry = this.#entries.get(id);
    if (entry) return entry;
    throw unknownApproval();
  }

  expire(id: string): void {
    const entry = this.#entries.get(id);
    if (entry && !entry.outcome && !entry.settling) this.settle(entry, 'deny', 'expired', null);
  }

  expireIfDue(id: string): void {
    const due = this.#entries.get(id)?.pending.expiresAtMs;
    if (due !== undefined && due <= this.#clock.now()) this.expire(id);
  }

  settle(
    entry: ApprovalEntry,
    decision: ApprovalDecision,
    reason: ApprovalOutcome['reason'],
    resolvedBy: string | null,
  ): ApprovalOutcome {
    const { id, createdAtMs, expiresAtMs } = entry.pending;
    const ts = this.#clock.now();
    const outcome = { id, decision, reason, resolvedBy, createdAtMs, expiresAtMs, ts };
    entry.outcome = outcome;
    entry.cancelTimer();
    entry.cancelTimer = this.#clock.after(KEPT_MS, () => this.#entries.delete(id));
    for (const wake of entry.waiters) wake(outcome);
    entry.waiters.clear();
    this.#events.resolved(outcome);
    return outcome;
  }

  wait(id: string, signal: AbortSignal | undefined): Promise<ApprovalOutcome | undefined> {
    const entry = this.#entries.get(id);
    if (!entry) throw invalidRequest('approval expired or not found');
    if (entry.outcome || signal?.aborted) return Promise.resolve(entry.outcome);
    return new Promise((resolve) => {
      const wake = (outcome: ApprovalOutcome | undefined): void => {
        signal?.removeEventListener('abort', leave);
        entry.waiters.delete(wake);
        resolve(outcome);
      };
      const leave = (): void => wake(undefined);
      entry.waiters.add(wake);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  close(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.outcome) this.settle(entry, 'deny', 'cancelled', null);
      entry.cancelTimer();
    }
    this.#entries.clear();
  }

  #checkRoom(sessionKey: string | null): void {
    const open = this.open();
    const ofSession = open.filter(({ request }) => request.sessionKey === sessionKey).length;
    if (open.length < MAX_OPEN && ofSession < MAX_OPEN_PER_SESSION) return;
    throw new RpcError('UNAVAILABLE', 'too many approvals wait already; decide some of them first', {
      reason: 'APPROVALS_FULL',
    });
  }
}
