import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract, type MethodName } from '../core/protocol/contract.ts';
import { LIMITS } from '../core/protocol/frames.ts';
import { parseWith } from '../core/protocol/parse.ts';
import { holds, SCOPES } from '../core/protocol/scopes.ts';
import { v3, v4 } from '../core/server/dialect.ts';
import { ROUTES } from '../core/server/http/routes.ts';
import { startTestGateway, type TestGateway } from '../core/testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer, testDevice } from '../core/testing/test-peer.ts';
import { until } from './fixtures/gateway-process.ts';

type Json = Record<string, unknown>;

const LENGTHS = Object.fromEntries(
  ['raw', 'path', 'deviceId', 'requestId', 'agentId'].map((name) => [name, { length: { toString: null } }]),
);
type Answered = { ok: boolean; error: { code: string; message: string } };

const METHODS = Object.keys(contract) as MethodName[];
const UNKNOWN = [
  'no.such.method',
  'connect',
  '__proto__',
  'constructor',
  'toString',
  'config.',
  'config.set\0',
];
const TOKEN = { token: 'test-token' };
const ERAS = [4, 3] as const;
/** Refuses at once instead of after the delay that exempt callers get. */
const QUICK = {
  mode: 'token',
  token: 'test-token',
  rateLimit: { exemptLoopback: false, maxAttempts: 1_000_000 },
};
/** Does something to the gateway that the rest of the walk would feel. */
const WRITES = new Set<string>(['config.set', 'config.patch', 'config.apply', 'gateway.restart.request']);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { gateway: { mode: 'local', auth: QUICK } } });
});
afterAll(() => gateway.close());

async function open(request: ConnectRequest, headers: Record<string, string> = {}): Promise<TestPeer> {
  const { peer, response } = await TestPeer.connect(gateway.url, request, { headers });
  expect(response).toMatchObject({ ok: true });
  return peer;
}

const operator = (era: 3 | 4, scopes: string[]) =>
  open({ protocol: era, auth: TOKEN, device: testDevice(), scopes });
const scopeIn = (era: 3 | 4, method: string): string =>
  (era === 4 ? v4 : v3).methodScope(
    method,
    Object.hasOwn(contract, method) ? contract[method as MethodName].scope : 'operator.admin',
  );

const missingScope = (era: 3 | 4, scope: string): Json =>
  era === 3
    ? { code: 'INVALID_REQUEST', message: `missing scope: ${scope}` }
    : {
        code: 'FORBIDDEN',
        message: `missing scope: ${scope}`,
        details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
      };

async function gatewayIsWell(): Promise<void> {
  const peer = await operator(4, ['operator.read']);
  expect(await peer.request('health')).toMatchObject({ ok: true });
  await peer.close();
}

describe.each(ERAS)('every method, in the dialect of v%i', (era) => {
  it('is closed to a socket that has not said hello', async () => {
    const message = 'invalid handshake: first request must be connect';
    await Promise.all(
      [...METHODS, ...UNKNOWN.filter((name) => name !== 'connect')].map(async (method) => {
        const peer = await TestPeer.open(gateway.url);
        expect(await peer.requestRaw(method, {})).toMatchObject({
          ok: false,
          error: { code: 'INVALID_REQUEST', message },
        });
        expect(await peer.closed).toEqual({ code: 1008, reason: message });
      }),
    );
  });

  it('is closed to every operator scope that does not cover it', async () => {
    await Promise.all(
      [[], ...SCOPES.map((scope) => [scope as string])].map(async (scopes) => {
        const peer = await operator(era, scopes);
        for (const method of [...METHODS, ...UNKNOWN]) {
          const needed = scopeIn(era, method);
          if (needed === 'any' || holds(scopes, needed)) continue;
          const { ok, error } = await peer.requestRaw(method, {});
          expect([method, scopes, ok, error]).toEqual([method, scopes, false, missingScope(era, needed)]);
        }
        await peer.close();
      }),
    );
  });

  it('is closed to nodes, except health, and too many tries end the connection', async () => {
    const node = () => open({ protocol: era, auth: TOKEN, device: testDevice(), role: 'node', scopes: [] });
    const [first, second] = [await node(), await node()];
    let peer = first;
    for (const method of [...METHODS, ...UNKNOWN].filter((name) => scopeIn(era, name) !== 'any')) {
      const { error } = await peer.requestRaw(method, {});
      expect([method, error]).toEqual([
        method,
        { code: 'INVALID_REQUEST', message: 'unauthorized role: node' },
      ]);
      expect(await peer.requestRaw('health')).toMatchObject({ ok: true });
    }
    await peer.close();
    peer = second;
    for (let tries = 0; tries < 11; tries += 1) await peer.requestRaw('status', {});
    expect(await peer.closed).toEqual({ code: 1008, reason: 'repeated unauthorized calls' });
  });

  it('answers params of every wrong type with INVALID_REQUEST and its own name, and goes on', async () => {
    const peer = await operator(era, ALL_SCOPES);
    const wrong = [
      null,
      'text',
      7,
      true,
      [],
      [{}],
      { noSuchKey: 1 },
      { path: 7 },
      { raw: {} },
      { deviceId: [] },
      LENGTHS,
    ];
    for (const method of METHODS) {
      for (const params of wrong) {
        const { ok, error } = (await peer.requestRaw(method, params)) as unknown as Answered;
        if (parseWith(contract[method].params, params).ok) continue;
        expect([method, params, ok, error?.code]).toEqual([method, params, false, 'INVALID_REQUEST']);
        expect(error.message).toMatch(new RegExp(`^invalid ${method.replaceAll('.', '\\.')} params: .+`));
      }
    }
    expect(await peer.requestRaw('health')).toMatchObject({ ok: true });
    await peer.close();
  });

  it('is unknown by any other name, also to an admin', async () => {
    const peer = await operator(era, ALL_SCOPES);
    for (const method of UNKNOWN) {
      const said =
        method === 'connect' ? 'connect is only valid as the first request' : `unknown method: ${method}`;
      const { error } = await peer.requestRaw(method, {});
      expect(error).toEqual({ code: 'INVALID_REQUEST', message: said });
    }
    await peer.close();
  });

  it('gives an admin an answer, or says what it needs', async () => {
    const peer = await operator(era, ALL_SCOPES);
    for (const method of METHODS.filter((name) => !WRITES.has(name))) {
      const frame = (await peer.requestRaw(method)) as unknown as Answered;
      if (frame.ok) continue;
      expect([method, frame.error]).toEqual([
        method,
        { code: 'INVALID_REQUEST', message: expect.stringMatching(/./) },
      ]);
    }
    await peer.close();
  });
});

describe('every way to say hello badly', () => {
  const device = testDevice();
  const MISMATCH = 'AUTH_TOKEN_MISMATCH';
  const cases: [string, ConnectRequest, string, number][] = [
    ['no credential', {}, 'DEVICE_IDENTITY_REQUIRED', 1008],
    ['no credential, with a device', { device }, 'AUTH_TOKEN_MISSING', 1008],
    ['an empty token', { auth: { token: '' }, device }, 'AUTH_TOKEN_MISSING', 1008],
    ['a wrong token', { auth: { token: 'wrong' } }, MISMATCH, 1008],
    ['a wrong token, with a device', { auth: { token: 'wrong' }, device }, MISMATCH, 1008],
    ['a wrong password', { auth: { password: 'wrong' }, device }, MISMATCH, 1008],
    ['a wrong device token', { auth: { deviceToken: 'wrong' }, device }, 'AUTH_DEVICE_TOKEN_MISMATCH', 1008],
    [
      'a wrong setup code',
      { auth: { bootstrapToken: 'wrong' }, device },
      'AUTH_BOOTSTRAP_TOKEN_INVALID',
      1008,
    ],
    ['a node without a device', { auth: TOKEN, role: 'node' }, 'DEVICE_IDENTITY_REQUIRED', 1008],
    [
      'a UI without a device',
      { auth: TOKEN, client: { id: 'openclaw-control-ui', mode: 'ui' } },
      'CONTROL_UI_ORIGIN_NOT_ALLOWED',
      1008,
    ],
    ['an older protocol', { auth: TOKEN, protocol: 2 }, 'PROTOCOL_MISMATCH', 1002],
    ['a newer protocol', { auth: TOKEN, protocol: 5 }, 'PROTOCOL_MISMATCH', 1002],
    [
      'a broken signature',
      { auth: TOKEN, device, deviceChange: { signature: 'AAAA' } },
      'DEVICE_AUTH_SIGNATURE_INVALID',
      1008,
    ],
    [
      'another nonce',
      { auth: TOKEN, device, deviceChange: { nonce: 'x' } },
      'DEVICE_AUTH_NONCE_MISMATCH',
      1008,
    ],
    [
      'another key',
      { auth: TOKEN, device, deviceChange: { publicKey: testDevice().publicKey } },
      'DEVICE_AUTH_DEVICE_ID_MISMATCH',
      1008,
    ],
    ['an old signature', { auth: TOKEN, device, signedAt: 1 }, 'DEVICE_AUTH_SIGNATURE_EXPIRED', 1008],
  ];

  it.each(cases)('%s', async (_, request, code, closeCode) => {
    const { peer, response } = await TestPeer.connect(gateway.url, request);
    expect(response).toMatchObject({ ok: false, error: { details: { code } } });
    expect(await peer.closed).toMatchObject({ code: closeCode });
  });

  it('a role that is none', async () => {
    const { peer, response } = await TestPeer.connect(gateway.url, { auth: TOKEN, role: 'admin' });
    expect(response).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', message: 'invalid role' },
    });
    expect(await peer.closed).toEqual({ code: 1008, reason: 'invalid role' });
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost.evil.example', ''])(
    'a browser page of %j, in both dialects',
    async (origin) => {
      for (const protocol of ERAS) {
        const request = { protocol, auth: TOKEN, device: testDevice() };
        const { peer, response } = await TestPeer.connect(gateway.url, request, { headers: { origin } });
        expect(response).toMatchObject({
          ok: false,
          error: { code: 'INVALID_REQUEST', details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' } },
        });
        expect(await peer.closed).toMatchObject({ code: 1008 });
      }
    },
  );

  it.each([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost.evil.example:80' },
  ])('a foreign host %j, before a byte of WebSocket is spoken', async (headers) => {
    await expect(TestPeer.open(gateway.url, { headers })).rejects.toThrow('HTTP 403');
  });

  it('another path', async () => {
    for (const path of ['/ws', '/healthz', '//', '/%2f'])
      await expect(TestPeer.open(`${gateway.url}${path}`)).rejects.toThrow('HTTP 404');
  });
});

/** Found by the property tests: it made the schema itself throw, and one such frame ended the process. */
const TRAP = '{"type":"req","id":{"length":{"toString":null}},"method":"health"}';

describe('every way to break a frame', () => {
  const big = (bytes: number): string =>
    JSON.stringify({ type: 'req', id: 'x', method: 'connect', params: 'a'.repeat(bytes) });

  it.each<[string, string | Buffer, { code: number; reason: string }]>([
    ['empty', '', { code: 1000, reason: '' }],
    ['not JSON', 'hello', { code: 1000, reason: '' }],
    ['cut off', '{"type":"req","id":"1","meth', { code: 1000, reason: '' }],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00]), { code: 1000, reason: '' }],
    ['a number', '7', { code: 1008, reason: 'invalid request frame' }],
    ['null', 'null', { code: 1008, reason: 'invalid request frame' }],
    ['an event', '{"type":"event","event":"tick"}', { code: 1008, reason: 'invalid request frame' }],
    [
      'a request with more keys',
      '{"type":"req","id":"1","method":"connect","x":1}',
      { code: 1008, reason: 'invalid request frame' },
    ],
    ['a length that cannot be compared', TRAP, { code: 1008, reason: 'invalid request frame' }],
    ['too big', big(LIMITS.preAuthFrameBytes), { code: 1009, reason: '' }],
  ])('before hello: %s', async (_, frame, closing) => {
    const peer = await TestPeer.open(gateway.url);
    peer.socket.send(frame);
    expect(await peer.closed).toEqual(closing);
    expect(peer.frames.filter(({ type }) => type === 'res')).toEqual([]);
  });

  it.each([
    null,
    7,
    'text',
    [],
    {},
    { role: { length: { toString: null } } },
    { minProtocol: '4' },
    { minProtocol: 4, maxProtocol: 4, client: null },
  ])('before hello: connect params %j', async (params) => {
    const peer = await TestPeer.open(gateway.url);
    const { error } = (await peer.requestRaw('connect', params)) as unknown as Answered;
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.message).toMatch(/^invalid connect params: /);
    expect(await peer.closed).toMatchObject({ code: 1008 });
  });

  it.each(ERAS)(
    'after hello, in v%i: what is no JSON is ignored, what is no request is told',
    async (protocol) => {
      const peer = await operator(protocol, ['operator.read']);
      for (const text of ['', 'x', '{"type":"req","id":"1","meth', '\u0000']) peer.socket.send(text);
      peer.socket.send(Buffer.from([0xff, 0xfe]));
      for (const [frame, id] of [
        ['null', 'invalid'],
        ['[]', 'invalid'],
        ['{"type":"req","method":"health"}', 'invalid'],
        ['{"type":"req","id":7,"method":"health"}', 7],
        ['{"type":"req","id":"a","method":7}', 'a'],
        ['{"type":"req","id":"b","method":"health","extra":1}', 'b'],
        ['{"type":"res","id":"c","ok":true}', 'c'],
        ['{"type":"req","id":{"__proto__":1},"method":"health"}', 'invalid'],
        [TRAP, 'invalid'],
      ] as const) {
        peer.frames.splice(1);
        peer.socket.send(frame);
        const { error } = (await peer.waitFor(
          (found) => found.type === 'res' && found.id === id,
        )) as unknown as Answered;
        expect(error.code).toBe('INVALID_REQUEST');
        expect(error.message).toMatch(/^invalid request frame: /);
      }
      expect(await peer.requestRaw('health', undefined, 'after')).toMatchObject({ ok: true });
      await peer.close();
    },
  );

  it('after hello: a frame over the limit closes 1009, one below it is answered', async () => {
    const peer = await operator(4, ALL_SCOPES);
    const fits = { path: 'a'.repeat(1_000_000) };
    expect(await peer.requestRaw('config.schema.lookup', fits)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST' },
    });
    peer.socket.send(Buffer.alloc(LIMITS.frameBytes + 1, 0x20), { binary: false });
    expect(await peer.closed).toMatchObject({ code: 1009 });
  });

  it('more frames than may wait for the answer to connect', async () => {
    const peer = await TestPeer.open(gateway.url);
    const params = peer.connectParams({ auth: TOKEN, device: testDevice() });
    peer.socket.send(JSON.stringify({ type: 'req', id: 'c', method: 'connect', params }));
    for (let count = 0; count < 200; count += 1)
      peer.socket.send('{"type":"req","id":"x","method":"health"}');
    expect(await peer.closed).toEqual({ code: 1008, reason: 'too many pending handshake frames' });
  });

  it('bytes that are no HTTP and no WebSocket at all', async () => {
    await Promise.all(
      ['\0\0\0\0', 'GET', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`].map(
        (bytes) =>
          new Promise<void>((resolve) => {
            const socket = connect(gateway.port, '127.0.0.1', () => socket.end(bytes));
            socket
              .on('error', () => {})
              .on('close', () => resolve())
              .resume();
          }),
      ),
    );
    await gatewayIsWell();
  });

  it('a WebSocket frame that is cut off, and one without a mask', async () => {
    const upgrade = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    const frames = [
      [0x81, 0xfe, 0x10],
      [0x81, 0x05, 1, 2, 3, 4, 5],
      [0xf1, 0x80, 0, 0, 0, 0],
      [0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255],
    ];
    await Promise.all(
      frames.map(
        (frame) =>
          new Promise<void>((resolve) => {
            const socket = connect(gateway.port, '127.0.0.1', () => socket.write(upgrade));
            socket.once('data', () => socket.end(Buffer.from(frame)));
            socket.on('error', () => {}).on('close', () => resolve());
          }),
      ),
    );
    await gatewayIsWell();
  });
});

interface Answer {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: gateway.port,
      method,
      path,
      headers,
      agent: false,
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.once('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}

/** What `/identity` wants to be asked with; the other routes do not mind. */
const NONCE = 'A'.repeat(43);

describe('every HTTP route', () => {
  const routes = Object.keys(ROUTES);
  const unknown = [
    '/',
    '/nope',
    '/healthz/',
    '/HEALTHZ',
    '/%68ealthz',
    '/./healthz',
    '//healthz',
    '/healthz;x',
    '/__proto__',
    '/v1/models',
    '/hooks/wake',
    '/tools/invoke',
    '/api/channels/x',
  ];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'];
  const security = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  };

  it('answers the methods it knows, says 405 to others, and 404 for what is no route', async () => {
    await Promise.all(
      [...routes, ...unknown].flatMap((path) =>
        methods.map(async (method) => {
          const { status, headers } = await ask(
            method,
            `${path}?token=x&nonce=${NONCE}`,
            {},
            method === 'POST' ? '{"x":1}' : undefined,
          );
          const route = ROUTES[path];
          const expected = !route ? 404 : route.methods.includes(method) ? 200 : 405;
          expect([method, path, status]).toEqual([method, path, expected]);
          expect(headers).toMatchObject(security);
          if (expected === 405) expect(headers.allow).toBe('GET, HEAD');
        }),
      ),
    );
  });

  it.each([
    [{ host: 'evil.example' }, 'host_not_allowed'],
    [{ host: `evil.example:80` }, 'host_not_allowed'],
    [{ 'x-forwarded-for': '127.0.0.1' }, 'proxy_attribution_required'],
    [{ forwarded: 'for=127.0.0.1' }, 'proxy_attribution_required'],
    [{ via: '1.1 proxy' }, 'proxy_attribution_required'],
  ])('is refused with %j, known or not', async (headers, type) => {
    for (const path of [...routes, ...unknown]) {
      const { status, body } = await ask('GET', path, headers as unknown as Record<string, string>);
      expect([path, status]).toEqual([path, 403]);
      expect(JSON.parse(body)).toMatchObject({ error: { type } });
    }
  });

  it('does not change its mind for credentials or an Origin, and says nothing more to a page', async () => {
    for (const headers of [
      { authorization: 'Bearer wrong' },
      { authorization: 'Bearer test-token' },
      { origin: 'https://evil.example' },
    ]) {
      for (const path of routes) {
        const asked = `${path}?nonce=${NONCE}`;
        const answer = await ask('GET', asked, headers as unknown as Record<string, string>);
        expect(answer.status).toBe(200);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
      expect(await ask('GET', '/nope', headers as unknown as Record<string, string>)).toMatchObject({
        status: 404,
      });
    }
  });
});

it('has neither crashed nor kept a socket', async () => {
  await gatewayIsWell();
  await until('every client to be gone', () => gateway.gateway.connections() === 0);
  const { _getActiveHandles } = process as unknown as { _getActiveHandles(): { localPort?: number }[] };
  const left = (): number =>
    _getActiveHandles.call(process).filter((handle) => handle.localPort === gateway.port).length;
  await until('every socket to be gone', () => left() === 0);
});
