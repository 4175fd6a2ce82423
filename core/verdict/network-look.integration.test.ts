import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect } from '../client/connect.ts';
import { clientOptions } from '../client/testing/client-options.ts';
import { HELLO, type Peer, startScriptedGateway } from '../client/testing/scripted-gateway.ts';
import { createTestIdentity } from '../client/testing/test-identity.ts';
import { probeGateway } from '../host/gateway-probe.ts';
import { systemClock } from '../lib/clock.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import type { Evidence } from './evidence.ts';
import type { FindingCode } from './findings.ts';
import { lookAtNetwork } from './network-look.ts';
import { judge } from './verdict.ts';

interface Way {
  auth?: { token?: string; password?: string };
  timeoutMs?: number;
  tlsFingerprint?: string;
  device?: ReturnType<typeof createTestIdentity>;
  scopes?: string[];
}

/** What a client with these credentials is told about the gateway at `url`. */
async function verdictAt(url: string, way: Way = {}) {
  const { timeoutMs = 8_000, tlsFingerprint, ...fields } = way;
  const dial = { tlsFingerprint };
  const look = await lookAtNetwork(
    {
      url,
      dial,
      connect: (hooks) => connect(clientOptions(url, { clock: systemClock, ...dial, ...fields, ...hooks })),
    },
    { clock: systemClock, timeoutMs, methods: ['status'] },
  );
  const { ok, layer, finding } = judge(look.evidence);
  expect(untimed(look.evidence)).toEqual([]);
  return { ok, layer, code: finding?.code, values: finding?.values, look };
}

const broken = (layer: string, code: FindingCode) => ({ ok: false, layer, code });

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that takes connections and says what `say` says; they are cut when the test ends. */
function tcpServer(say: string | undefined): Promise<number> {
  const server = createTcpServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    if (say !== undefined) socket.end(say);
  });
  return listening(server);
}

test('a gateway that answers is well, with a time for each layer', async () => {
  await using gateway = await startTestGateway();
  const { ok, look } = await verdictAt(gateway.url, { auth: { token: gateway.ownerToken } });
  expect(ok).toBe(true);
  const seen = look.evidence.filter(({ state }) => state === 'ok');
  const layers = ['tcp', 'http', 'websocket', 'challenge', 'auth', 'scope', 'rpc', 'version'];
  expect(seen.map(({ layer }) => layer)).toEqual(layers);
  expect(untimed(look.evidence)).toEqual([]);
});

/** Layers that were looked at, and have no time. */
const untimed = (evidence: readonly Evidence[]): string[] =>
  evidence.flatMap(({ layer, state, ms, startMs }) =>
    state !== 'skipped' && (ms === undefined || startMs === undefined) ? [layer] : [],
  );

test.each([
  ['shown by the WebSocket that opened meanwhile', true, 'HTTP 101'],
  ['looked at beside the attempt that takes longer', false, expect.not.stringContaining('101')],
])('after a head start, HTTP is %s', async (_, isLong, note) => {
  await using gateway = await startTestGateway();
  const { url, ownerToken: token } = gateway;
  const sleep: typeof systemClock.sleep = async (_ms, signal) => {
    if (isLong) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  };
  const clock = { ...systemClock, sleep };
  const look = await lookAtNetwork(
    {
      url,
      dial: {},
      connect: (hooks) => connect(clientOptions(url, { clock: systemClock, auth: { token }, ...hooks })),
    },
    { clock, timeoutMs: 8_000, methods: ['status'] },
  );
  expect(look.evidence.find(({ layer }) => layer === 'http')).toMatchObject({ state: 'ok' });
  expect(look.evidence.find(({ layer }) => layer === 'http')?.note ?? 'asked').toEqual(note);
});

test('nothing listens: TCP is broken', async () => {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await verdictAt(`ws://127.0.0.1:${port}`)).toMatchObject(broken('tcp', 'TCP_REFUSED'));
});

test('a name that leads nowhere is told as such', async () => {
  expect(await verdictAt('wss://gateway.invalid')).toMatchObject(broken('tcp', 'NAME_NOT_FOUND'));
});

test('an address that is none is told before anything is sent', async () => {
  expect(await verdictAt('ws://127.0.0.1:99999')).toMatchObject(broken('tcp', 'ADDRESS_INVALID'));
});

test('plain text to a public address is refused before anything is sent', async () => {
  expect(await verdictAt('ws://192.0.2.1:18789')).toMatchObject(broken('tcp', 'ADDRESS_INSECURE'));
});

test('a program that takes connections and is silent is broken at HTTP', async () => {
  const port = await tcpServer(undefined);
  const verdict = await verdictAt(`ws://127.0.0.1:${port}`, { timeoutMs: 500 });
  expect(verdict).toMatchObject(broken('http', 'HTTP_SILENT'));
});

test('a program that hangs up with something else than HTTP is no gateway', async () => {
  const port = await tcpServer('220 mail.example ESMTP\r\n');
  expect(await verdictAt(`ws://127.0.0.1:${port}`)).toMatchObject(broken('http', 'HTTP_NOT_A_GATEWAY'));
});

test('a server that leaves HTTP at every request, with or without being asked to, is no gateway', async () => {
  const port = await tcpServer(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  );
  const url = `ws://127.0.0.1:${port}`;
  expect(await verdictAt(url, { timeoutMs: 1_000 })).toMatchObject(broken('http', 'HTTP_NOT_A_GATEWAY'));
  expect(await probeGateway('127.0.0.1', port)).toBeUndefined();
});

test('a web server is no gateway', async () => {
  const port = await listening(createHttpServer((_, response) => void response.end('<html>')));
  expect(await verdictAt(`ws://127.0.0.1:${port}`)).toMatchObject(broken('http', 'HTTP_NOT_A_GATEWAY'));
});

test('a gateway that says 503 is not ready', async () => {
  const server = createHttpServer((_, response) => void response.writeHead(503).end());
  const port = await listening(server);
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 503 Busy\r\n\r\n'));
  expect(await verdictAt(`ws://127.0.0.1:${port}`)).toMatchObject(broken('http', 'HTTP_NOT_READY'));
});

test('wss:// to a gateway without TLS is told as that', async () => {
  await using gateway = await startTestGateway();
  const verdict = await verdictAt(gateway.url.replace('ws:', 'wss:'));
  expect(verdict).toMatchObject(broken('tls', 'TLS_NOT_SPOKEN'));
  expect(verdict.values).toMatchObject({ other: gateway.url });
});

test('wss:// to a program that takes connections and is silent is not told that it speaks without TLS', async () => {
  const port = await tcpServer(undefined);
  const verdict = await verdictAt(`wss://127.0.0.1:${port}`, { timeoutMs: 500 });
  expect(verdict).toMatchObject(broken('tls', 'TLS_SILENT'));
});

test('a pin that is none is told before anything is sent', async () => {
  const verdict = await verdictAt('wss://127.0.0.1:1', { tlsFingerprint: 'ab:cd' });
  expect(verdict).toMatchObject(broken('tls', 'TLS_PIN_INVALID'));
});

test('ws:// to a gateway with TLS is told as that', async () => {
  const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
  const verdict = await verdictAt(gateway.url.replace('wss:', 'ws:'));
  // Nobody knows that a gateway is behind TLS unless it shows its health.
  expect(['TLS_REQUIRED', 'HTTP_NOT_A_GATEWAY']).toContain(verdict.code);
});

test('a certificate that nobody vouches for is broken at TLS', async () => {
  const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
  expect(await verdictAt(gateway.url)).toMatchObject(broken('tls', 'TLS_UNTRUSTED'));
});

test('a certificate that is not the pinned one is a mismatch with both fingerprints', async () => {
  const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
  const verdict = await verdictAt(gateway.url, { tlsFingerprint: 'ab'.repeat(32) });
  expect(verdict).toMatchObject(broken('tls', 'TLS_PIN_MISMATCH'));
  expect(String(verdict.values?.expected).replaceAll(':', '').toLowerCase()).toBe('ab'.repeat(32));
  expect(String(verdict.values?.actual).replaceAll(':', '')).toMatch(/^[0-9a-fA-F]{64}$/);
});

test('a WebSocket server that never sends a challenge is no gateway', async () => {
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server });
  const port = await listening(server);
  onTestFinished(() => sockets.clients.forEach((socket) => void socket.terminate()));
  const verdict = await verdictAt(`ws://127.0.0.1:${port}`, { timeoutMs: 1_000 });
  expect(verdict).toMatchObject(broken('challenge', 'CHALLENGE_MISSING'));
});

test('a wrong token and a wrong password are told apart', async () => {
  await using tokens = await startTestGateway();
  expect(await verdictAt(tokens.url, { auth: { token: 'wrong' } })).toMatchObject(
    broken('auth', 'TOKEN_MISMATCH'),
  );
  const auth = { mode: 'password', password: 'right' };
  await using passwords = await startTestGateway({ config: { gateway: { mode: 'local', auth } } });
  expect(await verdictAt(passwords.url, { auth: { password: 'wrong' } })).toMatchObject(
    broken('auth', 'PASSWORD_MISMATCH'),
  );
});

test('no credential at all is told as missing', async () => {
  await using gateway = await startTestGateway();
  const verdict = await verdictAt(gateway.url, { auth: {} });
  expect(verdict).toMatchObject(broken('auth', 'CREDENTIALS_MISSING'));
});

const refusals: [string, object, string, FindingCode][] = [
  [
    'too many wrong ones',
    { code: 'INVALID_REQUEST', message: 'unauthorized: too many', details: { code: 'AUTH_RATE_LIMITED' } },
    'auth',
    'AUTH_RATE_LIMITED',
  ],
  [
    'a device that nobody has approved',
    {
      code: 'NOT_PAIRED',
      message: 'pairing required',
      details: { code: 'PAIRING_REQUIRED', requestId: 'r1' },
    },
    'auth',
    'PAIRING_REQUIRED',
  ],
  [
    'a device that was removed',
    {
      code: 'INVALID_REQUEST',
      message: 'unauthorized: device token mismatch',
      details: { code: 'AUTH_DEVICE_TOKEN_MISMATCH' },
    },
    'auth',
    'PAIRING_ENDED',
  ],
  [
    'a device that may not read',
    { code: 'INVALID_REQUEST', message: 'scope mismatch', details: { code: 'AUTH_SCOPE_MISMATCH' } },
    'scope',
    'SCOPE_MISSING',
  ],
  ['a reason nobody knows', { code: 'INVALID_REQUEST', message: 'not today' }, 'auth', 'AUTH_REFUSED'],
];

test.each(refusals)('%s: the gateway says so', async (_, error, layer, code) => {
  const gateway = await startScriptedGateway((peer) =>
    peer.turnAway(error as Parameters<Peer['turnAway']>[0]),
  );
  expect(await verdictAt(gateway.url)).toMatchObject(broken(layer, code));
});

test('a gateway of another protocol is broken at the version', async () => {
  const gateway = await startScriptedGateway((peer) =>
    peer.turnAway({ code: 'INVALID_REQUEST', message: 'protocol mismatch' }, 1002),
  );
  expect(await verdictAt(gateway.url)).toMatchObject(broken('version', 'PROTOCOL_UNSUPPORTED'));
});

test('a gateway that takes the credential and never answers is silent at authentication', async () => {
  const gateway = await startScriptedGateway(async (peer) => void (await peer.introduce()));
  const verdict = await verdictAt(gateway.url, { timeoutMs: 800 });
  expect(verdict).toMatchObject(broken('auth', 'AUTH_SILENT'));
});

test('a connection without the scope to read works, and is told as limited', async () => {
  const gateway = await startScriptedGateway((peer) =>
    peer.greet({ auth: { ...HELLO.auth, scopes: ['operator.pairing'] } }),
  );
  expect(await verdictAt(gateway.url)).toMatchObject(broken('scope', 'SCOPE_MISSING'));
});

test('a method that is refused for its scope is told as limited, whatever the hello said', async () => {
  const gateway = await startScriptedGateway(async (peer) => {
    await peer.greet();
    peer.refuse(await peer.next(), { code: 'INVALID_REQUEST', message: 'missing scope: operator.admin' });
  });
  const limited = { ...broken('scope', 'SCOPE_MISSING'), values: { scope: 'operator.admin' } };
  expect(await verdictAt(gateway.url)).toMatchObject(limited);
});

test('a method that never answers and one that fails are told with their names', async () => {
  const silent = await startScriptedGateway((peer) => peer.greet());
  const hang = await verdictAt(silent.url, { timeoutMs: 800 });
  expect(hang).toMatchObject({ ...broken('rpc', 'RPC_SILENT'), values: { method: 'status' } });
  const failing = await startScriptedGateway(async (peer) => {
    await peer.greet();
    peer.refuse(await peer.next(), { code: 'UNAVAILABLE', message: 'disk is full' });
  });
  const values = { method: 'status', reason: 'disk is full' };
  expect(await verdictAt(failing.url)).toMatchObject({ ...broken('rpc', 'RPC_FAILED'), values });
});

test('a device that a real gateway does not know is told to be approved', async () => {
  await using gateway = await startTestGateway();
  const verdict = await verdictAt(gateway.url, { auth: {}, device: createTestIdentity() });
  expect(['PAIRING_REQUIRED', 'CREDENTIALS_MISSING']).toContain(verdict.code);
  expect(verdict.layer).toBe('auth');
});
