import type { Json } from '../lib/json.ts';
import type { RunEnd, RunEvent, RunIdentity } from '../runs/run-event.ts';
import type { Audience, Broadcaster } from './broadcast.ts';
import {
  type AbortedEnd,
  abortedData,
  chatEnd,
  endData,
  finishingData,
  type UncutEnd,
} from './run-endings.ts';

/** Deltas of the `chat` event are told at most this often; each carries all text so far. Source: methods, chat. */
const DELTA_EVERY_MS = 150;
/**
 * Each `assistant` event carries all text so far, so an event for each piece of a long answer would cost its length
 * squared. Beyond this many characters pieces are told together, as often as `chat` deltas are.
 */
const EACH_DELTA_UP_TO = 16_384;

interface Telling {
  /** Agent events told of this run, as v4 counts them, and as v3 does, which had fewer. */
  seq: number;
  seqV3: number;
  /** Calls of tools that have not ended, by their id. */
  items: Map<string, Json>;
  lastDeltaAt: number;
  /** Text of the last `chat` delta, and a newer one that waits for its time. */
  told: string;
  waiting: { text: string; seq: number; seqV3: number } | undefined;
  /** Text that no `assistant` event has told yet. */
  held: { text: string; delta: string; itemId: string } | undefined;
  /** Of the time that the waiting text waits for. */
  cancel: (() => void) | undefined;
}

export interface RunTellerDeps {
  broadcaster: Broadcaster;
  now(): number;
  after(ms: number, task: () => void): () => void;
}

const TOOL_STREAMS: ReadonlySet<string> = new Set(['tool', 'item']);
/** Tool events are for clients that can show them. */
const TOOL_AUDIENCE: Audience = { to: (_connection, peer) => peer.caps.includes('tool-events') };

/** Tells clients of runs, in the `agent` and `chat` events that they know. */
export class RunTeller {
  private readonly deps: RunTellerDeps;
  private readonly runs = new Map<string, Telling>();

  constructor(deps: RunTellerDeps) {
    this.deps = deps;
  }

  tell(run: RunIdentity, event: RunEvent): void {
    const telling = this.tellingOf(run.runId);
    // The end says it, in its place.
    if (event.type === 'model' && event.provider === null) return;
    if (event.type === 'text') this.text(run, telling, event);
    else if (event.type === 'status') this.status(run, telling, event.phase);
    else if (event.type === 'aborted') this.aborted(run, telling, event);
    else if (event.type === 'end' || event.type === 'error') this.end(run, telling, event);
    else this.plain(run, telling, event);
  }

  /** A call of a tool is told as an item besides. */
  private plain(run: RunIdentity, telling: Telling, event: PlainEvent): void {
    this.flush(run, telling);
    const { stream, data, bothEras } = plainStep(event);
    if (event.type === 'tool-start') this.step(run, telling, 'item', this.itemStart(telling, event));
    this.step(run, telling, stream, data, bothEras);
    if (event.type === 'tool-result') this.step(run, telling, 'item', this.itemEnd(telling, event));
  }

  private itemStart({ items }: Telling, event: Extract<RunEvent, { type: 'tool-start' }>): Json {
    const { toolCallId, name } = event;
    const item = {
      itemId: `tool:${toolCallId}`,
      toolCallId,
      name,
      kind: 'tool',
      title: name.replace(
        /(^|_)([a-z])/g,
        (_all, gap: string, letter: string) => `${gap && ' '}${letter.toUpperCase()}`,
      ),
      commandBearing: name === 'exec',
      startedAt: this.deps.now(),
    };
    items.set(toolCallId, item);
    return { ...item, phase: 'start', status: 'running' };
  }

  private itemEnd({ items }: Telling, event: Extract<RunEvent, { type: 'tool-result' }>): Json {
    const { toolCallId, isError, result } = event;
    const item = items.get(toolCallId);
    items.delete(toolCallId);
    const [part] = (result as { content?: { text?: string }[] } | undefined)?.content ?? [];
    const outcome = isError ? { status: 'blocked', error: part?.text ?? '' } : { status: 'completed' };
    return { ...item, phase: 'end', ...outcome, endedAt: this.deps.now() };
  }

  private status(run: RunIdentity, telling: Telling, phase: string): void {
    if (run.quiet) return;
    telling.seq += 1;
    this.chat(run, telling, { state: 'status', phase }, true);
    this.agent(run, telling, 'run_status', { phase });
  }

  private tellingOf(runId: string): Telling {
    const known = this.runs.get(runId);
    if (known) return known;
    const telling: Telling = {
      seq: 0,
      seqV3: 0,
      items: new Map(),
      lastDeltaAt: 0,
      told: '',
      held: undefined,
      waiting: undefined,
      cancel: undefined,
    };
    this.runs.set(runId, telling);
    return telling;
  }

  private text(run: RunIdentity, telling: Telling, event: Extract<RunEvent, { type: 'text' }>): void {
    const { text, delta, itemId } = event;
    telling.held = { text, itemId, delta: `${telling.held?.delta ?? ''}${delta}` };
    if (text.length <= EACH_DELTA_UP_TO) this.release(run, telling);
    const { seq, seqV3 } = telling;
    telling.waiting = { text, seq, seqV3 };
    const due = telling.lastDeltaAt + DELTA_EVERY_MS - this.deps.now();
    if (due <= 0) this.flush(run, telling);
    else telling.cancel ??= this.deps.after(due, () => this.flush(run, telling));
  }

  /** Tells what came since the last `assistant` event; true when there was something. */
  private release(run: RunIdentity, telling: Telling): boolean {
    const { held } = telling;
    if (!held) return false;
    telling.held = undefined;
    this.step(run, telling, 'assistant', held, true);
    return true;
  }

  private flush(run: RunIdentity, telling: Telling): void {
    telling.cancel?.();
    telling.cancel = undefined;
    const { waiting } = telling;
    if (!waiting) return;
    const told = waiting.text.startsWith(telling.told) ? telling.told : '';
    if (this.release(run, telling)) Object.assign(waiting, { seq: telling.seq, seqV3: telling.seqV3 });
    telling.waiting = undefined;
    telling.told = waiting.text;
    telling.lastDeltaAt = this.deps.now();
    const message = {
      role: 'assistant',
      content: [{ type: 'text', text: waiting.text }],
      timestamp: telling.lastDeltaAt,
    };
    const numbers = { seq: waiting.seq, seqV3: waiting.seqV3 };
    this.chat(
      run,
      { ...telling, ...numbers },
      { state: 'delta', deltaText: waiting.text.slice(told.length), message },
    );
  }

  private end(run: RunIdentity, telling: Telling, end: UncutEnd): void {
    this.flush(run, telling);
    this.step(run, telling, 'lifecycle', finishingData(end));
    this.step(run, telling, 'lifecycle', { phase: 'model', provider: null, model: null });
    this.step(run, telling, 'lifecycle', endData(run, end), true);
    this.chat(run, telling, chatEnd(end, this.deps.now()));
    this.runs.delete(run.runId);
  }

  /** The one end that `chat` tells first, and that v3 told in `chat` only. */
  private aborted(run: RunIdentity, telling: Telling, end: AbortedEnd): void {
    this.flush(run, telling);
    const { seq, seqV3 } = telling;
    this.chat(run, { seq: seq + 1, seqV3: seqV3 + 1 }, chatEnd(end, this.deps.now()));
    this.step(run, telling, 'lifecycle', abortedData(end));
    this.runs.delete(run.runId);
  }

  private step(run: RunIdentity, telling: Telling, stream: string, data: Json, bothEras = false): void {
    telling.seq += 1;
    if (bothEras) telling.seqV3 += 1;
    this.agent(run, telling, stream, data, bothEras);
  }

  private agent(run: RunIdentity, telling: Telling, stream: string, data: Json, bothEras = false): void {
    const { runId, sessionKey, sessionId, agentId } = run;
    const payload = {
      runId,
      stream,
      data,
      sessionKey,
      ...(stream === 'lifecycle' ? { sessionId } : {}),
      agentId,
      seq: telling.seq,
      ts: this.deps.now(),
    };
    const v3 = bothEras ? { seq: telling.seqV3 } : undefined;
    this.deps.broadcaster.emit('agent', { ...payload, v3 }, TOOL_STREAMS.has(stream) ? TOOL_AUDIENCE : {});
  }

  private chat(
    run: RunIdentity,
    { seq, seqV3 }: Pick<Telling, 'seq' | 'seqV3'>,
    data: Json,
    v4Only = false,
  ): void {
    const { runId, sessionKey, agentId } = run;
    this.deps.broadcaster.emit('chat', {
      runId,
      sessionKey,
      agentId,
      seq,
      ...data,
      v3: v4Only ? undefined : { seq: seqV3 },
    });
  }
}

type PlainEvent = Exclude<RunEvent, { type: 'text' | 'status' } | RunEnd>;

/** Events that become one `agent` event and nothing else. */
function plainStep(event: PlainEvent): { stream: string; data: Json; bothEras: boolean } {
  switch (event.type) {
    case 'start':
      return { stream: 'lifecycle', data: { phase: 'start', startedAt: event.startedAt }, bothEras: true };
    case 'model':
      return {
        stream: 'lifecycle',
        data: { phase: 'model', provider: event.provider, model: event.model },
        bothEras: false,
      };
    case 'usage':
      return { stream: 'usage', data: { outputTokens: event.outputTokens }, bothEras: false };
    case 'fallback':
      return { stream: 'lifecycle', data: fallbackData(event), bothEras: false };
    case 'compaction': {
      const { type: stream, ...data } = event;
      return { stream, data, bothEras: false };
    }
    case 'tool-start':
      return {
        stream: 'tool',
        data: { phase: 'start', name: event.name, toolCallId: event.toolCallId, args: event.args },
        bothEras: true,
      };
    case 'tool-result': {
      const { name, toolCallId, isError, result } = event;
      return { stream: 'tool', data: { phase: 'result', name, toolCallId, isError, result }, bothEras: true };
    }
  }
}

function fallbackData({ from, to, reason, detail }: Extract<RunEvent, { type: 'fallback' }>): Json {
  return {
    phase: 'fallback_step',
    fallbackStepType: 'fallback_step',
    fallbackStepFromModel: from,
    ...(to === undefined ? {} : { fallbackStepToModel: to }),
    fallbackStepFromFailureReason: reason,
    fallbackStepFromFailureDetail: detail,
    fallbackStepFinalOutcome: to === undefined ? 'chain_exhausted' : 'next_fallback',
  };
}
