import { type IncomingMessage, request as plainRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type DialOptions, dial } from '../client/dial.ts';
import type { Endpoint } from '../client/endpoint.ts';
import { RpcError } from '../protocol/errors.ts';
import { broken, type Evidence, ok, unknown } from './evidence.ts';

const MAX_BODY_BYTES = 4096;

/**
 * Asks `/healthz`, without a credential. A gateway behind a path of a proxy may not show it, so only an answer that
 * no gateway gives counts as a fault.
 */
export async function lookAtHttp(
  endpoint: Endpoint,
  options: DialOptions,
  signal: AbortSignal,
): Promise<Evidence> {
  let socket: Socket;
  try {
    socket = await dial(endpoint, options, signal);
  } catch {
    return unknown('http', 'no connection');
  }
  try {
    return judgeAnswer(await ask(socket, endpoint, signal));
  } catch (error) {
    if (signal.aborted) return broken('http', 'HTTP_SILENT', { url: endpoint.url });
    return unknown('http', error instanceof RpcError ? error.message : 'no HTTP answer');
  } finally {
    socket.destroy();
  }
}

interface Answer {
  status: number;
  body: string;
}

/** The request goes over a socket that is encrypted already where it has to be, so plain HTTP does for both. */
function ask(socket: Socket, endpoint: Endpoint, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host, port } = endpoint;
    const name = host.includes(':') ? `[${host}]` : host;
    const request = plainRequest(
      {
        createConnection: () => socket,
        path: '/healthz',
        headers: { host: `${name}:${port}`, connection: 'close' },
        signal,
      },
      (response) => void readAnswer(response).then(resolve, reject),
    );
    request.on('error', reject);
    // Such an answer is told here only, and nothing follows it.
    request.on('upgrade', () => resolve({ status: 101, body: '' }));
    request.end();
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let body = '';
  for await (const chunk of response) {
    body += String(chunk);
    if (body.length > MAX_BODY_BYTES) break;
  }
  return { status: response.statusCode ?? 0, body };
}

function judgeAnswer({ status, body }: Answer): Evidence {
  if (status === 200 && saysLive(body)) return ok('http', 'live');
  if (status === 403) return broken('http', 'HTTP_HOST_REFUSED', { status });
  if (status === 503) return broken('http', 'HTTP_NOT_READY', { status });
  if (status === 200) return broken('http', 'HTTP_NOT_A_GATEWAY', { status });
  return unknown('http', `HTTP ${status}`);
}

function saysLive(body: string): boolean {
  try {
    const value = JSON.parse(body) as { ok?: unknown; status?: unknown } | null;
    return value?.ok === true && value.status === 'live';
  } catch {
    return false;
  }
}
