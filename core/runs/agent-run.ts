import type { Clock } from '../lib/clock.ts';
import type { ModelMessage, ModelRef } from '../models/model.ts';
import { RpcError } from '../protocol/errors.ts';
import { INTERRUPTED_NOTE } from '../sessions/interrupted-runs.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { Compacted } from './compactor.ts';
import type { HeadStart } from './head-start.ts';
import type { LateWrites } from './late-writes.ts';
import { PartialKeeper } from './partial-keeper.ts';
import { takeRoomyTurn } from './roomy-turn.ts';
import {
  type AgentTask,
  pastOfRun,
  type RunContext,
  type RunContextDeps,
  runContext,
} from './run-context.ts';
import type { RunRequest, RunResult, RunWork } from './run-desk.ts';
import type { RunEnd, RunEvent, RunUsage } from './run-event.ts';
import { abortOrigin, endStatus, failure } from './run-failure.ts';
import type { MessageBody } from './transcript.ts';
import { messageUsage, type Progress, type Reply, type ToolAnswer, type ToolCall } from './turn.ts';

export interface AgentRunDeps extends RunContextDeps {
  clock: Clock;
  callTool(call: ToolCall, scope: ToolScope, signal: AbortSignal): Promise<ToolAnswer>;
  /** Makes the past of a session shorter; what belongs to the run stays. */
  compact(sessionKey: string, request: { runId: string; signal: AbortSignal }): Promise<Compacted>;
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

/** The work of one agent run. The user's message has been stored before; everything the agent says is stored here. */
export const agentRun =
  (deps: AgentRunDeps, task: AgentTask, headStart?: HeadStart): RunWork =>
  (run, emit, signal) => {
    headStart?.follow(signal);
    const context = (): Promise<RunContext> => headStart?.context ?? runContext(deps, task, run);
    return new AgentRun(deps, context, run, emit, signal).carryOut().finally(() => headStart?.end());
  };

class AgentRun {
  private readonly deps: AgentRunDeps;
  private readonly context: () => Promise<RunContext>;
  private readonly run: RunRequest;
  private readonly emit: (event: RunEvent) => void;
  private readonly signal: AbortSignal;
  private readonly progress: Progress = { text: '', model: { provider: '', model: '' }, outputTokens: 0 };
  private usage: RunUsage | undefined;
  private readonly partial: PartialKeeper;
  private startedAt = 0;
  private hasPast = false;
  /** Whether the transcript says that the run has ended. */
  private isEnded = false;

  constructor(
    deps: AgentRunDeps,
    context: () => Promise<RunContext>,
    run: RunRequest,
    emit: (event: RunEvent) => void,
    signal: AbortSignal,
  ) {
    this.deps = deps;
    this.context = context;
    this.run = run;
    this.emit = emit;
    this.signal = signal;
    this.partial = new PartialKeeper(deps.clock, deps.sessions, run);
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
    const { agent, first, past, stream, tools } = await this.context();
    emit({ type: 'status', phase: 'starting_model' });
    const turn = {
      clock: deps.clock,
      stream,
      tools,
      callTool: (call: ToolCall, aborted: AbortSignal) =>
        deps.callTool(call, { ...run, workspace: agent?.workspace ?? '', model: progress.model }, aborted),
      store: (told: MessageBody[], used: RunUsage | undefined, isLast: boolean) =>
        this.store(told, used, isLast),
      emit: (event: RunEvent) => {
        emit(event);
        if (event.type === 'text') this.partial.add(event.itemId, event.delta);
      },
      past: () => this.past(past),
      compact: () => deps.compact(run.sessionKey, { runId: run.runId, signal }),
    };
    const reply = await takeRoomyTurn(turn, first, signal, progress);
    // It costs the backend its memory when this fails; the answer is there.
    await rememberResume(deps.sessions, run.sessionKey, reply).catch(() => {});
    return reply;
  }

  /** What is known at the start, and when it has been made shorter, what is left of it. */
  private async past(atStart: ModelMessage[]): Promise<ModelMessage[]> {
    const isAgain = this.hasPast;
    this.hasPast = true;
    return isAgain ? pastOfRun(this.deps, this.run) : atStart;
  }

  private async store(messages: MessageBody[], used: RunUsage | undefined, isLast: boolean): Promise<void> {
    this.usage = used ?? this.usage;
    const { sessions } = this.deps;
    const { sessionKey, runId } = this.run;
    const rows = messages.map((message) => ({ runId, message }));
    const patch = used && entryUsage(sessions.get(sessionKey), used, this.progress.model);
    const end = { runId, phase: 'end', status: 'ok', startedAt: this.startedAt } as const;
    await this.partial.rest();
    await sessions.append(sessionKey, rows, patch, isLast ? { run: end } : {});
    this.isEnded = isLast;
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
    const note = {
      runId,
      phase: 'end',
      status,
      startedAt,
      ...(end.type === 'error' ? { error: end.message } : {}),
    } as const;
    const write = () => sessions.append(sessionKey, rows, undefined, { run: note });
    await this.partial.rest();
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
