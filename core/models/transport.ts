import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { VERSION } from '../version.ts';
import type { ModelRef } from './model.ts';
import { abortedError, ModelError } from './model-error.ts';

const MAX_REDIRECTS = 3;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const IDLE_SOCKET_MS = 30_000;

export interface FetchOptions {
  ref: ModelRef;
  headers: Record<string, string>;
  /** Called for every piece of a body, comments of an event stream included. */
  onBytes(): void;
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface Transport {
  /**
   * A `fetch` for one request. Its own sockets: no proxy variable and no global dispatcher has a say. It
   * follows redirects inside one origin only, so that credentials and messages stay where they belong.
   */
  fetch(options: FetchOptions): Fetch;
  /** The same for JSON in and a body of bytes out, without the streams of the web in between, which cost the most. */
  post(options: FetchOptions & { signal: AbortSignal }): Post;
  close(): void;
}

/** Sends a body of JSON. Throws a `ModelError` when there is no answer. */
export type Post = (url: string, body: string) => Promise<Answer>;

export interface Answer {
  status: number;
  statusText: string;
  headers: IncomingMessage['headers'];
  /** Bounded; throws a `ModelError` when it ends before its end. Leaving it early closes the connection. */
  body: AsyncIterable<Buffer>;
}

interface Call {
  body: string | undefined;
  method: string;
  headers: Record<string, string>;
  signal: AbortSignal | undefined;
  options: FetchOptions;
}

export function createTransport(): Transport {
  const settings = { keepAlive: true, timeout: IDLE_SOCKET_MS };
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent(settings) };
  return {
    fetch: (options) => async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const call: Call = {
        body: typeof init?.body === 'string' ? init.body : undefined,
        method: init?.method ?? 'GET',
        headers: sentHeaders(init?.headers, options.headers),
        signal: init?.signal ?? undefined,
        options,
      };
      return responseOf(await follow(agents, url, call), call);
    },
    post: (options) => async (url, body) => {
      const { signal } = options;
      const call: Call = {
        body,
        method: 'POST',
        headers: sentHeaders(JSON_BODY, options.headers),
        signal,
        options,
      };
      const message = await follow(agents, new URL(url), call);
      const { statusCode = 500, statusMessage = '', headers } = message;
      return { status: statusCode, statusText: statusMessage, headers, body: bytesOf(message, call) };
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

const JSON_BODY = { 'content-type': 'application/json', 'user-agent': `openclaw/${VERSION}` };

type Agents = { http: HttpAgent; https: HttpsAgent };

async function follow(agents: Agents, start: URL, call: Call): Promise<IncomingMessage> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const message = await answerTo(agents, url, call);
    const status = message.statusCode ?? 0;
    if (status < 300 || status > 399) return message;
    message.destroy();
    url = redirectTarget(url, message, redirects, call.options.ref);
  }
}

function redirectTarget(from: URL, message: IncomingMessage, redirects: number, ref: ModelRef): URL {
  const location = message.headers.location ?? '';
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const keepsBody = message.statusCode === 307 || message.statusCode === 308;
  if (to?.origin === from.origin && keepsBody && redirects < MAX_REDIRECTS) return to;
  const where = to === undefined || to.origin === from.origin ? 'elsewhere' : `to ${to.origin}`;
  throw new ModelError(
    'format',
    `${from.origin} redirects ${where}; neither the credentials nor the messages were sent there. If that is right, set models.providers.${ref.provider}.baseUrl to the new address.`,
    ref,
  );
}

/** Names in lower case, so that nothing is sent twice; an empty value drops a header. */
function sentHeaders(given: RequestInit['headers'], own: Record<string, string>): Record<string, string> {
  const rows = [...new Headers(given), ...Object.entries(own), ['accept-encoding', 'identity'] as const];
  const merged = Object.fromEntries(rows.map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}

function answerTo(agents: Agents, url: URL, call: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { signal, body } = call;
    if (signal?.aborted) return reject(abortReason(call));
    const secure = url.protocol === 'https:';
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method: call.method, headers: { ...call.headers, ...length } };
    const request: ClientRequest = secure
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http });
    const abort = (): void => {
      request.destroy(abortReason(call));
    };
    signal?.addEventListener('abort', abort, { once: true });
    request.once('close', () => signal?.removeEventListener('abort', abort));
    request.on('error', (error) =>
      reject(signal?.aborted ? abortReason(call) : unreachable(error, url, call)),
    );
    request.once('response', resolve);
    request.end(body);
  });
}

const abortReason = ({ signal, options }: Call): Error =>
  signal?.reason instanceof ModelError ? signal.reason : abortedError(options.ref);

function unreachable(error: NodeJS.ErrnoException, url: URL, { options }: Call): ModelError {
  const code = error.code ?? 'unknown error';
  const advice =
    code === 'ECONNREFUSED'
      ? 'Is the server running?'
      : `Check models.providers.${options.ref.provider}.baseUrl and the network.`;
  return new ModelError('network', `Cannot reach ${url.origin} (${code}). ${advice}`, options.ref, {
    cause: error,
  });
}

function responseOf(message: IncomingMessage, call: Call): Response {
  const status = message.statusCode ?? 500;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  const isEmpty = status === 204 || status === 205 || status < 200;
  if (isEmpty) message.resume();
  return new Response(isEmpty ? null : bodyOf(message, call), {
    status: Math.min(599, Math.max(200, status)),
    statusText: (message.statusMessage ?? '').replace(/[^\x20-\x7e]/g, ' '),
    headers,
  });
}

async function* bytesOf(message: IncomingMessage, call: Call): AsyncGenerator<Buffer> {
  const { ref, onBytes } = call.options;
  let received = 0;
  try {
    for await (const bytes of message) {
      onBytes();
      received += bytes.length;
      if (received > MAX_BODY_BYTES) throw tooLong(ref);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw call.signal?.aborted ? abortReason(call) : brokenOff(ref);
  }
}

/** The body with back-pressure, bounded, and with an error when it ends before its end. */
function bodyOf(message: IncomingMessage, call: Call): ReadableStream<Uint8Array> {
  let received = 0;
  let over = false;
  const { ref, onBytes } = call.options;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const fail = (error: Error): void => {
        if (over) return;
        over = true;
        controller.error(error);
        message.destroy();
      };
      message.on('data', (chunk: Buffer) => {
        if (over) return;
        onBytes();
        received += chunk.length;
        if (received > MAX_BODY_BYTES) return fail(tooLong(ref));
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) message.pause();
      });
      message.on('end', () => {
        if (over || !message.complete) return;
        over = true;
        controller.close();
      });
      message.on('error', () => {});
      message.on('close', () => fail(call.signal?.aborted ? abortReason(call) : brokenOff(ref)));
    },
    pull: () => {
      message.resume();
    },
    cancel: () => {
      over = true;
      message.destroy();
    },
  });
}

export const brokenOff = (ref: ModelRef): ModelError =>
  new ModelError('network', `The answer of ${ref.provider} broke off in the middle. Try again.`, ref);

const tooLong = (ref: ModelRef): ModelError =>
  new ModelError('format', `The answer of ${ref.provider} is longer than 64 MiB and was cut off.`, ref);
