import type { Clock } from '../lib/clock.ts';
import { ECHO_MODEL } from './known-providers.ts';
import type { ModelEvent, ModelMessage, ModelRequest } from './model.ts';
import { abortedError, ModelError } from './model-error.ts';
import { pricedUsage } from './usage.ts';

const SLOW_WORD_MS = 200;

/**
 * The model of the dev profile: it says back the last message, word by word, and needs no key and no network.
 * The first word of a message may be an order, for trying out and for tests:
 *   `/slow …`         200 ms before every word;
 *   `/tool name {…}`  calls that tool with these arguments, once; the next answer says back its result;
 *   `/think …`        sends the words as reasoning, then as text;
 *   `/fail …`         fails with the rest as the reason.
 */
export async function* echoStream(request: ModelRequest, clock: Clock): AsyncGenerator<ModelEvent> {
  const { model, messages } = request;
  if (model.model !== ECHO_MODEL) {
    throw new ModelError('no-model', `The echo provider has one model, "${ECHO_MODEL}".`, model);
  }
  const said = lastSaid(messages);
  const { order, rest } = orderOf(said);
  if (order === 'fail') throw new ModelError('server', rest || 'The echo model was told to fail.', model);
  if (order === 'think') yield* words('reasoning', rest, 0, request, clock);
  if (order === 'tool') yield toolCall(rest, messages.length);
  else yield* words('text', rest, order === 'slow' ? SLOW_WORD_MS : 0, request, clock);
  yield usage(said.text, rest);
  yield { type: 'finish', reason: order === 'tool' ? 'tool-calls' : 'stop', responseModel: ECHO_MODEL };
}

const ORDER = /^\/(slow|tool|think|fail)(?:\s+|$)([\s\S]*)$/;

function orderOf({ text, fromUser }: Said): { order: string | undefined; rest: string } {
  const [, order, rest = ''] = (fromUser && ORDER.exec(text)) || [];
  return order === undefined ? { order, rest: text } : { order, rest };
}

async function* words(
  type: 'text' | 'reasoning',
  text: string,
  pauseMs: number,
  { signal, model }: ModelRequest,
  clock: Clock,
): AsyncGenerator<ModelEvent> {
  for (const delta of wordsOf(text)) {
    if (pauseMs > 0) await clock.sleep(pauseMs, signal);
    if (signal.aborted) throw abortedError(model);
    yield { type, delta };
  }
}

/** Each word with the space before it: joined they are the text again. */
const wordsOf = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];

function toolCall(rest: string, turn: number): ModelEvent {
  const [, name = 'unnamed', json = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  return { type: 'tool-call', id: `echo_${turn}`, name, args: parsed(json) };
}

function parsed(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch {
    return json;
  }
}

interface Said {
  text: string;
  fromUser: boolean;
}

function lastSaid(messages: readonly ModelMessage[]): Said {
  const last = messages.at(-1);
  if (last === undefined) return { text: '', fromUser: false };
  const fromUser = last.role === 'user';
  if (typeof last.content === 'string') return { text: last.content, fromUser };
  const texts = last.content.map((part) => ('text' in part ? part.text : ''));
  return { text: texts.filter((text) => text !== '').join('\n'), fromUser };
}

/** Words instead of tokens: deterministic, and plausible on a screen. */
const usage = (input: string, output: string): ModelEvent => ({
  type: 'usage',
  usage: pricedUsage(
    { input: wordsOf(input).length, output: wordsOf(output).length, cacheRead: 0, cacheWrite: 0 },
    undefined,
  ),
});
