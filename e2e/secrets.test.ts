import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../core/protocol/contract.ts';
import { TestPeer, testDevice } from '../core/testing/test-peer.ts';
import {
  enter,
  freePort,
  type GatewayProcess,
  ownerToken,
  TestHome,
  wsUrl,
} from './fixtures/gateway-process.ts';

type Json = Record<string, unknown>;

/** One word that must never be seen, for each place where a user may put a secret. */
const CANARIES = {
  auth: 'canary-gateway-auth-token-0001',
  remote: 'canary-gateway-remote-token-0002',
  apiKey: 'canary-provider-api-key-0003',
  botToken: 'canary-telegram-bot-token-0004',
  hooks: 'canary-hooks-token-0005',
  unknown: 'canary-unknown-key-token-0006',
  env: 'canary-env-variable-0007',
  dotEnv: 'canary-dot-env-variable-0008',
  file: 'canary-secret-file-0009',
  exec: 'canary-secret-exec-0010',
  header: 'canary-header-value-0011',
  url: 'canary-url-password-0012',
  written: 'canary-written-by-rpc-0013',
  flag: 'canary-flag-token-0014',
  passwordFile: 'canary-password-file-0015',
  envToken: 'canary-env-gateway-token-0016',
  envPassword: 'canary-env-gateway-password-0017',
} as const;

/** The canary in clear, in base64 and percent-encoded, as far as it could be told apart. */
const seenIn = (text: string): string[] =>
  Object.entries(CANARIES)
    .filter(([, canary]) =>
      [canary, Buffer.from(canary).toString('base64').replace(/=+$/, ''), canary.replaceAll('-', '%2D')].some(
        (form) => text.includes(form),
      ),
    )
    .map(([name]) => name);

const config = (home: TestHome, port: number): Json => ({
  gateway: {
    mode: 'local',
    port,
    auth: {
      mode: 'token',
      token: CANARIES.auth,
      password: { source: 'exec', provider: 'vault', id: 'key' },
    },
    remote: { token: CANARIES.remote },
    controlUi: { allowedOrigins: ['https://panel.example'] },
  },
  logging: { level: 'trace', consoleLevel: 'trace' },
  models: {
    providers: {
      acme: {
        baseUrl: `https://user:${CANARIES.url}@models.example/v1`,
        apiKey: CANARIES.apiKey,
        headers: { 'x-team': CANARIES.header },
        models: [{ id: 'one', name: 'One' }],
      },
      other: { baseUrl: 'https://models.example', apiKey: `\${ACME_KEY}`, models: [] },
      third: { baseUrl: 'https://models.example', apiKey: `\${DOT_ENV_KEY}`, models: [] },
      fourth: {
        baseUrl: 'https://models.example',
        apiKey: { source: 'file', provider: 'files', id: '/key' },
        models: [],
      },
      fifth: {
        baseUrl: 'https://models.example',
        apiKey: { source: 'exec', provider: 'vault', id: 'key' },
        models: [],
      },
    },
  },
  channels: { telegram: { enabled: false, botToken: CANARIES.botToken } },
  hooks: { enabled: false, token: CANARIES.hooks },
  somebodyElses: { deep: { token: CANARIES.unknown } },
  secrets: {
    providers: {
      files: { source: 'file', path: join(home.dir, 'secrets.json'), mode: 'json' },
      vault: { source: 'exec', command: join(home.dir, 'vault'), allowInsecurePath: true, passEnv: ['PATH'] },
    },
  },
});

/** Answers as a secret provider does, and keeps what it was given and how it was called. */
const VAULT = `#!/usr/bin/env node
const fs = require('fs');
fs.writeFileSync(__dirname + '/vault-saw.txt', JSON.stringify({ env: process.env, argv: process.argv }));
process.stderr.write('vault: ${CANARIES.exec}');
process.stdout.write(JSON.stringify({ protocolVersion: 1, values: { key: '${CANARIES.exec}' } }));
`;

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Command lines and environments of every process that our gateway has started and that lives now. */
function childListing(pid: number): string {
  return execFileSync('ps', ['-e', '-o', 'ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim().startsWith(`${pid} `))
    .join('\n');
}

/** Everything a peer was sent. */
const heard = (peer: TestPeer): string => JSON.stringify(peer.frames);

/** Calls that must fail, each with a secret in it or about one. */
const FAILING: [string, unknown][] = [
  ['config.set', { raw: `{ gateway: { auth: { token: '${CANARIES.written}'`, baseHash: 'HASH' }],
  ['config.set', { raw: `{ gateway: { port: '${CANARIES.written}' } }`, baseHash: 'HASH' }],
  ['config.set', { raw: `{ gateway: { bind: '${CANARIES.auth}' } }`, baseHash: 'HASH' }],
  ['config.patch', { raw: `{ gateway: { auth: { mode: '${CANARIES.written}' } } }`, baseHash: 'HASH' }],
  ['config.patch', { raw: `{ gateway: { auth: { token: ['${CANARIES.written}'] } } }`, baseHash: 'HASH' }],
  [
    'config.patch',
    {
      raw: `{ models: { providers: { acme: { apiKey: { source: '${CANARIES.written}' } } } } }`,
      baseHash: 'HASH',
    },
  ],
  ['config.patch', { raw: `'${CANARIES.written}`, baseHash: 'HASH' }],
  [
    'config.patch',
    { raw: '{ channels: { telegram: { botToken: "__OPENCLAW_REDACTED__x" } } }', baseHash: 'wrong' },
  ],
  [
    'config.apply',
    { raw: `{ $include: './missing.json5', hooks: { token: '${CANARIES.written}' } }`, baseHash: 'HASH' },
  ],
  [
    'config.apply',
    { raw: `{ hooks: { token: "\${NOT_${'THERE'}}", enabled: '${CANARIES.hooks}' } }`, baseHash: 'HASH' },
  ],
  ['device.pair.approve', { requestId: 'no-such-request' }],
  ['device.token.rotate', { deviceId: 'no-such-device', role: 'operator' }],
];

describe('secrets of a running gateway', () => {
  let home: TestHome;
  let gateway: GatewayProcess;
  let port: number;
  let said = '';

  beforeAll(async () => {
    port = await freePort();
    home = await TestHome.create();
    await home.writeConfig(config(home, port));
    await writeFile(join(home.stateDir, '.env'), `DOT_ENV_KEY=${CANARIES.dotEnv}\n`, { mode: 0o600 });
    await writeFile(join(home.dir, 'secrets.json'), JSON.stringify({ key: CANARIES.file }), { mode: 0o600 });
    await writeFile(join(home.dir, 'vault'), VAULT);
    await chmod(join(home.dir, 'vault'), 0o700);
    gateway = await home.start(['--verbose', '--ws-log', 'full'], {
      ACME_KEY: CANARIES.env,
      OPENCLAW_GATEWAY_PASSWORD: CANARIES.envPassword,
    });
  });
  afterAll(() => home[Symbol.asyncDispose]());

  it('stand in no answer, event or error, whatever is asked', async () => {
    const everything = { auth: { token: CANARIES.auth } };
    for (const protocol of [4, 3] as const) {
      const { peer } = await TestPeer.connect(wsUrl(port), { protocol, ...everything, device: testDevice() });
      for (const method of Object.keys(contract).filter((name) => name !== 'gateway.restart.request'))
        await peer.requestRaw(method);
      for (const path of ['gateway', 'gateway.auth', 'gateway.auth.token', 'models.providers.acme.apiKey'])
        await peer.requestRaw('config.schema.lookup', { path });
      const { hash } = (await peer.request('config.get')) as { hash: string };
      for (const [method, params] of FAILING) {
        const sent = JSON.parse(JSON.stringify(params).replaceAll('HASH', hash));
        const frame = await peer.requestRaw(method, sent);
        expect([method, params, frame.ok]).toEqual([method, params, false]);
      }
      await peer.requestRaw('logs.tail', { limit: 5000, maxBytes: 1_000_000 });
      for (const frame of peer.frames) expect([frame, seenIn(JSON.stringify(frame))]).toEqual([frame, []]);
      await peer.close();
    }
    for (const auth of [
      { token: CANARIES.written },
      { password: CANARIES.written },
      { deviceToken: CANARIES.written },
    ]) {
      const { peer } = await TestPeer.connect(wsUrl(port), { auth, device: testDevice() });
      said += heard(peer);
      await peer.closed;
    }
    expect(seenIn(said)).toEqual([]);
  });

  it('stand in no answer to a write that stores one, nor in the event about it', async () => {
    const peer = await enter(port, { token: CANARIES.auth });
    const { hash } = (await peer.request('config.get')) as { hash: string };
    const raw = JSON.stringify({ channels: { telegram: { botToken: CANARIES.written } } });
    expect(await peer.request('config.patch', { raw, baseHash: hash })).toMatchObject({ ok: true });
    await peer.waitFor((frame) => frame.event === 'config.changed');
    await peer.request('config.get');
    expect(await readFile(home.configPath, 'utf8')).toContain(CANARIES.written);
    expect(seenIn(heard(peer))).toEqual([]);
    await peer.close();
  });

  it('stand in no HTTP answer', async () => {
    for (const path of ['/healthz', '/readyz', '/', `/x?token=${CANARIES.auth}`]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { authorization: `Bearer ${CANARIES.auth}` },
      });
      expect(seenIn((await response.text()) + JSON.stringify([...response.headers]))).toEqual([]);
    }
  });

  it('are not handed to programs that the gateway starts', async () => {
    const saw = await readFile(join(home.dir, 'vault-saw.txt'), 'utf8');
    expect(saw).toContain('PATH');
    expect(seenIn(saw)).toEqual([]);
    expect(seenIn(childListing(gateway.pid))).toEqual([]);
  });

  it('stand in no log line and on no console', async () => {
    expect(await gateway.stop()).toMatchObject({ code: 0 });
    const log = await home.logText();
    expect(log.length).toBeGreaterThan(1000);
    expect(seenIn(log)).toEqual([]);
    expect(seenIn(gateway.output)).toEqual([]);
  });

  it('stand in no file but the configuration, its backups and its last good copy, which are private', async () => {
    const mine = new Set([
      join(home.stateDir, '.env'),
      join(home.dir, 'secrets.json'),
      join(home.dir, 'vault'),
    ]);
    for (const file of await filesBelow(home.dir)) {
      const found = seenIn(await readFile(file, 'latin1'));
      if (mine.has(file) || found.length === 0) continue;
      const isCopy = /openclaw\.json(\.bak(\.\d+)?)?$|last-good\.json5$/.test(file);
      expect([file, isCopy, ((await stat(file)).mode & 0o777).toString(8)]).toEqual([file, true, '600']);
    }
  });
});

describe('secrets that flags and environment give', () => {
  it.each([
    ['--token', ['--token', CANARIES.flag], {}],
    ['OPENCLAW_GATEWAY_TOKEN', [], { OPENCLAW_GATEWAY_TOKEN: CANARIES.envToken }],
    [
      'OPENCLAW_GATEWAY_PASSWORD',
      ['--auth', 'password'],
      { OPENCLAW_GATEWAY_PASSWORD: CANARIES.envPassword },
    ],
    ['--password', ['--auth', 'password', '--password', CANARIES.flag], {}],
    ['--password-file', ['--auth', 'password', '--password-file', 'FILE'], {}],
  ])('%s stands in no file, on no console and in no answer', async (_, flags, env) => {
    const { home, port } = await TestHome.withGateway({ auth: {} }, { logging: { level: 'trace' } });
    await using __ = home;
    const file = join(home.dir, 'password');
    await writeFile(file, CANARIES.passwordFile, { mode: 0o600 });
    const gateway = await home.start(
      ['--verbose', '--ws-log', 'full', ...flags.map((flag) => (flag === 'FILE' ? file : flag))],
      env,
    );
    const peer = await enter(port, { token: await ownerToken(home) });
    for (const method of ['config.get', 'status', 'health', 'system-presence']) await peer.requestRaw(method);
    await peer.requestRaw('logs.tail', { limit: 5000 });
    const answers = heard(peer);
    await peer.close();
    expect(childListing(gateway.pid)).toBe('');
    expect(seenIn(answers)).toEqual([]);
    expect(await gateway.stop()).toMatchObject({ code: 0 });
    expect(seenIn(gateway.output)).toEqual([]);
    for (const path of await filesBelow(home.stateDir))
      expect([path, seenIn(await readFile(path, 'latin1'))]).toEqual([path, []]);
  });

  it('a start that fails does not show them', async () => {
    await using home = await TestHome.create();
    await mkdir(home.stateDir, { recursive: true });
    await home.writeConfig(
      `{ gateway: { mode: 'local', auth: { token: '${CANARIES.auth}' }, port: '${CANARIES.written}' }, }`,
    );
    const invalid = await home.run(['--token', CANARIES.flag, '--verbose']);
    expect(invalid.code).toBe(78);
    expect(seenIn(invalid.stdout + invalid.stderr)).toEqual([]);
    await home.writeConfig(`{ gateway: { mode: 'local', auth: { token: '${CANARIES.auth} }, }`);
    const torn = await home.run(['--verbose']);
    expect(torn.code).toBe(78);
    expect(seenIn(torn.stdout + torn.stderr)).toEqual([]);
    const typo = await home.run(['--tokn', CANARIES.flag]);
    expect(typo.code).toBe(1);
    expect(seenIn(await home.logText())).toEqual([]);
  });
});
