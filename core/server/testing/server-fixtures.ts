import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { expect } from 'vitest';
import type { ClientOptions } from 'ws';
import type { DeviceIdentity } from '../../protocol/device-auth.ts';
import type { ErrorShape } from '../../protocol/frames.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { startTestGateway, type TestGatewayOptions } from '../../testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer } from '../../testing/test-peer.ts';

type Json = Record<string, unknown>;

export const TOKEN = { token: 'test-token' };

/** A configuration of mode local with the token `test-token`; `gateway` replaces keys of that section. */
export function configWith(gateway: Json, rest: Json = {}): Json {
  return { ...rest, gateway: { mode: 'local', auth: { mode: 'token', token: 'test-token' }, ...gateway } };
}

/** A gateway that takes whoever connects for a proxy, so that a test can come from any address. */
export const BEHIND_PROXY = configWith({ trustedProxies: ['127.0.0.1'] });

/** Socket options of a client at `address`, seen through a trusted proxy. */
export const from = (address: string, headers: OutgoingHttpHeaders = {}): ClientOptions => ({
  headers: { 'x-forwarded-for': address, ...(headers as Record<string, string>) },
});

/** A gateway on a clock of its own; closing moves that clock. */
export async function startFakeTimeGateway(options: TestGatewayOptions = {}) {
  const clock = new FakeClock();
  const gateway = await startTestGateway({ ...options, clock });
  const close = (): Promise<void> => clock.drive(gateway.close());
  return { ...gateway, clock, close, [Symbol.asyncDispose]: close };
}

export interface Hello {
  type: string;
  protocol: number;
  server: Json;
  features: { methods: string[]; events: string[] };
  snapshot: Json & { stateVersion: { presence: number; health: number }; presence: Json[]; health: Json };
  auth: {
    method?: string;
    role: string;
    scopes: string[];
    deviceToken?: string;
    issuedAtMs?: number;
  };
  policy: Json;
}

/** Connects and resolves with the hello; rejects with the error object of a refusal. */
export async function join(url: string, request: ConnectRequest, options: ClientOptions = {}) {
  const { peer, response } = await TestPeer.connect(url, request, options);
  if (response.ok !== true) throw response.error;
  return { peer, hello: response.payload as Hello };
}

/** Connects where a refusal is expected and resolves with it and the close that follows. */
export async function refused(url: string, request: ConnectRequest, options: ClientOptions = {}) {
  const { peer, response } = await TestPeer.connect(url, request, options);
  if (response.ok === true) throw new Error('the gateway let this client in');
  return { error: response.error as ErrorShape, close: await peer.closed };
}

/** An operator with every scope and no device, as the command line connects. */
export async function operator(url: string, scopes: string[] = ALL_SCOPES, protocol?: number) {
  const request = { auth: TOKEN, scopes, ...(protocol === undefined ? {} : { protocol }) };
  return (await join(url, request)).peer;
}

/** Connect request of a node; nodes name no scopes. */
export const asNode = (device: DeviceIdentity): ConnectRequest => ({
  auth: TOKEN,
  device,
  role: 'node',
  scopes: [],
  client: { id: 'node-host', mode: 'node' },
});

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export async function http(
  port: number,
  path: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<HttpAnswer> {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options });
  request.end(options.body);
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Sends bytes as they are and resolves with all that comes back until the other side ends the connection. */
export async function rawExchange(port: number, bytes: string): Promise<string> {
  const socket = tcpConnect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  socket.write(bytes);
  await once(socket, 'end');
  socket.destroy();
  return answer;
}

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

/** Keeps its own half open after the answer; resolves when the gateway has let go of the socket all the same. */
export async function untilLetGo(port: number, bytes: string): Promise<void> {
  const before = openSockets();
  const socket = tcpConnect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.resume();
  socket.write(bytes);
  await once(socket, 'end');
  await expect.poll(openSockets).toBeLessThanOrEqual(before + 1);
  socket.destroy();
}
