import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer, testDevice } from '../testing/test-peer.ts';
import { asNode, configWith, join, refused, TOKEN } from './testing/server-fixtures.ts';

const SORTED_SCOPES = [...ALL_SCOPES].sort();
const BACKEND = { id: 'gateway-client', mode: 'backend' };
const DEVICE_REQUIRED = {
  code: 'NOT_PAIRED',
  message: 'device identity required',
  details: { code: 'DEVICE_IDENTITY_REQUIRED' },
};
const CONTROL_UI_NEEDS_DEVICE = 'control ui requires device identity (use HTTPS or localhost secure context)';

let gateway: TestGateway;
let open: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  open = await startTestGateway({ config: configWith({ auth: { mode: 'none' } }) });
});
afterAll(async () => {
  await gateway.close();
  await open.close();
});

describe('hello', () => {
  it('gives a v4 client everything its schema requires', async () => {
    await using fresh = await startTestGateway();
    const { peer, hello } = await join(fresh.url, { auth: TOKEN, device: testDevice() });
    expect(hello).toMatchObject({
      type: 'hello-ok',
      protocol: 4,
      auth: { method: 'token', role: 'operator', scopes: ALL_SCOPES },
      policy: { maxPayload: 26214400, maxBufferedBytes: 52428800, tickIntervalMs: 30000 },
      snapshot: {
        stateVersion: { presence: 1, health: 1 },
        authMode: 'token',
        configPath: fresh.paths.configPath,
        stateDir: fresh.paths.stateDir,
        health: { ok: true, defaultAgentId: 'main' },
        presence: [{ mode: 'gateway', reason: 'self', host: 'test-host' }],
        sessionDefaults: { defaultAgentId: 'main', mainKey: 'main', mainSessionKey: 'agent:main:main' },
      },
    });
    expect(hello.auth.deviceToken).toMatch(/^[\w-]{43}$/);
    expect(hello.auth.issuedAtMs).toBeTypeOf('number');
    expect(hello.server).toMatchObject({
      connId: expect.stringMatching(/^[\w-]{36}$/),
      bootId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(hello.features.methods).toContain('device.pair.list');
    expect(hello.features.methods).not.toContain('connect');
    expect(hello.features.events).toEqual(
      expect.arrayContaining(['connect.challenge', 'tick', 'presence', 'health', 'shutdown']),
    );
    await peer.close();
  });

  it('gives a v3 client the keys of its era and no other', async () => {
    const { peer, hello } = await join(gateway.url, { protocol: 3, auth: TOKEN, device: testDevice() });
    expect(Object.keys(hello).sort()).toEqual([
      'auth',
      'features',
      'policy',
      'protocol',
      'server',
      'snapshot',
      'type',
    ]);
    expect(hello.protocol).toBe(3);
    expect(Object.keys(hello.auth).sort()).toEqual(['deviceToken', 'issuedAtMs', 'role', 'scopes']);
    expect(hello.auth.scopes).toEqual(SORTED_SCOPES);
    expect(Object.keys(hello.policy).sort()).toEqual(['maxBufferedBytes', 'maxPayload', 'tickIntervalMs']);
    expect(Object.keys(hello.server).sort()).toEqual(['connId', 'version']);
    expect(hello.snapshot.health).not.toHaveProperty('eventLoop');
    await peer.close();
  });

  it('speaks the newest version that lies in the range of the client', async () => {
    const rows: [[number, number], number][] = [
      [[3, 4], 4],
      [[4, 4], 4],
      [[4, 9], 4],
      [[1, 3], 3],
      [[3, 3], 3],
    ];
    for (const [protocol, spoken] of rows) {
      const { peer, hello } = await join(gateway.url, { protocol, auth: TOKEN });
      expect(hello.protocol, String(protocol)).toBe(spoken);
      await peer.close();
    }
  });

  it('keeps paths and the auth mode from those who are not admins', async () => {
    const { peer, hello } = await join(gateway.url, { auth: TOKEN, scopes: ['operator.read'] });
    for (const key of ['configPath', 'stateDir', 'authMode']) expect(hello.snapshot).not.toHaveProperty(key);
    await peer.close();
  });

  it('challenges every socket with a nonce of its own and without a number', async () => {
    const [one, other] = await Promise.all([TestPeer.open(gateway.url), TestPeer.open(gateway.url)]);
    expect(one.challenge.nonce).toMatch(/^[\w-]{36}$/);
    expect(one.challenge.nonce).not.toBe(other.challenge.nonce);
    expect(one.events('connect.challenge')[0]).not.toHaveProperty('seq');
    await Promise.all([one.close(), other.close()]);
  });
});

describe('a client without a device', () => {
  const kept: [string, ConnectRequest][] = [
    ['the command line', {}],
    ['a backend', { client: BACKEND }],
  ];
  for (const [name, request] of kept) {
    it(`that is ${name} keeps its scopes with the shared secret, and gets no device token`, async () => {
      const { peer, hello } = await join(gateway.url, { ...request, auth: TOKEN, scopes: ['operator.read'] });
      expect(hello.auth).toEqual({ method: 'token', role: 'operator', scopes: ['operator.read'] });
      await peer.close();
    });

    it(`that is ${name} of the v3 era loses every scope, and its hello has no auth`, async () => {
      const { peer, hello } = await join(gateway.url, { ...request, auth: TOKEN, protocol: 3 });
      expect(hello).not.toHaveProperty('auth');
      await expect(peer.request('status')).rejects.toMatchObject({ message: 'missing scope: operator.read' });
      await expect(peer.request('health')).resolves.toMatchObject({ ok: true });
      await peer.close();
    });
  }

  const others = [
    { id: 'test', mode: 'test' },
    { id: 'openclaw-macos', mode: 'ui' },
    { id: 'cli', mode: 'probe' },
    { id: 'gateway-client', mode: 'ui' },
    { id: 'openclaw-linux', mode: 'backend' },
  ];
  for (const client of others) {
    it(`that is ${client.id} in mode ${client.mode} is let in by the shared secret with no scope at all`, async () => {
      const { peer, hello } = await join(gateway.url, { client, auth: TOKEN });
      expect(hello.auth.scopes).toEqual([]);
      await expect(peer.request('status')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await peer.close();
    });
  }

  it('that shows no credential is told to bring a device, in both eras', async () => {
    for (const protocol of [4, 3]) {
      for (const auth of [undefined, {}, { token: '' }, { password: '' }]) {
        const { error, close } = await refused(gateway.url, { protocol, ...(auth ? { auth } : {}) });
        expect(error).toEqual(DEVICE_REQUIRED);
        expect(close).toEqual({ code: 1008, reason: 'device identity required' });
      }
    }
  });

  it('that is a node is refused even with the right secret', async () => {
    for (const protocol of [4, 3]) {
      const { device: _none, ...request } = asNode(testDevice());
      expect((await refused(gateway.url, { ...request, protocol })).error).toEqual(DEVICE_REQUIRED);
    }
  });

  it('that is a user interface is refused whatever it shows, also where no credential is needed', async () => {
    const interfaces = [
      { id: 'openclaw-control-ui', mode: 'webchat' },
      { id: 'openclaw-control-ui', mode: 'ui' },
      { id: 'openclaw-tui', mode: 'ui' },
    ];
    for (const { url, port } of [gateway, open]) {
      for (const client of interfaces) {
        const origin = { headers: { origin: `http://127.0.0.1:${port}` } };
        const { error, close } = await refused(url, { client, auth: TOKEN }, origin);
        expect(error).toEqual({
          code: 'INVALID_REQUEST',
          message: CONTROL_UI_NEEDS_DEVICE,
          details: { code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' },
        });
        expect(close).toEqual({ code: 1008, reason: CONTROL_UI_NEEDS_DEVICE });
      }
    }
  });

  it('needs one in auth mode none, unless it is a backend of the v4 era', async () => {
    expect((await refused(open.url, {})).error).toEqual(DEVICE_REQUIRED);
    expect((await refused(open.url, { auth: { token: 'x' } })).error).toEqual(DEVICE_REQUIRED);
    expect((await refused(open.url, { client: BACKEND, protocol: 3 })).error).toEqual(DEVICE_REQUIRED);
    const { peer, hello } = await join(open.url, { client: BACKEND, scopes: ['operator.write'] });
    expect(hello.auth).toEqual({ method: 'none', role: 'operator', scopes: ['operator.write'] });
    await peer.close();
  });
});

describe('a client with a device', () => {
  it('needs nothing else in auth mode none, and is given a token', async () => {
    const { peer, hello } = await join(open.url, { device: testDevice() });
    expect(hello.auth).toMatchObject({ method: 'none', scopes: ALL_SCOPES });
    expect(hello.auth.deviceToken).toMatch(/^[\w-]{43}$/);
    await peer.close();
  });

  it('that names no scopes gets the five usual ones, in both eras', async () => {
    for (const protocol of [4, 3]) {
      const request = { protocol, auth: TOKEN, device: testDevice(), scopes: undefined };
      const { peer, hello } = await join(gateway.url, request);
      expect(hello.auth.scopes).toEqual(SORTED_SCOPES);
      await peer.close();
    }
  });

  it('that names scopes nobody knows gets them back, and may do nothing with them', async () => {
    for (const protocol of [4, 3]) {
      for (const scope of ['operator.bogus', 'constructor', '__proto__', 'toString']) {
        const request = { protocol, auth: TOKEN, device: testDevice(), scopes: [scope] };
        const { peer, hello } = await join(gateway.url, request);
        expect(hello.auth.scopes).toEqual([scope]);
        await expect(peer.request('status')).rejects.toMatchObject({
          message: 'missing scope: operator.read',
        });
        await peer.close();
      }
    }
  });

  it('that is a node gets no scope and may call what is open to everyone', async () => {
    const { peer, hello } = await join(gateway.url, asNode(testDevice()));
    expect(hello.auth).toMatchObject({ role: 'node', scopes: [] });
    expect(hello.auth.deviceToken).toMatch(/^[\w-]{43}$/);
    await expect(peer.request('health')).resolves.toMatchObject({ ok: true });
    await expect(peer.request('status')).rejects.toMatchObject({ message: 'unauthorized role: node' });
    await peer.close();
  });

  it('that is a node and asks for scopes still gets none', async () => {
    const { peer, hello } = await join(gateway.url, { ...asNode(testDevice()), scopes: ['operator.admin'] });
    expect(hello.auth.scopes).toEqual([]);
    await peer.close();
  });

  it('gets the same token at every connect', async () => {
    const device = testDevice();
    const first = await join(gateway.url, { auth: TOKEN, device });
    const second = await join(gateway.url, { auth: TOKEN, device });
    expect(second.hello.auth.deviceToken).toBe(first.hello.auth.deviceToken);
    expect(second.hello.auth.issuedAtMs).toBe(first.hello.auth.issuedAtMs);
    await Promise.all([first.peer.close(), second.peer.close()]);
  });
});

describe('connect params', () => {
  it('with a role nobody has are refused', async () => {
    const { error, close } = await refused(gateway.url, { auth: TOKEN, role: 'admin' });
    expect(error).toEqual({ code: 'INVALID_REQUEST', message: 'invalid role' });
    expect(close).toEqual({ code: 1008, reason: 'invalid role' });
  });

  it('outside the versions spoken here are refused with 1002 and the range that would do', async () => {
    for (const protocol of [
      [2, 2],
      [5, 9],
      [4, 3],
    ] as [number, number][]) {
      const { error, close } = await refused(gateway.url, { protocol, auth: TOKEN });
      expect(error).toEqual({
        code: 'INVALID_REQUEST',
        message: 'protocol mismatch',
        details: {
          code: 'PROTOCOL_MISMATCH',
          clientMinProtocol: protocol[0],
          clientMaxProtocol: protocol[1],
          expectedProtocol: 4,
          minimumProbeProtocol: 3,
        },
      });
      expect(close).toEqual({ code: 1002, reason: 'protocol mismatch' });
    }
  });

  const wrong: [string, ConnectRequest, string, string][] = [
    [
      'a client id of no client',
      { client: { id: 'nobody' } },
      'at /client/id: must be equal to one of the allowed values',
      'at /client/id: must be equal to constant; at /client/id: must match a schema in anyOf',
    ],
    [
      "the documentation's mode operator",
      { client: { mode: 'operator' } },
      'at /client/mode: must be equal to one of the allowed values',
      'at /client/mode: must be equal to constant; at /client/mode: must match a schema in anyOf',
    ],
    [
      'an empty version',
      { client: { version: '' } },
      'at /client/version: must not have fewer than 1 characters',
      'at /client/version: must NOT have fewer than 1 characters',
    ],
    [
      'a key of no meaning',
      { extra: { bogus: 1 } },
      "at root: unexpected property 'bogus'",
      "at root: unexpected property 'bogus'",
    ],
    [
      'scopes that are no list',
      { extra: { scopes: 'operator.read' } },
      'at /scopes: must be array',
      'at /scopes: must be array',
    ],
  ];
  for (const [name, request, inV4, inV3] of wrong) {
    it(`with ${name} are refused in the words of each era`, async () => {
      for (const [protocol, words] of [
        [4, inV4],
        [3, inV3],
      ] as const) {
        const { error, close } = await refused(gateway.url, { ...request, protocol, auth: TOKEN });
        expect(error).toEqual({ code: 'INVALID_REQUEST', message: `invalid connect params: ${words}` });
        expect(close.code).toBe(1008);
        expect(error.message.startsWith(close.reason)).toBe(true);
      }
    });
  }

  it('of the v3 era cannot name a client that only v4 knows', async () => {
    const client = { id: 'openclaw-tui', mode: 'ui' };
    const { error } = await refused(gateway.url, { protocol: 3, client, auth: TOKEN });
    expect(error.message).toContain('at /client/id: must be equal to constant');
  });

  it('that are no object are refused', async () => {
    for (const params of [undefined, null, 7, 'connect', []]) {
      const peer = await TestPeer.open(gateway.url);
      const { error } = await peer.requestRaw('connect', params);
      expect(error).toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(/^invalid connect params: /),
      });
      expect((await peer.closed).code).toBe(1008);
    }
  });
});

describe('the first frame', () => {
  it('that is another request is answered and the socket closed', async () => {
    const peer = await TestPeer.open(gateway.url);
    const { error } = await peer.requestRaw('health');
    expect(error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'invalid handshake: first request must be connect',
    });
    expect(await peer.closed).toEqual({
      code: 1008,
      reason: 'invalid handshake: first request must be connect',
    });
  });

  const shapeless = [
    '{}',
    '[]',
    'null',
    '"connect"',
    '{"type":"event"}',
    '{"type":"req","id":1,"method":"connect"}',
  ];
  for (const text of shapeless) {
    it(`that is ${text} closes the socket without an answer`, async () => {
      const peer = await TestPeer.open(gateway.url);
      peer.socket.send(text);
      expect(await peer.closed).toEqual({ code: 1008, reason: 'invalid request frame' });
      expect(peer.frames).toHaveLength(1);
    });
  }

  it('that is not JSON closes the socket with 1000', async () => {
    for (const text of ['hello', '', '{"type":']) {
      const peer = await TestPeer.open(gateway.url);
      peer.socket.send(text);
      expect(await peer.closed).toEqual({ code: 1000, reason: '' });
      expect(peer.frames).toHaveLength(1);
    }
  });

  it('may be as long as 64 KiB and not a byte longer', async () => {
    const fits = await TestPeer.open(gateway.url);
    const frame = JSON.stringify({ type: 'req', id: 'connect-1', method: 'connect', params: {} });
    fits.socket.send(frame.padEnd(65_536));
    expect(await fits.closed).toMatchObject({ code: 1008 });
    const peer = await TestPeer.open(gateway.url);
    peer.socket.send(frame.padEnd(65_537));
    expect(await peer.closed).toEqual({ code: 1009, reason: '' });
  });
});

describe('frames sent before the answer to connect', () => {
  const frames = (count: number): string[] =>
    Array.from({ length: count }, (_, n) =>
      JSON.stringify({ type: 'req', id: `early-${n}`, method: 'health' }),
    );

  it('wait for it and are answered in their order', async () => {
    const peer = await TestPeer.open(gateway.url);
    const hello = peer.hello({ auth: TOKEN, device: testDevice() });
    for (const frame of frames(15)) peer.socket.send(frame);
    expect(await hello).toMatchObject({ ok: true });
    await peer.waitFor((frame) => frame.id === 'early-14');
    const answered = peer.frames.filter((frame) => frame.type === 'res').map((frame) => frame.id);
    expect(answered).toEqual(['connect-1', ...Array.from({ length: 15 }, (_, n) => `early-${n}`)]);
    await peer.close();
  });

  it('are too many from the sixteenth on', async () => {
    const peer = await TestPeer.open(gateway.url);
    void peer.hello({ auth: { token: 'wrong' }, device: testDevice() }).catch(() => {});
    for (const frame of frames(16)) peer.socket.send(frame);
    expect(await peer.closed).toEqual({ code: 1008, reason: 'too many pending handshake frames' });
  });
});
