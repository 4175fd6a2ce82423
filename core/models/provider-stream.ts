import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { Clock } from '../lib/clock.ts';
import { asNumber, asObject, type Json } from '../lib/json.ts';
import { modelFailure } from './failure.ts';
import { type LibraryApi, languageModel } from './language-model.ts';
import type { ModelEvent, ModelRequest } from './model.ts';
import { abortedError, ModelError } from './model-error.ts';
import { openaiStream } from './openai-stream.ts';
import { cachedPrompt, functionTools, promptOf } from './prompt.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { createPartReader, type PartReader } from './stream-parts.ts';
import { thinkingOptions } from './thinking.ts';
import type { FetchOptions, Transport } from './transport.ts';
import { startWatchdog, type WaitLimit } from './watchdog.ts';

export interface ProviderStreamDeps {
  clock: Clock;
  transport: Transport;
  /** Called with each event as the provider sent it, when the raw stream is recorded. */
  onRaw?: ((event: unknown) => void) | undefined;
}

/** One request to a provider. Throws a `ModelError`; ending it early closes the connection. */
export async function* providerStream(
  settings: ProviderSettings,
  request: ModelRequest,
  deps: ProviderStreamDeps,
): AsyncGenerator<ModelEvent> {
  const { ref } = settings;
  if (request.signal.aborted) throw abortedError(ref);
  const control = new AbortController();
  const abort = (): void => control.abort(abortedError(ref));
  request.signal.addEventListener('abort', abort, { once: true });
  const watchdog = startWatchdog(deps.clock, settings.limits, (limit, waitedMs) =>
    control.abort(timedOut(settings, limit, waitedMs)),
  );
  try {
    const exchange = { ref, headers: settings.headers, onBytes: watchdog.touch, signal: control.signal };
    const parts =
      settings.api === 'openai-completions'
        ? openaiStream(settings, request, deps.transport.post(exchange), deps.onRaw !== undefined)
        : libraryStream(settings, settings.api, request, exchange, deps);
    yield* eventsOf(parts, createPartReader(settings, maxChars(settings, request)), deps.onRaw);
  } catch (error) {
    if (control.signal.aborted) throw control.signal.reason;
    throw modelFailure(error, { ref, secrets: settings.secrets, now: deps.clock.now() });
  } finally {
    watchdog.stop();
    request.signal.removeEventListener('abort', abort);
    control.abort(abortedError(ref));
  }
}

async function* eventsOf(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  reader: PartReader,
  onRaw: ProviderStreamDeps['onRaw'],
): AsyncGenerator<ModelEvent> {
  for await (const part of parts) {
    if (part.type === 'raw') onRaw?.(part.rawValue);
    yield* reader.read(part);
    if (reader.finished) return;
  }
  reader.end();
}

async function* libraryStream(
  settings: ProviderSettings,
  api: LibraryApi,
  request: ModelRequest,
  exchange: FetchOptions & { signal: AbortSignal },
  deps: ProviderStreamDeps,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const model = await languageModel(settings, api, deps.transport.fetch(exchange));
  const { stream } = await model.doStream(callOptions(settings, api, request, exchange.signal, deps));
  yield* partsOf(stream);
}

/** Cancels the stream when its reader leaves early; a stream cannot be iterated directly on every platform. */
async function* partsOf(
  stream: ReadableStream<LanguageModelV3StreamPart>,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function callOptions(
  settings: ProviderSettings,
  api: LibraryApi,
  request: ModelRequest,
  signal: AbortSignal,
  deps: ProviderStreamDeps,
): LanguageModelV3CallOptions {
  const { model } = settings;
  const prompt = promptOf(request.system, request.messages, model.input);
  const { temperature, topP, top_p, maxTokens, ...rest } = settings.params;
  const hasTools = request.tools.length > 0 && asObject(model.compat).supportsTools !== false;
  return {
    prompt: api === 'anthropic-messages' ? cachedPrompt(prompt) : prompt,
    ...(hasTools ? { tools: functionTools(request.tools), toolChoice: { type: 'auto' } } : {}),
    maxOutputTokens: request.maxTokens ?? asNumber(maxTokens) ?? settings.maxTokens,
    temperature: asNumber(temperature),
    topP: asNumber(topP) ?? asNumber(top_p),
    providerOptions: providerOptions(settings, api, request, rest),
    includeRawChunks: deps.onRaw !== undefined,
    abortSignal: signal,
  };
}

/** Parameters that have no name of their own here go to the provider as they are. */
function providerOptions(
  settings: ProviderSettings,
  api: LibraryApi,
  request: ModelRequest,
  params: Json,
): NonNullable<LanguageModelV3CallOptions['providerOptions']> {
  const thinking = thinkingOptions(settings, request.thinking, request.messages);
  const name = api === 'anthropic-messages' ? 'anthropic' : 'google';
  return { [name]: { ...params, ...thinking[name] } } as NonNullable<
    LanguageModelV3CallOptions['providerOptions']
  >;
}

const CHARS_PER_TOKEN = 16;
const MIN_CHARS = 64 * 1024;
const MAX_CHARS = 4 * 1024 * 1024;

/** Far above what the allowed tokens can make up: only a server that ignores the limit ever gets there. */
function maxChars(settings: ProviderSettings, request: ModelRequest): number {
  const tokens = request.maxTokens ?? settings.maxTokens;
  if (tokens === undefined) return MAX_CHARS;
  return Math.min(MAX_CHARS, Math.max(MIN_CHARS, tokens * CHARS_PER_TOKEN));
}

function timedOut({ ref }: ProviderSettings, limit: WaitLimit, waitedMs: number): ModelError {
  const seconds = Math.round(waitedMs / 1000);
  const text = {
    first: `${ref.provider} did not begin to answer within ${seconds} s.`,
    idle: `${ref.provider} fell silent for ${seconds} s in the middle of its answer.`,
    total: `${ref.provider} did not finish within ${seconds} s.`,
  };
  const advice = limit === 'total' ? '' : ` More time: models.providers.${ref.provider}.timeoutSeconds.`;
  return new ModelError('timeout', `${text[limit]}${advice}`, ref);
}
