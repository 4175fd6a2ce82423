import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../protocol/frames.ts';
import { type DialOptions, dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { type CloseInfo, notReachable } from './gateway-failure.ts';

/** What may be heard from the other end. */
export interface TransportHandlers {
  text(text: string): void;
  /** Any sign of life that carries no text. */
  alive(): void;
  closed(info: CloseInfo): void;
}

/** Text frames both ways; all that handshake and connection know of WebSocket. */
export interface Transport {
  /** Bytes accepted by `send` that are not on the wire yet. */
  readonly bufferedBytes: number;
  /** False when the socket is closing or closed: then nothing was sent. */
  send(text: string): boolean;
  /** Delivers everything heard, first what arrived while nobody was attached; `undefined` holds it back. */
  attach(handlers: TransportHandlers | undefined): void;
  /** Polite; a peer that does not answer is cut off after a second. */
  close(code: number, reason: string): void;
}

const CLOSE_GRACE_MS = 1_000;

type Heard = (handlers: TransportHandlers) => void;

class WsTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #handlers: TransportHandlers | undefined;
  #held: Heard[] = [];

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) return this.#hear((handlers) => handlers.alive());
      const text = data.toString();
      this.#hear((handlers) => handlers.text(text));
    });
    socket.on('ping', () => this.#hear((handlers) => handlers.alive()));
    socket.on('close', (code, reason) => {
      this.#hear((handlers) => handlers.closed({ code, reason: reason.toString() }));
    });
    // `close` always follows and tells the rest.
    socket.on('error', () => {});
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  attach(handlers: TransportHandlers | undefined): void {
    this.#handlers = handlers;
    while (this.#handlers && this.#held.length > 0) this.#held.shift()?.(this.#handlers);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close(code, reason);
    const cancel = this.#clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  #hear(heard: Heard): void {
    if (this.#handlers && this.#held.length === 0) heard(this.#handlers);
    else this.#held.push(heard);
  }
}

/**
 * Connects and upgrades. Rejects with GATEWAY_TRANSPORT when no gateway answers (an HTTP answer, redirects
 * included, is one of these), BAD_ARGUMENT for refused addresses, or the reason of `signal`.
 */
export async function openTransport(
  endpoint: Endpoint,
  options: DialOptions & { clock: Clock },
  signal: AbortSignal,
): Promise<Transport> {
  const socket = await dial(endpoint, options, signal);
  // An `agent` of any kind would make node:http ignore this socket and open one of its own.
  const upgrading = new WebSocket(endpoint.url, {
    createConnection: () => socket,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: LIMITS.frameBytes,
  });
  const transport = new WsTransport(upgrading, options.clock);
  await upgraded(upgrading, socket, endpoint, signal);
  return transport;
}

function upgraded(socket: WebSocket, tcp: Socket, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      tcp.destroy();
    };
    const fail = (error: Error, hints?: { retryAfterMs?: number }) => {
      signal.removeEventListener('abort', abort);
      reject(notReachable(endpoint.url, error, hints));
      tcp.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('unexpected-response', (_request, response) => {
      fail(new Error(`HTTP ${response.statusCode}`), retryHint(response));
    });
    socket.once('open', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      resolve();
    });
    if (signal.aborted) abort();
  });
}

/** `Retry-After` in its form of seconds. */
function retryHint(response: IncomingMessage): { retryAfterMs?: number } {
  const text = response.headers['retry-after'];
  return text && /^\d{1,6}$/.test(text) ? { retryAfterMs: Number(text) * 1_000 } : {};
}
