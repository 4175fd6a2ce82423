import { randomUUID } from 'node:crypto';
import type { Roster } from '../../agents/roster.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { invalidRequest, RpcError } from '../../protocol/errors.ts';
import { notKept, notMade } from '../../protocol/methods/session-params.ts';
import type { sessionMethods } from '../../protocol/methods/sessions.ts';
import type { AgentService } from '../../runs/agent-service.ts';
import type { Compactor } from '../../runs/compactor.ts';
import type { RunDesk } from '../../runs/run-desk.ts';
import { type Ender, needEndable } from '../../runs/run-ownership.ts';
import { canonicalKey, mainSessionKey } from '../../sessions/session-key.ts';
import { blankState } from '../../sessions/session-state.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { SessionEntry } from '../../sessions/session-types.ts';
import { abortRuns, enderOf } from '../run-aborts.ts';
import { compactSession } from '../session-compaction.ts';
import { messagesTopic, SESSIONS_TOPIC } from '../session-events.ts';
import { sessionList } from '../session-list.ts';
import { previews, resolveSession, searchMessages } from '../session-lookup.ts';
import { checkedOverrides, refuseUnkept } from '../session-overrides.ts';
import { resolvedModel, wireEntry } from '../session-rows.ts';
import { sendMessage, wireMessage } from './chat.ts';
import type { HandlersOf } from './handlers.ts';
import { usageHandlers } from './usage.ts';

export interface SessionDeps {
  clock: Clock;
  sessions: SessionStore;
  agents: AgentService;
  compactor: Compactor;
  desk: RunDesk;
  roster(): Roster;
  /** What `sessions.list` says of a session. */
  row(entry: SessionEntry): Json;
  /** What holds for a session that says nothing else. */
  defaults(): Json;
  /** Why a session cannot be given this model; undefined when it can. */
  checkModel(model: string): string | undefined;
  topics: { add(connId: string, topic: string): void; remove(connId: string, topic: string): void };
}

type SessionHandlers = HandlersOf<keyof typeof sessionMethods>;
type ParamsFor<M extends keyof SessionHandlers> = Parameters<SessionHandlers[M]>[0];

const MESSAGES = 200;
const PAGE_BYTES = 6 * 1024 * 1024;

/** Everything about sessions but talking to them, which is `chat.*`. Source: methods, sessions. */
export function sessionHandlers(deps: SessionDeps): SessionHandlers {
  const { clock, sessions, topics } = deps;
  const keyOf = (key: string, agentId: string | undefined): string => keyFor(deps, key, agentId);
  const lookup = { sessions, keyOf };
  return {
    ...usageHandlers({ ...deps, keyOf }),
    'sessions.list': (params) => sessionList(deps, params),
    'sessions.get': (params) => get(deps, params),
    'sessions.preview': async (params) => ({ ts: clock.now(), previews: await previews(lookup, params) }),
    'sessions.search': (params, { signal }) => searchMessages(lookup, params, signal),
    'sessions.resolve': (params) => resolveSession(lookup, params),
    'sessions.create': (params, context) => create(deps, params, enderOf(context)),
    'sessions.send': (params, context) => send(deps, params, enderOf(context)),
    'sessions.abort': (params, context) => abort(deps, params, enderOf(context)),
    'sessions.patch': (params, { takesAnyModel }) => patch({ ...deps, takesAnyModel }, params),
    'sessions.reset': (params) => reset(deps, params),
    'sessions.delete': (params) => remove(deps, params),
    'sessions.compact': ({ key, agentId, maxLines }, { signal }) =>
      compactSession(deps, keyOf(key, agentId), maxLines, signal),
    'sessions.subscribe': (_params, { connId }) => {
      topics.add(connId, SESSIONS_TOPIC);
      return { subscribed: true };
    },
    'sessions.unsubscribe': (_params, { connId }) => {
      topics.remove(connId, SESSIONS_TOPIC);
      return { subscribed: false };
    },
    'sessions.messages.subscribe': ({ key: given, agentId }, { connId }) => {
      const key = keyOf(given, agentId);
      topics.add(connId, messagesTopic(key));
      return { subscribed: true, key };
    },
    'sessions.messages.unsubscribe': ({ key: given, agentId }, { connId }) => {
      const key = keyOf(given, agentId);
      topics.remove(connId, messagesTopic(key));
      return { subscribed: false, key };
    },
  };
}

/** The key that is meant. Throws when it cannot be one, or names another agent than the request does. */
function keyFor({ agents, roster }: SessionDeps, given: string, agentId: string | undefined): string {
  const isWhole = /^(agent:|(global|unknown)$)/i.test(given.trim());
  const full = agentId === undefined || isWhole ? given : `agent:${agentId}:${given.trim()}`;
  const key = agents.keyOf(full, undefined);
  const owner = canonicalKey(key, roster()).agentId;
  if (agentId !== undefined && key.startsWith('agent:') && agentId.toLowerCase() !== owner) {
    throw invalidRequest(`session key ${key} belongs to agent "${owner}", not to "${agentId}"`);
  }
  return key;
}

async function get({ sessions, row, ...deps }: SessionDeps, params: ParamsFor<'sessions.get'>) {
  const key = keyFor({ sessions, row, ...deps }, params.key, params.agentId);
  const entry = sessions.get(key);
  if (!entry) return { key, messages: [], hasMore: false, totalMessages: 0 };
  const page = await sessions.history(key, { limit: params.limit ?? MESSAGES, maxBytes: PAGE_BYTES });
  const { hasMore, total: totalMessages } = page;
  return {
    key,
    messages: page.messages.map(wireMessage),
    hasMore,
    totalMessages,
    session: row(sessions.get(key) ?? entry),
  };
}

/** The session as it is, or as it would begin; new ones only for agents that there are. */
function current(deps: SessionDeps, key: string): SessionEntry {
  const known = deps.sessions.get(key);
  if (known) return known;
  const { agentId } = canonicalKey(key, deps.roster());
  if (!deps.roster().agents.some(({ id }) => id === agentId)) {
    throw invalidRequest(`unknown agent id "${agentId}"`);
  }
  return blankState({ sessionId: '', agentId }, key, deps.clock.now()).entry;
}

type Changing = SessionDeps & { takesAnyModel?: boolean };
type Changes = Parameters<typeof checkedOverrides>[2];

/** Makes the session if there is none, and sets what is asked for. Nothing happens when any of it is refused. */
async function change(deps: Changing, key: string, asked: Changes): Promise<SessionEntry> {
  const { sessions } = deps;
  const entry = current(deps, key);
  const overrides = checkedOverrides(deps, entry, asked);
  if (!sessions.get(key)) return sessions.ensure(key, overrides);
  return Object.keys(overrides).length === 0 ? entry : sessions.update(key, overrides);
}

async function create(deps: SessionDeps, params: ParamsFor<'sessions.create'>, sender: Ender) {
  refuseUnkept('sessions.create', { ...params, visibility: nonDefault(params.visibility) }, NOT_MADE);
  const { agentId, parentSessionKey } = params;
  const name = params.key ?? `agent:${agentId ?? deps.roster().defaultId}:dashboard:${randomUUID()}`;
  const key = keyFor(deps, name, agentId);
  if (parentSessionKey && !deps.sessions.get(keyFor(deps, parentSessionKey, undefined))) {
    throw invalidRequest(`unknown parent session: ${parentSessionKey}`);
  }
  const { label, displayName, category, model, thinkingLevel, fastMode, spawnDepth } = params;
  const asked = { label, displayName, category, model, thinkingLevel, fastMode, spawnDepth };
  const entry = await change(deps, key, asked);
  const started = await firstMessage(deps, key, params, sender);
  const latest = deps.sessions.get(key) ?? entry;
  return {
    ok: true as const,
    key,
    sessionId: latest.sessionId,
    entry: { ...wireEntry(latest) },
    resolved: resolvedModel(deps.row(latest)),
    ...started,
  };
}

const NOT_MADE = Object.keys(notMade);
const nonDefault = (visibility: unknown): unknown => (visibility === 'shared' ? undefined : visibility);

/** The session is made whatever becomes of its first message, so a failure is told beside it. */
async function firstMessage(
  deps: SessionDeps,
  key: string,
  params: ParamsFor<'sessions.create'>,
  sender: Ender,
) {
  const { idempotencyKey = randomUUID(), attachments } = params;
  const message = params.message ?? params.task ?? '';
  if (message.trim() === '' && !attachments?.length) return { runStarted: false };
  try {
    const { runId, messageSeq } = await send(deps, { key, message, idempotencyKey, attachments }, sender);
    return { runStarted: true, runId, messageSeq };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, message: said, details, retryable, retryAfterMs } = error;
    return { runStarted: false, runError: { code, message: said, details, retryable, retryAfterMs } };
  }
}

async function send(deps: SessionDeps, params: ParamsFor<'sessions.send'>, sender: Ender) {
  const { message, thinking, attachments, timeoutMs, idempotencyKey = randomUUID() } = params;
  const key = keyFor(deps, params.key, params.agentId);
  const isMain = key === mainSessionKey(deps.roster(), canonicalKey(key, deps.roster()).agentId);
  if (!isMain && !deps.sessions.get(key)) throw invalidRequest(`session not found: ${params.key}`);
  const request = { sessionKey: key, message, thinking, attachments, timeoutMs, idempotencyKey };
  const sent = await sendMessage(deps, request, sender);
  return { ...sent, messageSeq: await seqOf(deps, key, sent.runId) };
}

const RECENT = 50;

/** The number of the user's message that a run answers; it is among the newest, unless the request is an old one. */
async function seqOf({ sessions }: SessionDeps, key: string, runId: string): Promise<number | undefined> {
  if (!sessions.get(key)) return undefined;
  const { messages } = await sessions.history(key, { limit: RECENT });
  return messages.find(({ idempotencyKey }) => idempotencyKey === `${runId}:user`)?.seq;
}

/** What waits in a session stands behind what runs there: the first of its runs is the one that runs. */
async function abort(
  deps: SessionDeps,
  { key: given, runId, agentId, clearQueued }: ParamsFor<'sessions.abort'>,
  by: Ender,
) {
  const { desk } = deps;
  if (given === undefined && runId === undefined) throw invalidRequest('Either key or runId is required');
  const key = given === undefined ? undefined : keyFor(deps, given, agentId);
  const run = desk
    .active()
    .find(
      (one) => (key === undefined || one.sessionKey === key) && (runId === undefined || one.runId === runId),
    );
  if (!run) return { ok: true as const, abortedRunId: null, status: 'no-active-run' as const };
  needEndable([run], by);
  await abortRuns(desk, { key: run.sessionKey, runId: clearQueued ? undefined : run.runId }, by);
  return { ok: true as const, abortedRunId: run.runId, status: 'aborted' as const };
}

async function patch(deps: Changing, params: ParamsFor<'sessions.patch'>) {
  refuseUnkept('sessions.patch', params, NOT_KEPT);
  const key = keyFor(deps, params.key, params.agentId);
  checkExpected(deps.sessions.get(key), params);
  const entry = await change(deps, key, params);
  return {
    ok: true as const,
    path: deps.sessions.dir,
    key,
    entry: { ...wireEntry(entry) },
    resolved: resolvedModel(deps.row(entry)),
  };
}

const NOT_KEPT = Object.keys(notKept);

interface Expected {
  expectedSessionId?: string;
  expectedLifecycleRevision?: string;
  expectedSessionUpdatedAt?: number;
}

/** A caller that says what it has seen does not change what somebody else has changed since. */
function checkExpected(entry: SessionEntry | undefined, expected: Expected): void {
  const { expectedSessionId, expectedLifecycleRevision, expectedSessionUpdatedAt } = expected;
  const pairs = [
    [expectedSessionId, entry?.sessionId],
    [expectedLifecycleRevision, entry?.lifecycleRevision],
    [expectedSessionUpdatedAt, entry?.updatedAt],
  ];
  if (pairs.every(([wanted, is]) => wanted === undefined || wanted === is)) return;
  throw invalidRequest('session changed since it was read; list sessions and try again', {
    code: 'SESSION_CHANGED',
  });
}

/** Ends every run of a session, also those that wait; what was said is kept. */
async function quiet({ desk }: SessionDeps, key: string): Promise<void> {
  await desk.settled(desk.abort(key, undefined, 'rpc'));
}

async function reset(deps: SessionDeps, { key: given, agentId, reason }: ParamsFor<'sessions.reset'>) {
  const key = keyFor(deps, given, agentId);
  current(deps, key);
  await quiet(deps, key);
  const { entry } = await deps.sessions.reset(key, reason ?? 'reset');
  const resolved = resolvedModel(deps.row(entry));
  return { ok: true as const, key, entry: { ...wireEntry(entry) }, resolved };
}

async function remove(deps: SessionDeps, params: ParamsFor<'sessions.delete'>) {
  const { sessions, roster } = deps;
  const key = keyFor(deps, params.key, params.agentId);
  const isMain = roster().agents.some(({ id }) => mainSessionKey(roster(), id) === key);
  if (isMain) throw invalidRequest(`Cannot delete the main session (${key}).`);
  const entry = sessions.get(key);
  if (!entry) return { ok: true as const, key, deleted: false, archived: [] };
  checkExpected(entry, params);
  if (params.archivedOnly && !entry.archived) {
    throw invalidRequest(`session is not archived: ${key}. Archive it first, or leave archivedOnly out.`);
  }
  await quiet(deps, key);
  const done = await sessions.delete(key, { transcript: params.deleteTranscript ?? true });
  return { ok: true as const, key, ...done };
}
