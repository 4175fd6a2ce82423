import { randomUUID } from 'node:crypto';
import type { LanguageModelV3FinishReason, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import { MalformedStream } from './failure.ts';

type Part = LanguageModelV3StreamPart;

interface OpenCall {
  id: string;
  name: string;
  args: string;
  signature: string | undefined;
}

const FINISH_REASONS: ReadonlyMap<unknown, LanguageModelV3FinishReason['unified']> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
]);

/**
 * Reads the chunks of one streamed chat completion. Servers that call themselves compatible differ in where they put
 * thoughts (`reasoning_content`, `reasoning`, parts of `content`) and leave out indexes, ids and counts.
 */
export class OpenaiParts {
  private isFirst = true;
  private reason: string | undefined;
  private hasRefusal = false;
  private usage: Json = {};
  /** In the order in which the model began them, by their index. */
  private readonly calls = new Map<unknown, OpenCall>();

  /** Throws what the server reports as an error, and for what is no chunk. */
  read(chunk: unknown): Part[] {
    const { error, choices, usage, id, model } = asObject(chunk);
    if (error) throw error;
    if (!Array.isArray(choices)) throw new MalformedStream('a chunk without choices');
    const parts: Part[] = [];
    if (this.isFirst)
      parts.push({ type: 'response-metadata', ...known('id', id), ...known('modelId', model) });
    this.isFirst = false;
    if (usage) this.usage = asObject(usage);
    const { finish_reason: reason, delta } = asObject(choices[0]);
    if (typeof reason === 'string') this.reason = reason;
    if (delta) this.readDelta(asObject(delta), parts);
    return parts;
  }

  /** What is left to say when the stream is over. Without a reason to finish it had been cut. */
  end(): Part[] {
    const { reason, hasRefusal } = this;
    const calls = reason === undefined ? [] : [...this.calls.values()].map(toolCall);
    const mapped = FINISH_REASONS.get(reason) ?? 'other';
    // A refusal is the reason that an answer ended, whatever else the server says.
    const unified = mapped === 'stop' && hasRefusal ? 'content-filter' : mapped;
    return [...calls, { type: 'finish', finishReason: { unified, raw: reason }, usage: usageOf(this.usage) }];
  }

  private readDelta(delta: Json, parts: Part[]): void {
    const { content, refusal, tool_calls: calls } = delta;
    pushReasoning(parts, delta.reasoning_content ?? delta.reasoning);
    if (Array.isArray(content)) for (const part of content) pushContent(parts, asObject(part));
    else pushText(parts, content);
    if (typeof refusal === 'string' && refusal !== '') {
      this.hasRefusal = true;
      pushText(parts, refusal);
    }
    if (Array.isArray(calls)) for (const call of calls) this.readCall(asObject(call), parts);
  }

  private readCall({ index, id, function: said, extra_content: extra }: Json, parts: Part[]): void {
    const { name, arguments: args } = asObject(said);
    const key = index ?? this.keyWithoutIndex(id);
    let call = this.calls.get(key);
    if (!call) {
      call = { id: '', name: '', args: '', signature: undefined };
      this.calls.set(key, call);
    }
    call.id ||= asText(id) ?? '';
    call.name ||= asText(name) ?? '';
    call.signature ??= asText(asObject(asObject(extra).google).thought_signature);
    if (typeof args !== 'string' || args === '') return;
    call.args += args;
    parts.push({ type: 'tool-input-delta', id: call.id, delta: args });
  }

  /** Without an index an id begins another call, and what has none goes on with the last one. */
  private keyWithoutIndex(id: unknown): unknown {
    return asText(id) ?? [...this.calls.keys()].at(-1) ?? 0;
  }
}

function pushContent(parts: Part[], part: Json): void {
  if (part.type === 'text') pushText(parts, part.text);
  else if (part.type === 'thinking') {
    const { thinking } = part;
    const texts = Array.isArray(thinking)
      ? thinking.map((one) => asText(asObject(one).text) ?? '')
      : [thinking];
    for (const text of texts) pushReasoning(parts, text);
  }
}

function pushText(parts: Part[], delta: unknown): void {
  if (typeof delta === 'string' && delta !== '') parts.push({ type: 'text-delta', id: 'text', delta });
}

function pushReasoning(parts: Part[], delta: unknown): void {
  if (typeof delta === 'string' && delta !== '')
    parts.push({ type: 'reasoning-delta', id: 'reasoning', delta });
}

function toolCall({ id, name, args, signature }: OpenCall): Part {
  if (name === '') throw new MalformedStream('a tool call without a name');
  const metadata = signature && { providerMetadata: { google: { thoughtSignature: signature } } };
  return { type: 'tool-call', toolCallId: id || randomUUID(), toolName: name, input: args, ...metadata };
}

function usageOf(usage: Json): Extract<Part, { type: 'finish' }>['usage'] {
  const total = asNumber(usage.prompt_tokens);
  const output = asNumber(usage.completion_tokens);
  const cacheRead = asNumber(asObject(usage.prompt_tokens_details).cached_tokens);
  const reasoning = asNumber(asObject(usage.completion_tokens_details).reasoning_tokens);
  return {
    inputTokens: { total, noCache: undefined, cacheRead, cacheWrite: undefined },
    outputTokens: { total: output, text: undefined, reasoning },
  };
}

const known = <K extends string>(key: K, value: unknown): { [key in K]?: string } =>
  (typeof value === 'string' ? { [key]: value } : {}) as { [key in K]?: string };
