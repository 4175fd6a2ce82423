import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { randomBytes } from '../lib/random-bytes.ts';
import { LIMITS } from '../protocol/frames.ts';
import { type DialOptions, dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { type CloseInfo, notReachable } from './gateway-failure.ts';
import { closeFrame, FrameError, FrameReader, type Mask, pongFrame, textFrame } from './websocket-frames.ts';
import { HttpAnswer, upgrade } from './websocket-upgrade.ts';

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
/** Of a peer that asks for signs of life and does not read them, no more than this is kept. */
const MOST_UNREAD_BYTES = 65_536;
const MASK_BYTES = 4;
/** Read at once, as one alone takes as long. */
const MASKS = 64;

/** Source: RFC 6455, section 7.4.1. */
const NO_CLOSE_FRAME = 1006;

type Heard = (handlers: TransportHandlers) => void;

class WsTransport implements Transport {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #nextMask = maskSource();
  #handlers: TransportHandlers | undefined;
  #held: Heard[] = [];
  #isClosing = false;
  #end: CloseInfo = { code: NO_CLOSE_FRAME, reason: '' };

  /** `first` is what has been read of the socket already. */
  constructor(socket: Socket, clock: Clock, first: Buffer) {
    this.#socket = socket;
    this.#clock = clock;
    const alive = (): void => this.#hear((handlers) => handlers.alive());
    const reader = new FrameReader(
      {
        text: (text) => this.#hear((handlers) => handlers.text(text)),
        binary: alive,
        pong: alive,
        ping: (payload) => {
          alive();
          this.#answerPing(payload);
        },
        close: (info) => this.#leave(info, info.code),
      },
      LIMITS.frameBytes,
    );
    const read = (chunk: Buffer): void => {
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        socket.off('data', read).resume();
        this.#leave({ code: NO_CLOSE_FRAME, reason: error.message }, error.closeCode);
      }
    };
    socket.setNoDelay(true);
    socket.on('data', read);
    // `close` always follows and tells the rest.
    socket.on('error', () => {});
    socket.on('close', () => this.#hear((handlers) => handlers.closed(this.#end)));
    read(first);
    socket.resume();
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  send(text: string): boolean {
    if (this.#isClosing || !this.#socket.writable) return false;
    this.#write(textFrame(text, this.#nextMask()));
    return true;
  }

  attach(handlers: TransportHandlers | undefined): void {
    this.#handlers = handlers;
    while (this.#handlers && this.#held.length > 0) this.#held.shift()?.(this.#handlers);
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.#socket.destroyed) return;
    this.#isClosing = true;
    this.#write(closeFrame({ code, reason }, this.#nextMask()));
    const cancel = this.#clock.after(CLOSE_GRACE_MS, () => this.#socket.destroy());
    this.#socket.once('close', cancel);
  }

  /** The other end has said its last. */
  #leave(end: CloseInfo, answer: number): void {
    this.#end = end;
    this.close(answer, '');
    this.#socket.end();
  }

  #answerPing(payload: Buffer): void {
    if (this.#isClosing || this.bufferedBytes > MOST_UNREAD_BYTES) return;
    this.#write(pongFrame(payload, this.#nextMask()));
  }

  /** What is said in one go is sent in one piece. */
  #write(frame: Buffer): void {
    this.#socket.cork();
    this.#socket.write(frame);
    process.nextTick(() => this.#socket.uncork());
  }

  #hear(heard: Heard): void {
    if (this.#handlers && this.#held.length === 0) heard(this.#handlers);
    else this.#held.push(heard);
  }
}

/** Each is used once. */
function maskSource(): () => Mask {
  let bytes: Buffer = Buffer.alloc(0);
  return () => {
    if (bytes.length === 0) bytes = randomBytes(MASKS * MASK_BYTES);
    const mask = bytes.subarray(0, MASK_BYTES);
    bytes = bytes.subarray(MASK_BYTES);
    return mask;
  };
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
  const cutOff = (): void => void socket.destroy();
  signal.addEventListener('abort', cutOff, { once: true });
  try {
    signal.throwIfAborted();
    const first = await upgrade(socket, endpoint, randomBytes(16).toString('base64'));
    return new WsTransport(socket, options.clock, first);
  } catch (cause) {
    socket.on('error', () => {}).destroy();
    signal.throwIfAborted();
    const hints = cause instanceof HttpAnswer ? { retryAfterMs: cause.retryAfterMs } : {};
    throw notReachable(endpoint.url, cause as Error, hints);
  } finally {
    signal.removeEventListener('abort', cutOff);
  }
}
