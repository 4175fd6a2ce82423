import type { WebSocket } from 'ws';
import type { ClientInfo } from '../protocol/connect.ts';
import { CLOSE, LIMITS, type ServerFrame } from '../protocol/frames.ts';
import type { CallContext } from './context.ts';
import type { Dialect } from './dialect.ts';
import type { Origin } from './origin.ts';

/** Beyond this many waiting bytes a client gets no droppable events until it has caught up. */
const DROP_EVENTS_ABOVE = 4 * 1024 * 1024;

/** Who a connection turned out to be, once its connect request was accepted. */
export interface Peer extends Omit<CallContext, 'signal' | 'connId'> {
  dialect: Dialect;
  client: ClientInfo;
  method: string;
  /** The shared secret it came in with, if it did: when that is replaced, this connection ends. */
  sharedSecret: string | undefined;
}

/** One socket. The only place that writes to it. */
export class Connection {
  readonly id: string;
  readonly origin: Origin;
  peer: Peer | undefined;
  unauthorizedInARow = 0;
  private readonly gone = new AbortController();
  private sent = 0;
  private alive = true;
  private readonly socket: WebSocket;

  constructor(id: string, socket: WebSocket, origin: Origin) {
    this.id = id;
    this.socket = socket;
    this.origin = origin;
    socket.on('pong', () => {
      this.alive = true;
    });
    socket.once('close', () => this.gone.abort());
  }

  get signal(): AbortSignal {
    return this.gone.signal;
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** The number of the next event on this socket, as v4 counts. */
  nextSeq(): number {
    this.sent += 1;
    return this.sent;
  }

  send(frame: ServerFrame): void {
    this.write(JSON.stringify(frame));
  }

  /** True when a droppable event should be left out because the client reads too slowly. */
  get behind(): boolean {
    return this.socket.bufferedAmount > DROP_EVENTS_ABOVE;
  }

  write(data: string | Buffer): void {
    if (!this.open) return;
    if (this.socket.bufferedAmount > LIMITS.bufferedBytes) {
      this.close(CLOSE.policy, 'slow consumer');
      this.socket.terminate();
      return;
    }
    this.socket.send(data, { binary: false });
  }

  /** A close reason holds at most 123 bytes of UTF-8 (RFC 6455, section 5.5). */
  close(code: number, reason = ''): void {
    if (this.socket.readyState > this.socket.OPEN) return;
    this.socket.close(code, truncateUtf8(reason, 123));
  }

  terminate(): void {
    this.socket.terminate();
  }

  /** Ends the socket when the last ping was not answered, otherwise sends the next one. */
  checkLiveness(): void {
    if (!this.alive) {
      this.socket.terminate();
      return;
    }
    this.alive = false;
    if (this.open) this.socket.ping();
  }

  context(peer: Peer): CallContext {
    const { role, scopes, deviceId } = peer;
    return { connId: this.id, role, scopes, deviceId, signal: this.signal };
  }
}

function truncateUtf8(text: string, bytes: number): string {
  const encoded = Buffer.from(text, 'utf8');
  if (encoded.length <= bytes) return text;
  return encoded
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
