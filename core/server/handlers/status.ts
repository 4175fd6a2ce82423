import type { Roster } from '../../agents/roster.ts';
import { asText, type Json } from '../../lib/json.ts';
import { invalidRequest } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/frames.ts';
import type { statusMethods } from '../../protocol/methods/status.ts';
import { holds } from '../../protocol/scopes.ts';
import type { EventLoopNow } from '../../status/event-loop.ts';
import type { HealthCache, SessionsSummary } from '../../status/health.ts';
import type { Presence, PresenceRow } from '../../status/presence.ts';
import type { Broadcaster } from '../broadcast.ts';
import type { CallContext } from '../context.ts';
import type { Listening } from '../exposure.ts';
import type { HandlersOf } from './handlers.ts';

export interface StatusDeps {
  now(): number;
  version: string;
  health: HealthCache;
  presence: Presence;
  broadcaster: Broadcaster;
  roster(): Roster;
  sessionsOf(agentId: string): SessionsSummary;
  heartbeats: HeartbeatSwitch;
  uptimeMs(): number;
  eventLoopNow(): EventLoopNow;
  /** Who can reach this gateway. */
  listening(): Listening;
}

/** Heartbeats are turned on and off in memory only; `last` is the newest heartbeat event. */
export interface HeartbeatSwitch {
  enabled: boolean;
  last: { ts: number } | null;
}

export function statusHandlers(deps: StatusDeps): HandlersOf<keyof typeof statusMethods> {
  return {
    health: (params) => {
      if (params?.probe) return deps.health.refresh();
      const age = deps.now() - deps.health.current.ts;
      return age < LIMITS.healthIntervalMs ? deps.health.current : deps.health.refresh();
    },
    status: (_params, context) => status(deps, context),
    'system-presence': () => deps.presence.list(),
    'system-event': (params) => {
      announcePresence(deps, params ?? {});
      return { ok: true };
    },
    'last-heartbeat': () => deps.heartbeats.last,
    'set-heartbeats': (params) => {
      const enabled =
        typeof params === 'object' && params !== null && 'enabled' in params ? params.enabled : undefined;
      if (typeof enabled !== 'boolean') {
        throw invalidRequest('invalid set-heartbeats params: enabled (boolean) required');
      }
      deps.heartbeats.enabled = enabled;
      deps.health.refresh();
      return { ok: true, enabled };
    },
  };
}

const PRESENCE_TEXTS = ['deviceId', 'instanceId', 'host', 'ip', 'mode', 'version', 'platform'] as const;
const PRESENCE_MORE = ['deviceFamily', 'modelIdentifier', 'reason'] as const;

function announcePresence(deps: StatusDeps, params: Json): void {
  const text = asText(params.text)?.trim();
  if (!text) throw invalidRequest('text required');
  const row: Omit<PresenceRow, 'ts'> = { text };
  for (const key of [...PRESENCE_TEXTS, ...PRESENCE_MORE]) {
    const value = asText(params[key]);
    if (value !== undefined) row[key] = value;
  }
  for (const key of ['tags', 'roles', 'scopes'] as const) {
    if (Array.isArray(params[key]))
      row[key] = params[key].filter((item): item is string => Boolean(asText(item)));
  }
  const idle = params.lastInputSeconds;
  if (typeof idle === 'number' && idle >= 0) row.lastInputSeconds = Math.floor(idle);
  deps.presence.upsert(row.deviceId ?? row.instanceId ?? row.host ?? text, row);
  deps.broadcaster.emit('presence', { presence: deps.presence.list() });
}

function status(deps: StatusDeps, context: CallContext) {
  const roster = deps.roster();
  const { eventLoop, modelRuntime } = deps.health.current;
  const memory = process.memoryUsage();
  return {
    runtimeVersion: deps.version,
    hostDesktop: { enabled: false, state: 'disabled' },
    heartbeat: {
      defaultAgentId: roster.defaultId,
      agents: roster.agents.map(({ id, heartbeat }) => ({
        agentId: id,
        enabled: heartbeat.enabled && deps.heartbeats.enabled,
        every: heartbeat.every,
        everyMs: heartbeat.everyMs,
      })),
    },
    channelSummary: [],
    queuedSystemEvents: [],
    degradedSecretOwners: [],
    degradedPlugins: [],
    tasks: NO_TASKS,
    taskAudit: NO_AUDIT,
    sessions: sessionsStatus(deps, roster, holds(context.scopes, 'operator.admin')),
    modelRuntime,
    eventLoop,
    processMemory: {
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      heapTotalBytes: memory.heapTotal,
      externalBytes: memory.external,
      arrayBuffersBytes: memory.arrayBuffers,
    },
    pid: process.pid,
    uptimeMs: deps.uptimeMs(),
    connections: deps.broadcaster.size,
    eventLoopNow: deps.eventLoopNow(),
    listening: deps.listening(),
  };
}

const NO_TASKS = {
  total: 0,
  active: 0,
  terminal: 0,
  failures: 0,
  byStatus: { queued: 0, running: 0, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0, lost: 0 },
  byRuntime: { subagent: 0, acp: 0, cli: 0, cron: 0 },
};

const NO_AUDIT = {
  total: 0,
  warnings: 0,
  errors: 0,
  byCode: {
    stale_queued: 0,
    stale_running: 0,
    lost: 0,
    delivery_failed: 0,
    missing_cleanup: 0,
    inconsistent_timestamps: 0,
  },
};

/** Paths and models are for admins; other operators see counts. Source: methods, status. */
function sessionsStatus(deps: StatusDeps, roster: Roster, admin: boolean) {
  const byAgent = roster.agents.map(({ id }) => ({ agentId: id, ...deps.sessionsOf(id) }));
  const model = roster.agents.find(({ id }) => id === roster.defaultId)?.model?.primary ?? null;
  return {
    paths: admin ? [...new Set(byAgent.map(({ path }) => path))] : [],
    count: byAgent.reduce((sum, { count }) => sum + count, 0),
    defaults: { model: admin ? model : null, contextTokens: null },
    recent: [],
    byAgent: byAgent.map(({ agentId, path, count }) => ({
      agentId,
      path: admin ? path : '',
      count,
      recent: [],
    })),
  };
}
