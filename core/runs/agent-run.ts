import { mkdir } from 'node:fs/promises';
import type { Agent } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { ModelEvent, ModelMessage, ModelRef, ToolSpec } from '../models/model.ts';
import type { ModelError } from '../models/model-error.ts';
import { RpcError } from '../protocol/errors.ts';
import { INTERRUPTED_NOTE } from '../sessions/interrupted-runs.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { Compacted } from './compactor.ts';
import type { LateWrites } from './late-writes.ts';
import { takeRoomyTurn } from './roomy-turn.ts';
import type { RunRequest, RunResult, RunWork } from './run-desk.ts';
import type { RunEnd, RunEvent, RunUsage } from './run-event.ts';
import { abortOrigin, endStatus, failure } from './run-failure.ts';
import { systemPrompt } from './system-prompt.ts';
import { type MessageBody, modelMessages, pastOf } from './transcript.ts';
import {
  messageUsage,
  type Progress,
  type Reply,
  type ToolAnswer,
  type ToolCall,
  type TurnDeps,
} from './turn.ts';

export interface AgentRunDeps {
  clock: Clock;
  sessions: SessionStore;
  agent(agentId: string): Agent | undefined;
  /** The models to try, the first one first. */
  resolve(
    agent: Agent | undefined,
    entry: SessionEntry | undefined,
  ): Promise<{ chain: ModelRef[] } | { error: ModelError }>;
  stream(chain: ModelRef[], request: StreamRequest): AsyncIterable<ModelEvent>;
  tools(agentId: string, model: ModelRef): readonly ToolSpec[];
  callTool(call: ToolCall, scope: ToolScope, signal: AbortSignal): Promise<ToolAnswer>;
  /** Makes the past of a session shorter; what belongs to the run stays. */
  compact(sessionKey: string, request: { runId: string; signal: AbortSignal }): Promise<Compacted>;
  /** Whether a run has not ended yet. */
  isLive(runId: string): boolean;
  late: LateWrites;
}

export interface ToolScope {
  agentId: string;
  sessionKey: string;
  sessionId: string;
  runId: string;
  workspace: string;
  model: ModelRef;
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
  thinking?: string | undefined;
  extraSystemPrompt?: string | undefined;
}

/** Messages of the past that a model is told. */
const HISTORY_LIMIT = 400;
/** How much of an answer a crash may cost. */
const KEEP_PARTIAL_MS = 2_000;
const HISTORY_BYTES = 4 * 1024 * 1024;

/** The work of one agent run. The user's message has been stored before; everything the agent says is stored here. */
export const agentRun =
  (deps: AgentRunDeps, task: AgentTask): RunWork =>
  (run, emit, signal) =>
    new AgentRun(deps, task, run, emit, signal).carryOut();

class AgentRun {
  private readonly deps: AgentRunDeps;
  private readonly task: AgentTask;
  private readonly run: RunRequest;
  private readonly emit: (event: RunEvent) => void;
  private readonly signal: AbortSignal;
  private readonly progress: Progress = { text: '', model: { provider: '', model: '' }, outputTokens: 0 };
  private usage: RunUsage | undefined;
  private keptAt = 0;
  private startedAt = 0;
  /** Whether the transcript says that the run has ended. */
  private isEnded = false;

  constructor(
    deps: AgentRunDeps,
    task: AgentTask,
    run: RunRequest,
    emit: (event: RunEvent) => void,
    signal: AbortSignal,
  ) {
    this.deps = deps;
    this.task = task;
    this.run = run;
    this.emit = emit;
    this.signal = signal;
  }

  async carryOut(): Promise<RunResult> {
    const { clock } = this.deps;
    const startedAt = clock.now();
    this.startedAt = startedAt;
    this.emit({ type: 'status', phase: 'preparing_workspace' });
    this.emit({ type: 'status', phase: 'preparing_context' });
    this.emit({ type: 'start', startedAt });
    try {
      this.signal.throwIfAborted();
      const { text, stopReason, provider, model } = await this.converse();
      this.emit({ type: 'model', provider: null, model: null });
      const end: RunEnd = {
        type: 'end',
        startedAt,
        endedAt: clock.now(),
        text,
        stopReason,
        provider,
        model,
      };
      return { end, usage: this.usage };
    } catch (error) {
      this.emit({ type: 'model', provider: null, model: null });
      const end = failure(error, this.signal, startedAt, clock.now(), this.progress);
      await this.keepEnd(end);
      if (end.type === 'error' && !(error instanceof RpcError)) throw error;
      return { end, usage: this.usage };
    }
  }

  private async converse(): Promise<Reply> {
    const { deps, run, signal, progress, emit } = this;
    const agent = deps.agent(run.agentId);
    const resolved = await deps.resolve(agent, deps.sessions.get(run.sessionKey));
    if ('error' in resolved) throw resolved.error;
    const [first] = resolved.chain;
    if (!first) throw new Error('a chain of models is never empty');
    emit({ type: 'status', phase: 'starting_model' });
    const turn = {
      clock: deps.clock,
      stream: await this.streamer(resolved.chain, first, agent),
      tools: deps.tools(run.agentId, first),
      callTool: (call: ToolCall, aborted: AbortSignal) =>
        deps.callTool(call, { ...run, workspace: agent?.workspace ?? '', model: progress.model }, aborted),
      store: (told: MessageBody[], used: RunUsage | undefined, isLast: boolean) =>
        this.store(told, used, isLast),
      emit: (event: RunEvent) => {
        emit(event);
        if (event.type === 'text') this.keepPartial(event.text);
      },
      past: () => this.past(),
      compact: () => deps.compact(run.sessionKey, { runId: run.runId, signal }),
    };
    const reply = await takeRoomyTurn(turn, first, signal, progress);
    // It costs the backend its memory when this fails; the answer is there.
    await rememberResume(deps.sessions, run.sessionKey, reply).catch(() => {});
    return reply;
  }

  private async past(): Promise<ModelMessage[]> {
    const { deps, run } = this;
    const newest = { limit: HISTORY_LIMIT, maxBytes: HISTORY_BYTES };
    const { messages } = await deps.sessions.history(run.sessionKey, newest);
    return modelMessages(pastOf(run.runId, messages, deps.isLive));
  }

  private async streamer(
    chain: ModelRef[],
    first: ModelRef,
    agent: Agent | undefined,
  ): Promise<TurnDeps['stream']> {
    const { deps, run, task } = this;
    const entry = deps.sessions.get(run.sessionKey);
    const system = await systemPrompt(agent, task.extraSystemPrompt);
    const thinking = task.thinking ?? entry?.thinkingLevel ?? agent?.thinkingDefault;
    const resume = entry?.cliSessions?.[first.provider];
    const session = { id: run.sessionId, ...(resume === undefined ? {} : { resume }) };
    const cwd = agent?.workspace ?? '';
    // A program that answers like a model works there, and a new agent has none yet.
    if (cwd !== '') await mkdir(cwd, { recursive: true, mode: 0o700 }).catch(() => {});
    return (messages, tools, signal) =>
      deps.stream(chain, {
        system,
        messages,
        tools,
        signal,
        cwd,
        session,
        ...(thinking ? { thinking } : {}),
      });
  }

  private async store(messages: MessageBody[], used: RunUsage | undefined, isLast: boolean): Promise<void> {
    this.usage = used ?? this.usage;
    const { sessions } = this.deps;
    const { sessionKey, runId } = this.run;
    const rows = messages.map((message) => ({ runId, message }));
    const patch = used && entryUsage(sessions.get(sessionKey), used, this.progress.model);
    const end = { runId, phase: 'end', status: 'ok', startedAt: this.startedAt } as const;
    await sessions.append(sessionKey, rows, patch, isLast ? { run: end } : {});
    this.isEnded = isLast;
  }

  /** For the case that this process dies in the middle of an answer. */
  private keepPartial(text: string): void {
    const now = this.deps.clock.now();
    if (this.keptAt === 0) this.keptAt = now;
    if (now - this.keptAt < KEEP_PARTIAL_MS) return;
    this.keptAt = now;
    this.deps.sessions.keepPartial(this.run.sessionKey, this.run.runId, text).catch(() => {});
  }

  /** Stores that the run has ended badly, with what it had said. People are told of the end in any case. */
  private async keepEnd(end: RunEnd): Promise<void> {
    if (this.isEnded) return;
    const { clock, sessions, late } = this.deps;
    const { sessionKey, runId } = this.run;
    const isCutOff = end.type === 'aborted' && end.origin === 'shutdown';
    const status = isCutOff ? 'interrupted' : endStatus(end);
    const { startedAt } = this;
    const hasMessage = isCutOff || this.progress.text !== '';
    const rows = hasMessage
      ? [{ runId, message: partialMessage(clock, this.progress, runId, this.signal) }]
      : [];
    const write = () =>
      sessions.append(sessionKey, rows, undefined, {
        run: { runId, phase: 'end', status, startedAt },
      });
    await write().catch(() => late.add(sessionKey, write));
  }
}

async function rememberResume(
  sessions: SessionStore,
  key: string,
  { provider, resume }: Reply,
): Promise<void> {
  if (resume === undefined) return;
  const known = sessions.get(key)?.cliSessions;
  if (known?.[provider] !== resume)
    await sessions.update(key, { cliSessions: { ...known, [provider]: resume } });
}

function entryUsage(
  entry: SessionEntry | undefined,
  used: RunUsage,
  { provider, model }: ModelRef,
): Partial<SessionEntry> {
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
  const isCutOff = signal.aborted && abortOrigin(signal) === 'shutdown';
  const said = isCutOff ? [text, INTERRUPTED_NOTE].filter(Boolean) : [text];
  return {
    role: 'assistant',
    content: said.map((part) => ({ type: 'text', text: part })),
    timestamp: clock.now(),
    stopReason: signal.aborted ? 'stop' : 'error',
    usage: messageUsage(NO_USAGE),
    provider: 'openclaw',
    model: 'gateway-injected',
    ...mark,
  };
}
