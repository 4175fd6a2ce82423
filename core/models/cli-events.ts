import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import { ownValue } from './known-providers.ts';
import type { Usage, UsageCost } from './model.ts';
import { pricedUsage } from './usage.ts';

/** What one JSON value of a program says; a value may say several of these. */
export interface CliSaying {
  /** A piece of the answer as it grows. */
  delta?: string;
  reasoning?: string;
  /** A whole message. */
  message?: string;
  /** The whole answer once more, at the end. */
  result?: string;
  failure?: string;
  usage?: Usage;
  sessionId?: string;
}

const ANSWER_FIELDS = ['result', 'response', 'text', 'content', 'message', 'output', 'answer'];

/** Reads one line of JSONL: the streams of `claude -p` and `codex exec`, and plain objects with a text. */
export function sayingOf(value: unknown, sessionIdFields: readonly string[]): CliSaying {
  const row = asObject(value);
  const sessionId = sessionIdOf(row, sessionIdFields);
  const usage = usageIn(row);
  return {
    ...textOf(row),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function textOf(row: Json): CliSaying {
  const type = asText(row.type) ?? '';
  if (type === 'stream_event') return deltaOf(asObject(asObject(row.event).delta));
  if (type === 'assistant') return messageOf(asObject(row.message).content);
  if (type === 'result') return resultOf(row);
  if (type === 'item.completed') return itemOf(asObject(row.item));
  if (type === 'error' || type === 'turn.failed') return { failure: failureText(row) };
  if (type === '') return plainOf(row);
  return /^(text|message|delta|content)/.test(type) ? plainOf(row) : {};
}

function deltaOf(delta: Json): CliSaying {
  const text = asText(delta.text);
  const reasoning = asText(delta.thinking);
  return { ...(text ? { delta: text } : {}), ...(reasoning ? { reasoning } : {}) };
}

function messageOf(content: unknown): CliSaying {
  const message = joinedText(content);
  return message === undefined ? {} : { message };
}

function resultOf(row: Json): CliSaying {
  const text = asText(row.result);
  if (row.is_error === true) return { failure: text ?? asText(row.subtype) ?? failureText(row) };
  return text === undefined ? {} : { result: text };
}

function itemOf(item: Json): CliSaying {
  const text = asText(item.text);
  if (text === undefined) return {};
  if (item.type === 'reasoning') return { reasoning: text };
  return item.type === 'agent_message' || item.type === 'assistant_message' ? { message: text } : {};
}

function plainOf(row: Json): CliSaying {
  const failure = asText(row.error) ?? asText(asObject(row.error).message);
  if (failure !== undefined) return { failure };
  const delta = asText(row.delta);
  if (delta !== undefined) return { delta };
  const message = answerText(row);
  return message === undefined ? {} : { message };
}

/** The text under the first of the usual names. */
function answerText(row: Json): string | undefined {
  for (const field of ANSWER_FIELDS) {
    const text = joinedText(ownValue(row, field));
    if (text !== undefined) return text;
  }
  return undefined;
}

function joinedText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (!Array.isArray(value)) return asText(asObject(value).text) ?? asText(asObject(value).content);
  const texts = value.map((part) =>
    asObject(part).type === 'thinking' ? undefined : asText(asObject(part).text),
  );
  const text = texts.filter((one) => one !== undefined).join('');
  return text === '' ? undefined : text;
}

const failureText = (row: Json): string =>
  asText(row.message) ??
  asText(asObject(row.error).message) ??
  asText(row.error) ??
  'The program reported an error.';

function sessionIdOf(row: Json, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const id = asText(ownValue(row, field));
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The lines of single messages count only a part of the run. */
const COUNTS_RUN = ['', 'result', 'turn.completed'];

function usageIn(row: Json): Usage | undefined {
  const counted = asObject(row.usage);
  const count = (name: string): number => Math.max(0, asNumber(counted[name]) ?? 0);
  const isCounted = 'input_tokens' in counted || 'output_tokens' in counted;
  if (!isCounted || !COUNTS_RUN.includes(asText(row.type) ?? '')) return undefined;
  // One program counts what came from the cache among its input, the other beside it.
  const cached = count('cached_input_tokens');
  const tokens = {
    input: Math.max(0, count('input_tokens') - cached),
    output: count('output_tokens'),
    cacheRead: cached + count('cache_read_input_tokens'),
    cacheWrite: count('cache_creation_input_tokens'),
  };
  const total = asNumber(row.total_cost_usd);
  const usage = pricedUsage(tokens, undefined);
  return total === undefined ? usage : { ...usage, cost: costOf(total) };
}

/** Programs that name a price name one for everything. */
const costOf = (total: number): UsageCost => ({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total });
