import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { budgetKey } from '../lib/address.ts';
import { SECURITY_HEADERS } from './http/responses.ts';
import { type Origin, type OriginPolicy, originOf, type Refusal } from './origin.ts';
import { STRANGER_LIMITS } from './socket-limits.ts';

/** How many sockets may be open that have not said who they are. */
export interface StrangerPlaces {
  /** On this machine. */
  local: number;
  remote: number;
  /** Of the remote ones, for each address. */
  perRemoteAddress: number;
}

const PLACES: StrangerPlaces = { local: 1_536, remote: 1_536, perRemoteAddress: 64 };

export interface UpgradeDeps {
  originPolicy(): OriginPolicy;
  /** `gateway.controlUi.basePath`, where clients of a gateway behind a path may connect too. */
  basePath(): string;
  /** False while the gateway shuts down. */
  accepting(): boolean;
  opened(upgraded: Upgraded, origin: Origin, admitted: () => void): void;
}

/** A WebSocket and the stream it runs on. */
export interface Upgraded {
  ws: WebSocket;
  transport: Duplex;
}

/** Turns HTTP upgrades into sockets, or refuses them before a byte of WebSocket is spoken. */
export class Upgrader {
  private readonly server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    ...STRANGER_LIMITS,
  });
  private readonly deps: UpgradeDeps;
  private readonly unknown = new Map<string, number>();
  private remoteTotal = 0;
  private readonly places: StrangerPlaces;

  constructor(deps: UpgradeDeps, places = PLACES) {
    this.deps = deps;
    this.places = places;
  }

  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const origin = originOf(request, this.deps.originPolicy());
    const refusal = 'status' in origin ? origin : this.refusalOf(request, origin);
    if (refusal || 'status' in origin) {
      if (refusal) refuse(socket, refusal);
      return;
    }
    const uncount = this.enter(keyOf(origin));
    const leave = (): void => {
      socket.removeListener('close', leave);
      uncount();
    };
    socket.on('close', leave);
    this.server.handleUpgrade(request, socket, head, (ws) =>
      this.deps.opened({ ws, transport: socket }, origin, leave),
    );
  }

  private refusalOf(request: IncomingMessage, origin: Origin): Refusal | undefined {
    if (!this.deps.accepting()) {
      return { status: 503, type: 'unavailable', message: 'Gateway websocket admission closed' };
    }
    if (!this.isOurPath(request.url ?? '')) return { status: 404, type: 'not_found', message: 'Not Found' };
    if (this.hasRoom(keyOf(origin))) return undefined;
    return {
      status: 503,
      type: 'too_many_connections',
      message: 'Too many connections wait for authentication.',
    };
  }

  private isOurPath(url: string): boolean {
    const path = url.split('?', 1)[0] ?? '';
    const base = this.deps.basePath().replace(/\/+$/, '');
    return path === '/' || (base !== '' && (path === base || path === `${base}/`));
  }

  private hasRoom(key: string): boolean {
    const waiting = this.unknown.get(key) ?? 0;
    if (key === LOCAL) return waiting < this.places.local;
    return this.remoteTotal < this.places.remote && waiting < this.places.perRemoteAddress;
  }

  /** Counts a socket as unknown; the function it returns takes that back, once. */
  private enter(key: string): () => void {
    const remote = key === LOCAL ? 0 : 1;
    this.remoteTotal += remote;
    this.unknown.set(key, (this.unknown.get(key) ?? 0) + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      this.remoteTotal -= remote;
      const left = (this.unknown.get(key) ?? 1) - 1;
      if (left > 0) this.unknown.set(key, left);
      else this.unknown.delete(key);
    };
  }
}

const LOCAL = 'local';
const keyOf = (origin: Origin): string => (origin.directLocal ? LOCAL : budgetKey(origin.address));

/** Destroyed once the answer is out: nobody else watches over a socket that HTTP has let go of. */
function refuse(socket: Duplex, { status, type, message }: Refusal): void {
  const body = JSON.stringify({ error: { message, type } });
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
