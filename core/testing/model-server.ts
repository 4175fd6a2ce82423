import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asObject, type Json } from '../lib/json.ts';
import { dialectFor, type ServerDialect } from './model-dialect.ts';

/** What the server does with one request. Each request takes the next one; the last repeats. */
export type Behaviour =
  /** Streams the pieces, `everyMs` apart (at once when absent). */
  | { type: 'answer'; reasoning?: string[]; text: string[]; everyMs?: number; finish?: 'stop' | 'length' }
  /** Asks for a tool; `args` are the pieces of its JSON. */
  | { type: 'tool-call'; id?: string; name: string; args: string[]; text?: string[] }
  /** Streams the pieces, then nothing more until `release()`; without pieces not even headers. */
  | { type: 'hold'; text: string[]; everyMs?: number }
  /** Streams the pieces, then breaks the connection, or ends it in good order without an end of the answer. */
  | { type: 'cut'; text: string[]; how: 'broken' | 'ended' }
  | { type: 'status'; status: number; message: string; headers?: Record<string, string> }
  /** Streams the pieces, then an event that is no JSON. */
  | { type: 'malformed'; text: string[] }
  /** Streams one word for ever. */
  | { type: 'endless'; word: string }
  | { type: 'redirect'; to: string; status?: number }
  /** Writes these very bytes as the body of an event stream. */
  | { type: 'bytes'; body: string };

export interface RecordedRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Json;
  /** How the exchange ended: answered to its end, or left by the client. */
  ended: Promise<'answered' | 'left'>;
}

export interface ModelServer {
  /** Such as `http://127.0.0.1:40001`. The APIs are below `/v1` (OpenAI, Anthropic) and `/v1beta` (Google). */
  origin: string;
  port: number;
  requests: RecordedRequest[];
  /** Replaces what is left of the script. */
  script(...behaviours: Behaviour[]): void;
  /** Lets every held answer go on to its end. */
  release(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULT: Behaviour = { type: 'answer', text: ['Hello', ' from', ' the model server.'] };

/**
 * A model server on the loopback address that speaks the streams of the OpenAI, Anthropic and Google APIs and
 * misbehaves on demand. It also lists its models the way Ollama and llama.cpp do.
 */
export async function startModelServer(...behaviours: Behaviour[]): Promise<ModelServer> {
  let script = behaviours;
  let release = (): void => {};
  let held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    void exchange(request, response).catch(() => response.destroy());
  });
  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    if (request.method === 'GET') return list(path, response);
    const body = await bodyOf(request);
    requests.push({ path, headers: request.headers, body, ended: endOf(response) });
    const behaviour = (script.length > 1 ? script.shift() : script[0]) ?? DEFAULT;
    await perform(behaviour, response, dialectFor(path, body), held);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    release();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    script: (...next) => {
      script = next;
    },
    release: () => {
      release();
      held = new Promise<void>((resolve) => {
        release = resolve;
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function perform(
  behaviour: Behaviour,
  response: ServerResponse,
  dialect: ServerDialect,
  held: Promise<void>,
): Promise<void> {
  if (behaviour.type === 'status') {
    const headers = { 'content-type': 'application/json', ...behaviour.headers };
    response
      .writeHead(behaviour.status, headers)
      .end(JSON.stringify({ error: { message: behaviour.message, type: 'x' } }));
    return;
  }
  if (behaviour.type === 'redirect') {
    response.writeHead(behaviour.status ?? 307, { location: behaviour.to }).end();
    return;
  }
  if (behaviour.type === 'hold' && behaviour.text.length === 0) await held;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  await stream(behaviour, response, dialect, held);
}

type Streamed = Exclude<Behaviour, { type: 'status' } | { type: 'redirect' }>;

async function stream(
  behaviour: Streamed,
  response: ServerResponse,
  dialect: ServerDialect,
  held: Promise<void>,
): Promise<void> {
  const send = (events: string[]): void => {
    for (const event of events) response.write(event);
  };
  if (behaviour.type === 'bytes') {
    response.end(behaviour.body);
    return;
  }
  send(dialect.begin());
  if (behaviour.type === 'endless') return endless(behaviour.word, response, dialect);
  if (behaviour.type === 'answer') {
    for (const piece of behaviour.reasoning ?? []) send(dialect.reasoning(piece));
  }
  for (const piece of behaviour.text ?? []) {
    if ('everyMs' in behaviour && behaviour.everyMs) await pause(behaviour.everyMs);
    if (response.destroyed) return;
    send(dialect.text(piece));
  }
  if (behaviour.type === 'cut') return cut(response, behaviour.how);
  if (behaviour.type === 'malformed') {
    response.end('data: {"choices": [oops\n\n');
    return;
  }
  if (behaviour.type === 'hold') await held;
  if (behaviour.type === 'tool-call') {
    send(dialect.toolCall(behaviour.id ?? 'call_1', behaviour.name, behaviour.args));
  }
  const finish =
    behaviour.type === 'tool-call'
      ? 'tool-calls'
      : behaviour.type === 'answer'
        ? behaviour.finish
        : undefined;
  send(dialect.end(finish ?? 'stop'));
  response.end();
}

/** Flushes what was written before the connection goes. */
function cut(response: ServerResponse, how: 'broken' | 'ended'): void {
  if (how === 'ended') response.end();
  else response.write(': cut\n\n', () => response.destroy());
}

async function endless(word: string, response: ServerResponse, dialect: ServerDialect): Promise<void> {
  const event = dialect.text(word).join('');
  while (!response.destroyed) {
    if (response.write(event)) await pause(0);
    else await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));

function endOf(response: ServerResponse): Promise<'answered' | 'left'> {
  return new Promise((resolve) =>
    response.once('close', () => resolve(response.writableFinished ? 'answered' : 'left')),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return asObject(JSON.parse(Buffer.concat(pieces).toString('utf8') || '{}'));
}

function list(path: string, response: ServerResponse): void {
  const lists: Record<string, Json> = {
    '/api/tags': { models: [{ name: 'llama3.2:latest' }, { name: 'qwen3:8b' }] },
    '/v1/models': { object: 'list', data: [{ id: 'local-model', object: 'model' }] },
  };
  const found = lists[path];
  response
    .writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    .end(JSON.stringify(found ?? {}));
}
