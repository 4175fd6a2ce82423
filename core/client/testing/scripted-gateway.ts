import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ConnectParams } from '../../protocol/connect.ts';
import { TEST_CERT, TEST_KEY } from './tls-fixture.ts';

export const CHALLENGE = { nonce: 'nonce-1', ts: 1_799_999_999_000 };

export interface Request {
  id: string;
  method: string;
  params?: unknown;
}

/** The gateway's end of one socket, spoken by hand. */
export class Peer {
  readonly socket: WebSocket;
  /** Of the upgrade request. */
  readonly headers: IncomingHttpHeaders;
  readonly #requests: Request[] = [];
  #arrived: () => void = () => {};
  connect: ConnectParams | undefined;

  constructor(socket: WebSocket, headers: IncomingHttpHeaders) {
    this.socket = socket;
    this.headers = headers;
    socket.on('message', (data) => {
      this.#requests.push(JSON.parse(data.toString()));
      this.#arrived();
    });
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  challenge(): void {
    this.send({ type: 'event', event: 'connect.challenge', payload: CHALLENGE });
  }

  /** The next request of the client. */
  async next(): Promise<Request> {
    while (this.#requests.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#requests.shift() as Request;
  }

  answer(request: Request, payload?: unknown): void {
    this.send({ type: 'res', id: request.id, ok: true, payload });
  }

  refuse(request: Request, error: object): void {
    this.send({ type: 'res', id: request.id, ok: false, error });
  }

  event(event: string, payload: unknown, seq?: number): void {
    this.send({ type: 'event', event, payload, ...(seq !== undefined && { seq }) });
  }

  /** Challenge and connect request; leaves the answer to the script. */
  async introduce(): Promise<Request & { params: ConnectParams }> {
    this.challenge();
    const request = (await this.next()) as Request & { params: ConnectParams };
    this.connect = request.params;
    return request;
  }

  /** The whole handshake, accepted. */
  async greet(overrides: Record<string, unknown> = {}): Promise<void> {
    this.answer(await this.introduce(), { ...HELLO, ...overrides });
  }

  /** Refuses the connect request as gateways do: an answer, then a close. */
  async turnAway(
    error: { code: string; message: string; details?: object; retryAfterMs?: number },
    code = 1008,
  ) {
    this.refuse(await this.introduce(), error);
    this.socket.close(code, error.message);
  }
}

export const HELLO = {
  type: 'hello-ok',
  protocol: 4,
  server: { version: '2026.9.6', bootId: 'boot', connId: 'conn' },
  features: { methods: ['health'], events: ['tick'], capabilities: [] },
  snapshot: {
    presence: [],
    health: {},
    stateVersion: { presence: 1, health: 1 },
    uptimeMs: 5,
    sessionDefaults: { defaultAgentId: 'main', mainKey: 'main', mainSessionKey: 'agent:main:main' },
  },
  auth: { method: 'token', role: 'operator', scopes: ['operator.read'] },
  policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
};

export interface ScriptedGateway {
  url: string;
  port: number;
  /** In the order they connected. */
  peers: Peer[];
  /** The peer of the next connection, counted from 0. */
  peer(index: number): Promise<Peer>;
  close(): Promise<void>;
}

type Script = (peer: Peer, index: number) => void | Promise<void>;

/** A WebSocket server on a free port that does what the script says with each connection. Closed with the test. */
export async function startScriptedGateway(
  script: Script,
  options: { tls?: boolean; http?: RequestListener } = {},
): Promise<ScriptedGateway> {
  const { tls, http } = options;
  const server = tls ? createHttpsServer({ key: TEST_KEY, cert: TEST_CERT }, http) : createHttpServer(http);
  const sockets = new WebSocketServer({ server });
  const peers: Peer[] = [];
  let arrived: () => void = () => {};
  sockets.on('connection', (socket, request) => {
    const peer = new Peer(socket, request.headers);
    peers.push(peer);
    void script(peer, peers.length - 1);
    arrived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gateway: ScriptedGateway = {
    url: `${tls ? 'wss' : 'ws'}://127.0.0.1:${port}`,
    port,
    peers,
    async peer(index) {
      while (peers.length <= index) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      return peers[index] as Peer;
    },
    async close() {
      for (const peer of peers) peer.socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => gateway.close());
  return gateway;
}
