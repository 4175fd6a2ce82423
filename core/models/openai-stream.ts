import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { asObject, asText } from '../lib/json.ts';
import { EventStreamReader } from './event-stream.ts';
import { MalformedStream, RefusedRequest } from './failure.ts';
import type { ModelRequest } from './model.ts';
import { OpenaiParts } from './openai-parts.ts';
import { openaiBody } from './openai-request.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { Answer, Post } from './transport.ts';

/** How much of the explanation of a refusal is read. */
const MAX_REFUSAL_BYTES = 256 * 1024;

/**
 * One streamed chat completion of the OpenAI API, which most servers speak. `withRaw`: each chunk is also given as the
 * server sent it, before what it means.
 */
export async function* openaiStream(
  settings: ProviderSettings,
  request: ModelRequest,
  post: Post,
  withRaw: boolean,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const body = JSON.stringify(openaiBody(settings, request));
  const answer = await post(`${settings.baseUrl}/chat/completions`, body);
  if (answer.status < 200 || answer.status > 299) throw await refusal(answer);
  const events = new EventStreamReader();
  const parts = new OpenaiParts();
  for await (const bytes of answer.body) {
    for (const data of events.read(bytes)) {
      if (data !== '[DONE]') yield* partsIn(parsed(data), parts, withRaw);
    }
  }
  yield* parts.end();
}

function* partsIn(
  chunk: unknown,
  parts: OpenaiParts,
  withRaw: boolean,
): Generator<LanguageModelV3StreamPart> {
  if (withRaw) yield { type: 'raw', rawValue: chunk };
  yield* parts.read(chunk);
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new MalformedStream('an event that is no JSON', { cause });
  }
}

/** What a server says besides its status: `{error: {message}}`, `{error}`, `{message}`, or nothing that can be read. */
async function refusal({ status, statusText, headers, body }: Answer): Promise<RefusedRequest> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      size += piece.length;
      if (size > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // The status counts, also when its explanation breaks off.
  }
  const text = Buffer.concat(pieces).toString('utf8');
  return new RefusedRequest(saidIn(text) ?? statusText, status, headers, text);
}

function saidIn(text: string): string | undefined {
  try {
    const { error, message } = asObject(JSON.parse(text));
    return asText(asObject(error).message) ?? asText(error) ?? asText(message);
  } catch {
    return undefined;
  }
}
