import type { Agent } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { ModelEvent, ModelMessage, ModelRef, ToolSpec } from '../models/model.ts';
import { ModelError } from '../models/model-error.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { RunResult, RunWork } from './run-desk.ts';
import type { RunEnd, RunUsage } from './run-event.ts';
import { systemPrompt } from './system-prompt.ts';
import { type MessageBody, modelMessages } from './transcript.ts';
import { messageUsage, type Progress, type Reply, type ToolAnswer, type ToolCall, takeTurn } from './turn.ts';

export interface AgentRunDeps {
  clock: Clock;
  sessions: SessionStore;
  agent(agentId: string): Agent | undefined;
  /** The models to try, the first one first. */
  resolve(agent: Agent | undefined, entry: SessionEntry | undefined): { chain: ModelRef[] } | { error: ModelError };
  stream(chain: ModelRef[], request: StreamRequest): AsyncIterable<ModelEvent>;
  tools(agentId: string): readonly ToolSpec[];
  callTool(call: ToolCall, scope: { agentId: string; sessionKey: string; runId: string }, signal: AbortSignal): Promise<ToolAnswer>;
}

export interface StreamRequest {
  system: string | undefined;
  messages: ModelMessage[];
  tools: readonly ToolSpec[];
  thinking?: string;
  signal: AbortSignal;
  session: { id: string; resume?: string };
  cwd: string;
}

export interface AgentTask {
  thinking?: string;
  extraSystemPrompt?: string;
}

/** Messages of the past that a model is told. */
const HISTORY_LIMIT = 400;
const HISTORY_BYTES = 4 * 1024 * 1024;

/** The work of one agent run. The user's message has been stored before; everything the agent says is stored here. */
export function agentRun(deps: AgentRunDeps, task: AgentTask): RunWork {
  return async (run, emit, signal) => {
    const { clock, sessions } = deps;
    const startedAt = clock.now();
    const progress: Progress = { text: '', model: { provider: '', model: '' }, outputTokens: 0 };
    emit({ type: 'status', phase: 'preparing_workspace' });
    emit({ type: 'status', phase: 'preparing_context' });
    emit({ type: 'start', startedAt });
    let usage: RunUsage | undefined;
    const store = async (messages: MessageBody[], used: RunUsage | undefined): Promise<void> => {
      usage = used ?? usage;
      const rows = messages.map((message) => ({ runId: run.runId, message }));
      await sessions.append(run.sessionKey, rows, used ? entryUsage(sessions.get(run.sessionKey), used, progress.model) : undefined);
    };
    const finish = async (end: RunEnd): Promise<RunResult> => {
      await sessions.endRun(run.sessionKey, run.runId, end.type === 'end' ? 'ok' : end.type);
      return { end, usage };
    };
    try {
      signal.throwIfAborted();
      const reply = await converse();
      emit({ type: 'model', provider: null, model: null });
      return await finish({ type: 'end', startedAt, endedAt: clock.now(), ...endOf(reply) });
    } catch (error) {
      emit({ type: 'model', provider: null, model: null });
      if (progress.text !== '') await store([partialMessage(clock, progress, run.runId, signal)], undefined);
      return await finish(failure(error, signal, startedAt, clock.now(), progress));
    }

    async function converse(): Promise<Reply> {
      const agent = deps.agent(run.agentId);
      const entry = sessions.get(run.sessionKey);
      const resolved = deps.resolve(agent, entry);
      if ('error' in resolved) throw resolved.error;
      const [first] = resolved.chain;
      if (!first) throw new Error('a chain of models is never empty');
      const { messages } = await sessions.history(run.sessionKey, { limit: HISTORY_LIMIT, maxBytes: HISTORY_BYTES });
      emit({ type: 'status', phase: 'starting_model' });
      const system = await systemPrompt(agent, task.extraSystemPrompt);
      const thinking = task.thinking ?? entry?.thinkingLevel;
      const resume = entry?.cliSessions?.[first.provider];
      const stream = (told: ModelMessage[], tools: readonly ToolSpec[], aborted: AbortSignal) =>
        deps.stream(resolved.chain, {
          system,
          messages: told,
          tools,
          signal: aborted,
          cwd: agent?.workspace ?? '',
          session: { id: run.sessionId, ...(resume === undefined ? {} : { resume }) },
          ...(thinking === undefined ? {} : { thinking }),
        });
      const callTool = (call: ToolCall, aborted: AbortSignal) => deps.callTool(call, run, aborted);
      const turn = { clock, stream, tools: deps.tools(run.agentId), callTool, store, emit };
      const reply = await takeTurn(turn, modelMessages(messages), first, signal, progress);
      await rememberResume(sessions, run.sessionKey, reply);
      return reply;
    }
  };
}

async function rememberResume(sessions: SessionStore, key: string, { provider, resume }: Reply): Promise<void> {
  if (resume === undefined) return;
  const known = sessions.get(key)?.cliSessions;
  if (known?.[provider] !== resume) await sessions.update(key, { cliSessions: { ...known, [provider]: resume } });
}

const endOf = ({ text, stopReason, provider, model }: Reply) => ({ text, stopReason, provider, model });

function entryUsage(entry: SessionEntry | undefined, used: RunUsage, { provider, model }: ModelRef): Partial<SessionEntry> {
  return {
    inputTokens: (entry?.inputTokens ?? 0) + used.input,
    outputTokens: (entry?.outputTokens ?? 0) + used.output,
    totalTokens: used.input + used.cacheRead + used.cacheWrite,
    totalTokensFresh: true,
    modelProvider: provider,
    model,
    ...(used.cost === undefined ? {} : { costUsd: (entry?.costUsd ?? 0) + used.cost }),
  };
}

const NO_USAGE: RunUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost: 0 };

/** What was said before a run was cut off is kept, and marked as what it is. */
function partialMessage(clock: Clock, { text }: Progress, runId: string, signal: AbortSignal): MessageBody {
  const mark = signal.aborted
    ? { openclawAbort: { aborted: true, origin: abortOrigin(signal), runId } }
    : { openclawError: { runId } };
  return {
    role: 'assistant',
    content: [{ type: 'text', text }],
    timestamp: clock.now(),
    stopReason: signal.aborted ? 'stop' : 'error',
    usage: messageUsage(NO_USAGE),
    provider: 'openclaw',
    model: 'gateway-injected',
    ...mark,
  };
}

function abortOrigin(signal: AbortSignal): 'rpc' | 'timeout' | 'shutdown' {
  return signal.reason === 'timeout' || signal.reason === 'shutdown' ? signal.reason : 'rpc';
}

function failure(error: unknown, signal: AbortSignal, startedAt: number, endedAt: number, progress: Progress): RunEnd {
  if (signal.aborted) return { type: 'aborted', startedAt, endedAt, origin: abortOrigin(signal), text: progress.text };
  if (!(error instanceof ModelError)) throw error;
  const { kind, provider, model, status } = error;
  const detail = { kind, provider, model, ...(status === undefined ? {} : { httpStatus: status }) };
  return { type: 'error', startedAt, endedAt, message: error.message, detail };
}
