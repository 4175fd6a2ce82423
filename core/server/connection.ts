import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE, LIMITS, type ServerFrame } from '../protocol/frames.ts';
import type { Arrival } from './arrival.ts';
import type { CallContext } from './context.ts';
import type { Dialect } from './dialect.ts';
import type { Origin } from './origin.ts';
import { raiseFrameLimits } from './socket-limits.ts';
import { textFrame } from './text-frame.ts';

/** Beyond this many waiting bytes a client gets no droppable events until it has caught up. */
const DROP_EVENTS_ABOVE = 4 * 1024 * 1024;

const MAX_TOPICS = 1000;

/** Who a connection turned out to be, once its connect request was accepted. */
export interface Peer extends Omit<CallContext, 'signal' | 'connId' | 'answerAgain' | 'takesAnyModel'> {
  dialect: Dialect;
  /** What the client says it can handle, such as `tool-events`. */
  caps: readonly string[];
  method: string;
  /** The shared secret it came in with, if it did: when that is replaced, this connection ends. */
  sharedSecret: string | undefined;
  arrival: Arrival | undefined;
}

/** What is known of a socket until its client is; dropped then, because thousands of sockets may sit idle. */
export interface PendingHandshake {
  nonce: string;
  origin: Origin;
  /** Frames that came while the connect request was being decided. */
  waiting: string[];
  begun: boolean;
  /** Ends the time limit, and the count among the sockets that nobody knows. */
  finish(): void;
}

/** One socket. The only place that writes to it. */
export class Connection {
  readonly id: string;
  peer: Peer | undefined;
  handshake: PendingHandshake | undefined;
  unauthorizedInARow = 0;
  /** What it asked to be told of beyond what everybody is: `sessions`, or `messages:<session key>`. */
  topics: Set<string> | undefined;
  private aborter: AbortController | undefined;
  private gone = false;
  private sent = 0;
  private alive = true;
  private dismissed = false;
  private corked = false;
  private readonly socket: WebSocket;
  private readonly transport: Duplex;

  /** `transport` is the stream below the WebSocket. */
  constructor(id: string, socket: WebSocket, transport: Duplex) {
    this.id = id;
    this.socket = socket;
    this.transport = transport;
    socket.on('pong', () => {
      this.alive = true;
    });
  }

  /** Beyond a thousand topics the oldest is no longer followed. */
  follow(topic: string): void {
    this.topics ??= new Set();
    this.topics.add(topic);
    const [oldest] = this.topics;
    if (oldest !== undefined && this.topics.size > MAX_TOPICS) this.topics.delete(oldest);
  }

  /** Aborts when the socket has closed. Made on demand: most connections never ask. */
  get signal(): AbortSignal {
    this.aborter ??= new AbortController();
    if (this.gone) this.aborter.abort();
    return this.aborter.signal;
  }

  /** To be called once, when the socket has closed. */
  left(): void {
    this.gone = true;
    this.aborter?.abort();
    this.endHandshake();
  }

  endHandshake(): void {
    this.handshake?.finish();
    this.handshake = undefined;
  }

  allowLargeFrames(): void {
    raiseFrameLimits(this.socket);
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** False from the moment the socket is to go: what arrives later must have no effect, however long the close takes. */
  get listening(): boolean {
    return this.open && !this.dismissed;
  }

  /** The number of the next event on this socket, as v4 counts. */
  nextSeq(): number {
    this.sent += 1;
    return this.sent;
  }

  send(frame: ServerFrame): void {
    this.write(textFrame(Buffer.from(JSON.stringify(frame))));
  }

  /** True when a droppable event should be left out because the client reads too slowly. */
  get behind(): boolean {
    return this.socket.bufferedAmount > DROP_EVENTS_ABOVE;
  }

  /**
   * Takes a whole frame, see `textFrame`. What is ready in the same turn of the event loop leaves in one write to the
   * network, which costs more than all the rest.
   */
  write(frame: Buffer): void {
    if (!this.open) return;
    if (this.socket.bufferedAmount > LIMITS.bufferedBytes) {
      this.close(CLOSE.policy, 'slow consumer');
      return;
    }
    this.cork();
    this.transport.write(frame);
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.transport.cork();
    setImmediate(() => {
      this.corked = false;
      this.transport.uncork();
    });
  }

  /** A close reason holds at most 123 bytes of UTF-8 (RFC 6455, section 5.5). */
  close(code: number, reason = ''): void {
    if (this.socket.readyState > this.socket.OPEN) return;
    this.socket.close(code, truncateUtf8(reason, 123));
  }

  /** Listens no longer, lets the answer that is on its way out pass, and closes. */
  dismiss(code: number, reason: string): void {
    this.dismissed = true;
    setImmediate(() => this.close(code, reason));
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

  context(peer: Peer): Call {
    return new Call(this, peer);
  }
}

/** One request as its handler sees it. */
export class Call implements CallContext {
  readonly connId: string;
  readonly role: Peer['role'];
  readonly scopes: readonly string[];
  readonly client: Peer['client'];
  readonly deviceId: string | undefined;
  readonly takesAnyModel: boolean;
  /** The second answer, if the handler promised one. */
  later: Promise<unknown> | undefined;
  private readonly connection: Connection;

  constructor(connection: Connection, { role, scopes, client, deviceId, dialect }: Peer) {
    this.connection = connection;
    this.connId = connection.id;
    this.role = role;
    this.scopes = scopes;
    this.client = client;
    this.deviceId = deviceId;
    this.takesAnyModel = dialect.takesAnyModel;
  }

  get signal(): AbortSignal {
    return this.connection.signal;
  }

  answerAgain(later: Promise<unknown>): void {
    this.later = later;
    later.catch(() => {});
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
