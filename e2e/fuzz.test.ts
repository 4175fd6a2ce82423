import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import JSON5 from 'json5';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveStatePaths } from '../core/config/paths.ts';
import { readConfigFile } from '../core/config/read.ts';
import { openConfig } from '../core/config/service.ts';
import { verifySignature } from '../core/devices/keys.ts';
import { systemClock } from '../core/lib/clock.ts';
import { silentLogger } from '../core/lib/log.ts';
import { contract } from '../core/protocol/contract.ts';
import { type SignedFields, signaturePayload } from '../core/protocol/device-auth.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { firstMissing, SCOPES } from '../core/protocol/scopes.ts';
import { startTestGateway, type TestGateway } from '../core/testing/test-gateway.ts';
import { ALL_SCOPES, TestPeer, testDevice } from '../core/testing/test-peer.ts';

type Json = Record<string, unknown>;

const TOKEN = { token: 'test-token' };
const QUICK = {
  gateway: {
    mode: 'local',
    auth: {
      mode: 'token',
      token: 'test-token',
      rateLimit: { exemptLoopback: false, maxAttempts: 1_000_000 },
    },
  },
};

/** Keys that mean something to JavaScript, to the wire, or to nobody. */
const key = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    'then',
  ),
  fc.constantFrom(
    'type',
    'id',
    'method',
    'params',
    'raw',
    'path',
    'scopes',
    'auth',
    'device',
    'client',
    'minProtocol',
  ),
  fc.string(),
);
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1e308, 4, 3, 2 ** 53, ''),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(textObject),
  ),
})).value;

/** `JSON.parse` gives `__proto__` as an own key, as a parser of the gateway sees it; a literal would not. */
function textObject(entries: [string, unknown][]): unknown {
  return JSON.parse(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`).join(',')}}`,
  );
}

const methodName = fc.oneof(fc.constantFrom(...Object.keys(contract)), key);

const frameText = fc.oneof(
  anyJson.map((value) => JSON.stringify(value ?? null)),
  fc
    .tuple(methodName, anyJson, anyJson)
    .map(([method, id, params]) => JSON.stringify({ type: 'req', id: id ?? 'x', method, params })),
  fc.tuple(anyJson, fc.nat()).map(([value, cut]) => JSON.stringify(value ?? null).slice(0, cut % 40)),
  fc.string({ unit: 'binary' }),
);
const frameBytes = fc.oneof(
  frameText,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

const CODES = ['INVALID_REQUEST', 'NOT_PAIRED', 'FORBIDDEN', 'UNAVAILABLE'];

/** A response that any client may get: well formed, of a known code, and not about an error of ours. */
function expectDocumented(frame: Json): void {
  expect(frame).toMatchObject({ type: 'res' });
  if (frame.ok === true) return;
  const error = frame.error as { code: string; message: string; details?: Json };
  expect(CODES).toContain(error.code);
  expect(error.message).not.toBe('');
  expect(error.details?.code).not.toBe('INTERNAL');
}

describe('frames', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ config: QUICK });
  });
  afterAll(() => gateway.close());

  it('of any kind before hello end in a documented answer or close', async () => {
    await fc.assert(
      fc.asyncProperty(frameBytes, fc.boolean(), async (frame, binary) => {
        const peer = await TestPeer.open(gateway.url);
        peer.socket.send(frame, { binary });
        const { code } = await peer.closed;
        expect([1000, 1002, 1007, 1008]).toContain(code);
        for (const response of peer.frames.slice(1)) expectDocumented(response);
      }),
      { numRuns: 400 },
    );
  });

  it('with any connect params never let anybody in without the secret', async () => {
    const part = (name: string) => anyJson.map((value) => ({ [name]: value }));
    const names = [
      'client',
      'role',
      'scopes',
      'auth',
      'device',
      'caps',
      'maxProtocol',
      'locale',
      '__proto__',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...names.map(part)), { maxLength: 3 }), async (parts) => {
        const peer = await TestPeer.open(gateway.url);
        const params = Object.assign(peer.connectParams({}), ...parts);
        const frame = await peer.requestRaw('connect', params);
        expectDocumented(frame);
        expect(frame.ok).toBe(false);
        await peer.closed;
      }),
      { numRuns: 300 },
    );
  });

  it('of any kind after hello are answered or ignored, and the connection lives', async () => {
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN, device: testDevice() });
    await fc.assert(
      fc.asyncProperty(fc.array(frameBytes, { maxLength: 8 }), async (frames) => {
        peer.frames.splice(1);
        for (const frame of frames) peer.socket.send(frame, { binary: typeof frame !== 'string' });
        const last = await peer.requestRaw('health');
        expect(last).toMatchObject({ ok: true });
        for (const frame of peer.frames.slice(1)) if (frame.type === 'res') expectDocumented(frame);
      }),
      { numRuns: 300 },
    );
    await peer.close();
  });

  it('with any params get an answer that belongs to them, from every method', async () => {
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN, device: testDevice() });
    await fc.assert(
      fc.asyncProperty(methodName, anyJson, async (method, params) => {
        peer.frames.splice(1);
        expectDocumented(await peer.requestRaw(method, params));
      }),
      { numRuns: 600 },
    );
    expect(({} as Json).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    await peer.close();
  });
});

describe('configuration text', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'openclaw-fuzz-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const token = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '//',
      '/*',
      '*/',
      '\n',
      "'",
      '"',
      '\\',
      '+',
      '-',
      '.',
      '0x',
      'Infinity',
      'NaN',
    ),
    fc.constantFrom(
      '$include',
      '"./x.json5"',
      `\${HOME}`,
      '$${HOME}',
      '${',
      'gateway',
      'auth',
      'token',
      'port',
      'mode',
      'local',
    ),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'secrets',
      'providers',
      'exec',
      'null',
      'true',
      '1e999',
      '\u2028',
      '\ufeff',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const json5ish = fc.oneof(
    fc.array(token, { maxLength: 40 }).map((parts) => parts.join(' ')),
    anyJson.map((value) => JSON5.stringify(value) ?? ''),
    fc.nat(3000).map((depth) => '['.repeat(depth)),
    fc.nat(3000).map((depth) => `${'{a:'.repeat(depth)}1${'}'.repeat(depth)}`),
  );

  it('of any kind is read without an exception, and its problems are sentences', async () => {
    const path = join(dir, 'read.json');
    await fc.assert(
      fc.asyncProperty(json5ish, async (text) => {
        await writeFile(path, text);
        const file = await readConfigFile(path, { HOME: dir });
        expect(typeof file.resolved).toBe('object');
        for (const { message } of [...file.issues, ...file.warnings]) expect(message).not.toBe('');
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('of any kind opens, or is refused as CONFIG_INVALID', async () => {
    const env = { HOME: dir, OPENCLAW_STATE_DIR: join(dir, 'open') };
    const paths = resolveStatePaths(env);
    await fc.assert(
      fc.asyncProperty(json5ish, async (text) => {
        await rm(paths.stateDir, { recursive: true, force: true });
        await writeConfig(paths.configPath, text);
        try {
          const service = await openConfig({ paths, env, clock: systemClock, log: silentLogger });
          await service.read();
          await service.close();
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
          expect((error as RpcError).code).toBe('CONFIG_INVALID');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps unknown keys, comments and all other values through any patch', async () => {
    const env = { HOME: dir, OPENCLAW_STATE_DIR: join(dir, 'patch') };
    const paths = resolveStatePaths(env);
    const text = `// first\n{\n  gateway: { mode: 'local', /* why */ auth: { token: 'fuzz-token-of-config' } },\n  theirs: { deep: [1, { two: 'x' }] }, // kept\n}\n`;
    const known = {
      gateway: { mode: 'local', auth: { token: 'fuzz-token-of-config' } },
      theirs: { deep: [1, { two: 'x' }] },
    };
    const good = fc.record(
      {
        gateway: fc.record({ controlUi: fc.record({ basePath: fc.string({ unit: 'binary' }) }) }),
        session: fc.record({ mainKey: fc.string({ minLength: 1, unit: 'binary' }) }),
        logging: fc.record({
          level: fc.constantFrom('info', 'debug'),
          redactPatterns: fc.array(fc.string()),
        }),
        theirs: fc.record({ more: fc.string({ unit: 'binary' }) }),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    const wild = fc.array(fc.tuple(key, anyJson), { maxLength: 3 }).map(textObject);
    const patch = fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: wild });
    let written = 0;
    await fc.assert(
      fc.asyncProperty(patch, async (change) => {
        await rm(paths.stateDir, { recursive: true, force: true });
        await writeConfig(paths.configPath, text);
        const service = await openConfig({ paths, env, clock: systemClock, log: silentLogger });
        try {
          const baseHash = service.current.hash;
          await service.write({ kind: 'patch', raw: JSON.stringify(change), baseHash });
          written += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
          expect((error as RpcError).code).toBe('INVALID_REQUEST');
          expect(await readFile(paths.configPath, 'utf8')).toBe(text);
        } finally {
          await service.close();
        }
        const after = await readFile(paths.configPath, 'utf8');
        expect(JSON5.parse(after)).toMatchObject(known);
        for (const comment of ['// first', '/* why */', '// kept']) expect(after).toContain(comment);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 80 },
    );
    expect(written).toBeGreaterThan(20);
  });
});

async function writeConfig(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('signatures', () => {
  const device = testDevice();
  const raw = Buffer.from(device.publicKey, 'base64url');
  const word = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
  const fields: fc.Arbitrary<SignedFields> = fc.record({
    deviceId: fc.constant(device.deviceId),
    clientId: word,
    clientMode: word,
    role: fc.constantFrom('operator', 'node'),
    scopes: fc.uniqueArray(fc.constantFrom<string>(...SCOPES)),
    signedAt: fc.nat(),
    token: fc.option(word, { nil: undefined }),
    nonce: fc.uuid(),
    platform: fc.option(word, { nil: undefined }),
    deviceFamily: fc.option(word, { nil: undefined }),
  });
  const other: { [K in keyof SignedFields]-?: (value: SignedFields[K]) => SignedFields[K] } = {
    deviceId: (value) => value.replace(/^./, (char) => (char === '0' ? '1' : '0')),
    clientId: (value) => `${value}x`,
    clientMode: (value) => `${value}x`,
    role: (value) => (value === 'node' ? 'operator' : 'node'),
    scopes: (value) => [...value, 'operator.more'],
    signedAt: (value) => value + 1,
    token: (value) => `${value ?? ''}x`,
    nonce: (value) => value.replace(/.$/, (char) => (char === '0' ? '1' : '0')),
    platform: (value) => `${value ?? ''}x`,
    deviceFamily: (value) => `${value ?? ''}x`,
  };
  const onlyInV3 = ['platform', 'deviceFamily'];

  it('hold for what was signed and fail for a change of any signed field', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom('v2', 'v3'), (signed, version) => {
        const signature = device.sign(signaturePayload(version, signed));
        expect(verifySignature(raw, signaturePayload(version, signed), signature)).toBe(true);
        for (const name of Object.keys(other) as (keyof SignedFields)[]) {
          const change = other[name] as (value: unknown) => unknown;
          const changed = { ...signed, [name]: change(signed[name]) } as SignedFields;
          const isSigned = version === 'v3' || !onlyInV3.includes(name);
          expect([name, verifySignature(raw, signaturePayload(version, changed), signature)]).toEqual([
            name,
            !isSigned,
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are never good for any other bytes or text', () => {
    const payload = 'v3|x';
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc
            .uint8Array({ minLength: 64, maxLength: 64 })
            .map((bytes) => Buffer.from(bytes).toString('base64url')),
        ),
        (signature) => {
          expect(verifySignature(raw, payload, signature)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('fail on the wire when any field of the request differs from what was signed', async () => {
    await using gateway = await startTestGateway({ config: QUICK });
    const changes: [string, (params: Json) => void][] = [
      ['role', (params) => Object.assign(params, { role: 'node' })],
      ['scopes', (params) => Object.assign(params, { scopes: ['operator.admin'] })],
      ['no scopes', (params) => Reflect.deleteProperty(params, 'scopes')],
      ['client id', (params) => Object.assign(params.client as Json, { id: 'test' })],
      ['client mode', (params) => Object.assign(params.client as Json, { mode: 'test' })],
      ['platform', (params) => Object.assign(params.client as Json, { platform: 'darwin' })],
      ['family', (params) => Object.assign(params.client as Json, { deviceFamily: 'Mac' })],
      ['token', (params) => Object.assign(params, { auth: { token: 'test-token2' } })],
      [
        'time',
        (params) =>
          Object.assign(params.device as Json, { signedAt: Number((params.device as Json).signedAt) + 1 }),
      ],
    ];
    for (const [name, change] of changes) {
      const peer = await TestPeer.open(gateway.url);
      const params = peer.connectParams({ auth: TOKEN, device, scopes: ['operator.read'] });
      change(params);
      const frame = await peer.requestRaw('connect', params);
      expect([name, frame]).toMatchObject([
        name,
        { ok: false, error: { details: { code: 'DEVICE_AUTH_SIGNATURE_INVALID' } } },
      ]);
      await peer.closed;
    }
  });
});

describe('scopes', () => {
  const scopes = fc.uniqueArray(
    fc.oneof(
      fc.constantFrom<string>(...SCOPES),
      fc.constantFrom('operator.bogus', 'constructor', 'operator'),
    ),
    { maxLength: 5 },
  );
  const attempt = fc.record({
    role: fc.constantFrom('operator', 'node'),
    scopes: fc.option(scopes, { nil: undefined, freq: 8 }),
    as: fc.constantFrom('token', 'deviceToken', 'tokenIsDeviceToken'),
    from: fc.constantFrom('here', 'proxy', 'page'),
    decision: fc.constantFrom('approve', 'reject', 'wait'),
    protocol: fc.constantFrom(3, 4),
  });

  it('of a hello never go beyond what the registry has recorded for the device', async () => {
    const origin = 'https://panel.example';
    const gatewayConfig = {
      ...QUICK.gateway,
      trustedProxies: ['127.0.0.1'],
      controlUi: { allowedOrigins: [origin] },
    };
    await using gateway = await startTestGateway({ config: { gateway: gatewayConfig } });
    const places = { here: {}, proxy: { 'x-forwarded-for': '198.51.100.7' }, page: { origin } };
    let admitted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 2, maxLength: 6 }), async (attempts) => {
        const device = testDevice();
        let deviceToken = '';
        for (const { role, scopes: wanted, as, from, decision, protocol } of attempts) {
          const auth =
            as === 'token' || deviceToken === ''
              ? TOKEN
              : as === 'deviceToken'
                ? { deviceToken }
                : { token: deviceToken };
          const { peer, response } = await TestPeer.connect(
            gateway.url,
            { role, scopes: role === 'node' ? [] : wanted, auth, device, protocol },
            { headers: places[from] },
          );
          const record = gateway.devices.list().paired.find(({ deviceId }) => deviceId === device.deviceId);
          if (response.ok === true) {
            admitted += 1;
            const hello = response.payload as {
              auth?: { role: string; scopes: string[]; deviceToken?: string };
            };
            const granted = record?.tokens.find((token) => token.role === role)?.scopes ?? [];
            const shown = hello.auth?.scopes ?? [];
            expect(record?.roles).toContain(role);
            expect(firstMissing(granted, shown)).toBeUndefined();
            await expectNoMore(peer, granted);
            deviceToken = hello.auth?.deviceToken ?? deviceToken;
          } else {
            const pending = gateway.devices
              .list()
              .pending.find(({ deviceId }) => deviceId === device.deviceId);
            if (pending && decision === 'approve')
              await gateway.devices.approve(pending.requestId, { scopes: ALL_SCOPES }).catch(() => undefined);
            if (pending && decision === 'reject') await gateway.devices.reject(pending.requestId);
          }
          await peer.close();
        }
        await gateway.devices.remove(device.deviceId, { scopes: ALL_SCOPES, deviceId: undefined });
      }),
      { numRuns: 60 },
    );
    expect(admitted).toBeGreaterThan(50);
  });
});

/** What is recorded is also all that works: an admin method answers only a recorded admin. */
async function expectNoMore(peer: TestPeer, granted: readonly string[]): Promise<void> {
  const { ok } = await peer.requestRaw('set-heartbeats', { enabled: true });
  if (ok === true) expect(granted).toContain('operator.admin');
}
