import type { PresenceEntry } from './connect.ts';
import type { HealthSummary } from './methods/status.ts';
import type { Scope } from './scopes.ts';

/** Payload of every event this gateway sends; times are epoch milliseconds. */
export interface EventPayloads {
  tick: { ts: number };
  presence: { presence: PresenceEntry[] };
  health: HealthSummary;
  heartbeat: Record<string, unknown>;
  shutdown: { reason: string; restartExpectedMs?: number };
  agent: Record<string, unknown>;
  chat: Record<string, unknown>;
  'sessions.changed': Record<string, unknown>;
  'session.message': Record<string, unknown>;
  'session.operation': Record<string, unknown>;
  'config.changed': { path: string; hash: string; ts: number };
  'device.pair.requested': Record<string, unknown>;
  'device.pair.resolved': {
    requestId: string;
    deviceId: string;
    decision: 'approved' | 'rejected';
    ts: number;
  };
  'exec.approval.requested': {
    approvalKind: 'exec';
    id: string;
    request: Record<string, unknown>;
    createdAtMs: number;
    expiresAtMs: number;
  };
  'exec.approval.resolved': {
    id: string;
    /** `deny` also when nobody decided in time; `resolvedBy` is null then. */
    decision: string;
    resolvedBy: string | null;
    ts: number;
    request: Record<string, unknown>;
  };
}

export type EventName = keyof EventPayloads;

export interface EventSpec {
  /** Needed to receive it in v4; `any` goes to everyone. */
  scope: Scope | 'any';
  /** Needed in v3 where that differs. */
  v3Scope?: Scope | 'any';
  /** May be left out for a client that reads slowly. */
  droppable?: boolean;
  /** Carries the counters of the presence and health snapshots. */
  versioned?: boolean;
  /** v3 never had it. */
  v4Only?: boolean;
}

/** Source: wire protocol, events. An event that is not in this table is delivered to nobody. */
export const EVENTS: Readonly<Record<EventName, EventSpec>> = {
  tick: { scope: 'any', droppable: true },
  presence: { scope: 'operator.read', v3Scope: 'any', droppable: true, versioned: true },
  health: { scope: 'any', droppable: true, versioned: true },
  heartbeat: { scope: 'any', droppable: true },
  shutdown: { scope: 'any' },
  agent: { scope: 'operator.read', v3Scope: 'any' },
  chat: { scope: 'operator.read', v3Scope: 'any' },
  'sessions.changed': { scope: 'operator.read', v4Only: true },
  'session.message': { scope: 'operator.read', v4Only: true },
  'session.operation': { scope: 'operator.read', v4Only: true },
  'config.changed': { scope: 'operator.read', v4Only: true },
  'device.pair.requested': { scope: 'operator.pairing' },
  'device.pair.resolved': { scope: 'operator.pairing' },
  'exec.approval.requested': { scope: 'operator.approvals' },
  'exec.approval.resolved': { scope: 'operator.approvals' },
};
