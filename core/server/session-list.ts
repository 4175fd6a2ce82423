import type { Roster } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import type { ParamsOf } from '../protocol/define.ts';
import type { sessionMethods } from '../protocol/methods/sessions.ts';
import type { SessionQuery } from '../sessions/session-catalog.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';

export interface SessionListDeps {
  clock: Clock;
  sessions: SessionStore;
  roster(): Roster;
  row(entry: SessionEntry): Json;
  defaults(): Json;
}

type ListParams = NonNullable<ParamsOf<typeof sessionMethods, 'sessions.list'>>;

const PAGE = 100;
const MAX_PAGE = 1_000;

/** One page of sessions, newest first, as `sessions.list` answers. */
export function sessionList(deps: SessionListDeps, params: ListParams = {}) {
  const { clock, sessions } = deps;
  const limit = Math.min(params.limit ?? PAGE, MAX_PAGE);
  const offset = params.offset ?? 0;
  const { rows, total } = page(deps, params, limit, offset);
  const next = offset + rows.length;
  const hasMore = rows.length > 0 && next < total;
  return {
    ts: clock.now(),
    path: sessions.dir,
    count: rows.length,
    totalCount: total,
    limitApplied: limit,
    nextOffset: hasMore ? next : null,
    hasMore,
    owners: [],
    defaults: deps.defaults(),
    sessions: rows.map((entry) => listedRow(deps.row(entry), params)),
  };
}

interface Page {
  rows: SessionEntry[];
  total: number;
}

function page(deps: SessionListDeps, params: ListParams, limit: number, offset: number): Page {
  if (isForOthers(params)) return { rows: [], total: 0 };
  const { sortBy, requireLastInteraction, configuredAgentsOnly } = params;
  const { activeMinutes, label, spawnedBy, agentId, search, archived, includeGlobal, includeUnknown } =
    params;
  const query: SessionQuery = {
    activeMinutes,
    label,
    spawnedBy,
    agentId,
    search,
    archived,
    includeGlobal,
    includeUnknown,
    ...(configuredAgentsOnly ? { agentIds: deps.roster().agents.map(({ id }) => id) } : {}),
  };
  if (sortBy !== 'lastInteractionAt' && !requireLastInteraction) {
    return deps.sessions.list({ ...query, limit, offset });
  }
  const all = deps.sessions.list(query).rows;
  const rows = requireLastInteraction ? all.filter((entry) => entry.lastInteractionAt !== undefined) : all;
  if (sortBy === 'lastInteractionAt') {
    rows.sort((a, b) => (b.lastInteractionAt ?? 0) - (a.lastInteractionAt ?? 0));
  }
  return { rows: rows.slice(offset, offset + limit), total: rows.length };
}

/** Sessions have no creator, owner or board here, so asking for those of somebody finds none. */
function isForOthers({ creatorId, ownerId, involvingProfileId, boardFace }: ListParams): boolean {
  return [creatorId, ownerId, involvingProfileId].some(Boolean) || boardFace === 'dashboard';
}

function listedRow(
  row: Json,
  { includeDerivedTitles, includeLastMessage }: ListParams,
): Json & { key: string } {
  const { derivedTitle, lastMessagePreview, ...rest } = row;
  return {
    ...rest,
    key: String(row.key),
    ...(includeDerivedTitles ? { derivedTitle } : {}),
    ...(includeLastMessage ? { lastMessagePreview } : {}),
  };
}
