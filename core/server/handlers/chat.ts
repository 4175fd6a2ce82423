import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { invalidRequest, RpcError } from '../../protocol/errors.ts';
import type { chatMethods } from '../../protocol/methods/chat.ts';
import type { AgentService, MessageRequest } from '../../runs/agent-service.ts';
import type { RunDesk } from '../../runs/run-desk.ts';
import type { RunOutcome } from '../../runs/run-event.ts';
import type { Ender } from '../../runs/run-ownership.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { SessionEntry, StoredMessage } from '../../sessions/session-types.ts';
import { userParts } from '../attachments.ts';
import type { Broadcaster } from '../broadcast.ts';
import type { CallContext } from '../context.ts';
import { abortRuns, enderOf } from '../run-aborts.ts';
import { receiptOf } from '../run-endings.ts';
import type { HandlersOf } from './handlers.ts';

export interface ChatDeps {
  clock: Clock;
  agents: AgentService;
  desk: RunDesk;
  sessions: SessionStore;
  broadcaster: Broadcaster;
  /** What `sessions.list` says of a session. */
  row(entry: SessionEntry): Json;
  /** Model, provider and context of a session that says nothing else. */
  defaults(): Json;
}

const HISTORY_LIMIT = 200;
const HISTORY_BYTES = 6 * 1024 * 1024;
const WAIT_MS = 30_000;
/** A longer timer would go off at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const NOTHING = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const NOTHING_USED = { ...NOTHING, totalTokens: 0, cost: { ...NOTHING, total: 0 } };
/** Words that end what runs instead of being sent. */
const STOP_WORDS = new Set(['/stop', '/abort', '/cancel']);

export function chatHandlers(deps: ChatDeps): HandlersOf<keyof typeof chatMethods> {
  return {
    'chat.send': (params, context) => sendMessage(deps, params, enderOf(context)),
    'chat.history': async (params) => history(deps, params),
    'chat.abort': async ({ sessionKey, agentId, runId }, context) => {
      const key = deps.agents.keyOf(sessionKey, agentId);
      const runIds = await abortRuns(deps.desk, { key, runId }, enderOf(context));
      return { ok: true, aborted: runIds.length > 0, runIds };
    },
    'chat.inject': ({ sessionKey, agentId, message, label }) =>
      inject(deps, deps.agents.keyOf(sessionKey, agentId), label ? `[${label}]\n\n${message}` : message),
    agent: (params, context) => runAgent(deps, params, context),
    'agent.wait': ({ runId, timeoutMs }, { signal }) =>
      wait(deps, runId, Math.min(timeoutMs ?? WAIT_MS, LONGEST_WAIT_MS), signal),
  };
}

type SendParams = Parameters<HandlersOf<keyof typeof chatMethods>['chat.send']>[0];
type AgentParams = Parameters<HandlersOf<keyof typeof chatMethods>['agent']>[0];
type HistoryParams = Parameters<HandlersOf<keyof typeof chatMethods>['chat.history']>[0];

/** Takes a message for a session; a word that means stop ends what runs there instead. */
export async function sendMessage(
  deps: Pick<ChatDeps, 'agents' | 'desk'>,
  params: SendParams,
  sender: Ender,
) {
  const { sessionKey, agentId, message, thinking, timeoutMs, idempotencyKey: runId, attachments } = params;
  if (STOP_WORDS.has(message.trim().toLowerCase())) {
    await abortRuns(deps.desk, { key: deps.agents.keyOf(sessionKey, agentId) }, sender);
    return { runId, status: 'ok' as const };
  }
  const request: MessageRequest = { runId, sessionKey, agentId, text: message, thinking, timeoutMs, sender };
  const { status, run, outcome } = await deps.agents.submit({
    ...request,
    attachments: userParts(attachments),
  });
  if (status === 'error') throw failed(await outcome);
  return { runId: run.runId, status };
}

async function history(deps: ChatDeps, params: HistoryParams) {
  const key = deps.agents.keyOf(params.sessionKey, params.agentId);
  const entry = deps.sessions.get(key);
  const common = {
    sessionKey: params.sessionKey,
    thinkingLevel: entry?.thinkingLevel ?? 'off',
    defaults: deps.defaults(),
  };
  if (!entry) {
    return {
      ...common,
      messages: [],
      pendingInputs: { items: [], total: 0 },
      hasMore: false,
      totalMessages: 0,
    };
  }
  const limit = params.limit ?? HISTORY_LIMIT;
  const page = await deps.sessions.history(key, {
    limit,
    offset: params.offset ?? 0,
    maxBytes: HISTORY_BYTES,
  });
  return {
    ...common,
    sessionId: entry.sessionId,
    messages: page.messages.map(wireMessage),
    pendingInputs: { items: [], total: 0 },
    ...(page.nextOffset === null ? {} : { nextOffset: page.nextOffset }),
    hasMore: page.hasMore,
    totalMessages: page.total,
    sessionInfo: deps.row(entry),
    ...(page.damaged === 0 ? {} : { damagedRecords: page.damaged }),
  };
}

/** A stored message as clients know it; what only this gateway knows stands under `__openclaw`. */
export function wireMessage({ id, seq, runId, idempotencyKey, message }: StoredMessage): Json {
  const { kind, ...told } = message;
  const own = {
    id,
    seq,
    ...(kind === undefined ? {} : { kind }),
    ...(runId === undefined ? {} : { runId }),
    recordTimestampMs: message.timestamp,
  };
  return {
    ...told,
    content: wireContent(message),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    __openclaw: own,
  };
}

/** What a user wrote is a plain text, unless there is more to it. */
function wireContent({ role, content }: StoredMessage['message']): unknown {
  const [part, ...others] = Array.isArray(content) ? content : [];
  return role === 'user' && others.length === 0 && part?.type === 'text' ? part.text : content;
}

async function inject(deps: ChatDeps, key: string, text: string) {
  const entry = deps.sessions.get(key);
  if (!entry) throw invalidRequest('session not found');
  const message = {
    role: 'assistant' as const,
    content: [{ type: 'text', text }],
    timestamp: deps.clock.now(),
    stopReason: 'stop',
    usage: NOTHING_USED,
    api: 'openai-responses',
    provider: 'openclaw',
    model: 'gateway-injected',
  };
  const [stored] = await deps.sessions.append(key, [{ message }]);
  const messageId = stored?.id ?? randomUUID();
  deps.broadcaster.emit('chat', {
    runId: `inject-${messageId}`,
    sessionKey: key,
    agentId: entry.agentId,
    seq: 0,
    state: 'final',
    message,
    v3: { seq: 0 },
  });
  return { ok: true as const, messageId };
}

async function runAgent(deps: ChatDeps, params: AgentParams, context: CallContext) {
  const {
    idempotencyKey: runId,
    sessionKey,
    agentId,
    message,
    thinking,
    timeout,
    extraSystemPrompt,
    sessionId,
  } = params;
  const key =
    sessionKey ?? (sessionId === undefined ? undefined : deps.sessions.byId(sessionId)?.key) ?? 'main';
  const request = {
    runId,
    sessionKey: key,
    agentId,
    text: message,
    thinking,
    extraSystemPrompt,
    sender: enderOf(context),
    quiet: true,
  };
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  const submitted = await deps.agents
    .submit({ ...request, timeoutMs, attachments: userParts(params.attachments) })
    .catch((error: unknown) => {
      throw nameless(error);
    });
  const { run, status, outcome } = submitted;
  if (status === 'error') throw failed(await outcome);
  if (status === 'ok') return agentResult(deps, run, await outcome);
  context.answerAgain(
    outcome.then((ended) => {
      if (ended.status === 'error') throw failed(ended);
      return agentResult(deps, run, ended);
    }),
  );
  return {
    runId,
    sessionKey: run.sessionKey,
    agentId: run.agentId,
    status: 'accepted' as const,
    acceptedAt: deps.clock.now(),
  };
}

/** An agent that does not exist is a mistake in the params here. */
function nameless(error: unknown): unknown {
  const isUnknown = error instanceof RpcError && error.message.startsWith('unknown agent id');
  return isUnknown ? invalidRequest(`invalid agent params: ${error.message}`) : error;
}

/** The answer to a run that failed: an error that also carries the payload older clients look at. */
function failed({ runId, end }: RunOutcome): RpcError {
  const summary = end.type === 'error' ? end.message : 'run failed';
  return new RpcError('UNAVAILABLE', summary, undefined, { payload: { runId, status: 'error', summary } });
}

type Run = Parameters<typeof receiptOf>[0];

function agentResult(deps: ChatDeps, run: Run, { startedAt, endedAt, end, usage }: RunOutcome) {
  const text = end.type === 'error' ? '' : end.text;
  const model = end.type === 'end' ? { provider: end.provider, model: end.model } : {};
  const entry = deps.sessions.get(run.sessionKey);
  return {
    runId: run.runId,
    status: 'ok' as const,
    summary: end.type === 'aborted' ? 'aborted' : 'completed',
    result: {
      payloads: text === '' ? [] : [{ text, mediaUrl: null }],
      meta: {
        durationMs: endedAt - startedAt,
        agentMeta: {
          sessionId: run.sessionId,
          ...model,
          ...(entry ? { contextTokens: deps.row(entry).contextTokens } : {}),
          ...(usage ? { usage: { input: usage.input, output: usage.output, total: usage.totalTokens } } : {}),
        },
        aborted: end.type === 'aborted',
        ...(end.type === 'end' ? { terminalReceipt: receiptOf(run, end) } : {}),
      },
    },
  };
}

async function wait({ desk, clock }: ChatDeps, runId: string, timeoutMs: number, signal: AbortSignal) {
  const found = desk.find(runId);
  const late = clock.sleep(timeoutMs, signal).then(() => undefined);
  const outcome = found ? await Promise.race([found.outcome, late]) : await late;
  if (!outcome) return { runId, status: 'timeout' as const };
  const { startedAt, endedAt, end } = outcome;
  if (end.type === 'error')
    return { runId, status: 'error' as const, error: end.message, startedAt, endedAt };
  const reply = { terminalReply: { disposition: end.text === '' ? 'empty' : 'visible', text: end.text } };
  return {
    runId,
    status: 'ok' as const,
    startedAt,
    endedAt,
    stopReason: end.type === 'end' ? end.stopReason : 'aborted',
    ...reply,
  };
}
