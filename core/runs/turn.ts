import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { asObject, type Json } from '../lib/json.ts';
import type { ModelEvent, ModelMessage, ModelRef, ToolSpec } from '../models/model.ts';
import { ModelError } from '../models/model-error.ts';
import type { RunEvent, RunUsage } from './run-event.ts';
import type { MessageBody } from './transcript.ts';

export interface ToolCall {
  id: string;
  name: string;
  args: unknown;
}

export interface ToolAnswer {
  content: { type: 'text'; text: string }[];
  isError?: boolean;
  details?: Json;
}

export interface TurnDeps {
  clock: Clock;
  /** Streams one answer of the model, fallbacks included. */
  stream(
    messages: ModelMessage[],
    tools: readonly ToolSpec[],
    signal: AbortSignal,
  ): AsyncIterable<ModelEvent>;
  tools: readonly ToolSpec[];
  callTool(call: ToolCall, signal: AbortSignal): Promise<ToolAnswer>;
  /** Resolves when the messages are on disk. With `isLast` the run has ended with them. */
  store(messages: MessageBody[], usage: RunUsage | undefined, isLast: boolean): Promise<void>;
  emit(event: RunEvent): void;
}

export interface Reply {
  text: string;
  stopReason: string;
  provider: string;
  model: string;
  usage: RunUsage | undefined;
  /** What a CLI backend wants back to go on with its session. */
  resume: string | undefined;
}

/** A model that only ever asks for tools is stopped here. */
const MAX_ROUNDS = 40;

/**
 * Lets the model answer, carries out the tools it asks for, and goes on until it has said what it wants to say. Each
 * message is stored before the next step. What was said so far is in `progress` at every moment, also when this throws.
 */
export async function takeTurn(
  deps: TurnDeps,
  history: ModelMessage[],
  first: ModelRef,
  signal: AbortSignal,
  progress: Progress,
): Promise<Reply> {
  const messages = [...history];
  progress.model = first;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    deps.emit({ type: 'model', provider: progress.model.provider, model: progress.model.model });
    const answer = await oneAnswer(deps, messages, signal, progress);
    const isLast = answer.calls.length === 0;
    await deps.store([assistantMessage(deps.clock, answer, progress.model)], answer.usage, isLast);
    progress.text = '';
    if (isLast) return replyOf(answer, progress);
    messages.push({ role: 'assistant', content: partsOf(answer) });
    messages.push({ role: 'tool', content: await carryOut(deps, answer.calls, signal) });
  }
  const said = `The model asked for tools ${MAX_ROUNDS} times in a row and gave no answer. Send a message to let it go on.`;
  throw new ModelError('format', said, progress.model);
}

/** What a run has to show if it ends right now. */
export interface Progress {
  /** Text of the answer that is not stored yet. */
  text: string;
  model: ModelRef;
  outputTokens: number;
}

interface Answer {
  text: string;
  calls: ToolCall[];
  usage: RunUsage | undefined;
  finish: Extract<ModelEvent, { type: 'finish' }> | undefined;
}

async function oneAnswer(
  deps: TurnDeps,
  messages: ModelMessage[],
  signal: AbortSignal,
  progress: Progress,
): Promise<Answer> {
  const answer: Answer = { text: '', calls: [], usage: undefined, finish: undefined };
  const itemId = `${randomUUID()}:1`;
  for await (const event of deps.stream(messages, deps.tools, signal)) {
    signal.throwIfAborted();
    take(deps, event, answer, progress, itemId);
  }
  signal.throwIfAborted();
  return answer;
}

function take(deps: TurnDeps, event: ModelEvent, answer: Answer, progress: Progress, itemId: string): void {
  switch (event.type) {
    case 'text':
      answer.text += event.delta;
      progress.text = answer.text;
      deps.emit({ type: 'text', text: answer.text, delta: event.delta, itemId });
      return;
    case 'tool-call':
      answer.calls.push({ id: event.id, name: event.name, args: event.args });
      return;
    case 'usage':
      answer.usage = { ...event.usage, cost: event.usage.cost?.total };
      progress.outputTokens += event.usage.output;
      deps.emit({ type: 'usage', outputTokens: progress.outputTokens });
      return;
    case 'fallback':
      progress.model = event.to;
      deps.emit({
        type: 'fallback',
        from: `${event.from.provider}/${event.from.model}`,
        to: `${event.to.provider}/${event.to.model}`,
        reason: event.reason,
        detail: event.reason,
      });
      return;
    case 'finish':
      answer.finish = event;
      return;
    default:
      return;
  }
}

async function carryOut(deps: TurnDeps, calls: readonly ToolCall[], signal: AbortSignal) {
  const results = [];
  for (const call of calls) {
    deps.emit({ type: 'tool-start', name: call.name, toolCallId: call.id, args: call.args });
    const answer = await deps.callTool(call, signal);
    const isError = answer.isError === true;
    const result = { content: answer.content, details: answer.details ?? {} };
    await deps.store([toolMessage(deps.clock, call, answer)], undefined, false);
    deps.emit({ type: 'tool-result', name: call.name, toolCallId: call.id, isError, result });
    const text = answer.content.map((part) => part.text).join('\n');
    results.push({
      type: 'tool-result' as const,
      id: call.id,
      name: call.name,
      text,
      ...(isError ? { isError } : {}),
    });
  }
  return results;
}

function partsOf({ text, calls }: Answer) {
  const said = text === '' ? [] : [{ type: 'text' as const, text }];
  return [...said, ...calls.map(({ id, name, args }) => ({ type: 'tool-call' as const, id, name, args }))];
}

function replyOf(answer: Answer, { model }: Progress): Reply {
  return {
    text: answer.text,
    stopReason: answer.finish?.reason ?? 'stop',
    provider: model.provider,
    model: model.model,
    usage: answer.usage,
    resume: answer.finish?.sessionId,
  };
}

function assistantMessage(clock: Clock, answer: Answer, model: ModelRef): MessageBody {
  const { text, calls, usage, finish } = answer;
  return {
    role: 'assistant',
    content: [
      ...(text === '' && calls.length > 0 ? [] : [{ type: 'text', text }]),
      ...calls.map(({ id, name, args }) => ({ type: 'toolCall', id, name, arguments: asObject(args) })),
    ],
    provider: model.provider,
    model: model.model,
    ...(usage ? { usage: messageUsage(usage) } : {}),
    stopReason: calls.length > 0 ? 'toolUse' : (finish?.reason ?? 'stop'),
    ...(finish?.responseId === undefined ? {} : { responseId: finish.responseId }),
    timestamp: clock.now(),
  };
}

export function messageUsage({ input, output, cacheRead, cacheWrite, totalTokens, cost }: RunUsage) {
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    totalTokens,
    ...(cost === undefined ? {} : { cost: { total: cost } }),
  };
}

function toolMessage(clock: Clock, call: ToolCall, { content, isError, details }: ToolAnswer): MessageBody {
  return {
    role: 'toolResult',
    toolCallId: call.id,
    toolName: call.name,
    content,
    isError: isError === true,
    ...(details ? { details } : {}),
    timestamp: clock.now(),
  };
}
