import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { invalidRequest } from '../../protocol/errors.ts';
import type { usageMethods } from '../../protocol/methods/usage.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { SessionEntry } from '../../sessions/session-types.ts';
import type { SessionUsageRow } from '../../sessions/usage.ts';
import type { HandlersOf } from './handlers.ts';

export interface UsageDeps {
  clock: Clock;
  sessions: SessionStore;
  /** What `sessions.list` says of a session. */
  row(entry: SessionEntry): Json;
  keyOf(key: string, agentId: string | undefined): string;
}

const MAX_LOG_LINES = 1_000;

export function usageHandlers(deps: UsageDeps): HandlersOf<keyof typeof usageMethods> {
  const { clock, sessions, keyOf } = deps;
  const existing = (given: string, agentId: string | undefined): string => {
    const key = keyOf(given, agentId);
    if (!sessions.get(key)) throw invalidRequest(`No transcript found for session: ${given}`);
    return key;
  };
  return {
    'sessions.usage': async ({ key, agentId, ...query } = {}) => {
      const { files, ...report } = await sessions.usage.sessions({
        ...query,
        ...(key === undefined ? {} : { key: keyOf(key, agentId) }),
        agentId: agentId?.toLowerCase(),
      });
      return {
        ...report,
        totals: { ...report.totals },
        sessions: report.sessions.map((used) => usageRow(deps, used)),
        aggregates: { ...report.aggregates, byCreator: [] },
        creatorOptions: [],
        cacheStatus: cacheStatus(files),
      };
    },
    'sessions.usage.timeseries': async ({ key, agentId }) => {
      const { sessionId, points } = await sessions.usage.timeseries(existing(key, agentId));
      return { sessionId, points: points.map((point) => ({ ...point })) };
    },
    'sessions.usage.logs': async ({ key, agentId, limit }) => {
      const lines = limit && Math.min(limit, MAX_LOG_LINES);
      const { logs } = await sessions.usage.logs(existing(key, agentId), lines);
      return { logs: logs.map((line) => ({ ...line })) };
    },
    'usage.cost': async ({ agentId, ...query } = {}) => {
      const { files, ...report } = await sessions.usage.cost({ ...query, agentId: agentId?.toLowerCase() });
      const daily = report.daily.map((day) => ({ ...day }));
      return { ...report, daily, totals: { ...report.totals }, cacheStatus: cacheStatus(files) };
    },
    'usage.status': () => ({ updatedAt: clock.now(), providers: [] }),
  };
}

/** Everything is counted when it is asked for, so nothing is ever out of date. */
const cacheStatus = (files: number): Json => ({
  status: 'fresh',
  cachedFiles: files,
  pendingFiles: 0,
  staleFiles: 0,
});

function usageRow(deps: UsageDeps, { entry, usage }: SessionUsageRow): Json {
  const { key, label, sessionId, updatedAt, agentId, chatType, origin, lastChannel } = entry;
  const { modelProvider, model } = deps.row(entry);
  const { modelOverride, providerOverride } = entry;
  return {
    key,
    label,
    sessionId,
    scope: 'instance',
    updatedAt,
    agentId,
    channel: lastChannel,
    chatType,
    origin,
    modelOverride,
    providerOverride,
    modelProvider,
    model,
    usage,
    hasContextWeight: false,
  };
}
