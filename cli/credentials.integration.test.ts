import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeOwnerFile } from '../core/host/owner-file.ts';
import { type Credential, credentialsFor } from './credentials.ts';
import { createOutput } from './output.ts';
import { readSettings } from './settings.ts';
import { resolveTarget } from './target.ts';
import { memoryCli } from './testing/memory-cli.ts';

interface Given {
  options?: { token?: string; password?: string; url?: string; port?: number };
  env?: NodeJS.ProcessEnv;
  config?: Record<string, unknown>;
  /** Port of a gateway that runs here. */
  ownerPort?: number;
  /** The file of tokens that gateways gave to this device. */
  deviceTokens?: string;
  /** Uid of the user whose state directory this is, when it is not our own. */
  stateOwner?: number;
}

/** Everything that would be tried, in order. */
async function tried({ options = {}, env = {}, config = {}, ownerPort, deviceTokens, stateOwner }: Given) {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-credentials-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await mkdir(join(home, '.openclaw'));
  await writeFile(join(home, '.openclaw', 'openclaw.json'), JSON.stringify(config));
  if (deviceTokens !== undefined) {
    await mkdir(join(home, '.openclaw', 'tray', 'identity'), { recursive: true });
    await writeFile(join(home, '.openclaw', 'tray', 'identity', 'device-tokens.json'), deviceTokens);
  }
  if (stateOwner !== undefined) await chown(join(home, '.openclaw'), stateOwner, stateOwner);
  const cli = memoryCli([], { env: { HOME: home, ...env } });
  const output = createOutput(cli, { json: false, color: false });
  const settings = await readSettings({ cli, globals: { dev: false }, output, language: 'en' });
  const owner =
    ownerPort === undefined
      ? undefined
      : await writeOwnerFile({ trayDir: settings.paths.trayDir, port: ownerPort, bootId: 'boot' });
  const target = resolveTarget({
    ...options,
    env: { ...settings.env, ...env },
    config: settings.config,
    dev: false,
  });
  const found: Credential[] = [];
  for await (const credential of credentialsFor({ target, options, settings })) found.push(credential);
  return { found, owner: owner?.token };
}

const secrets = { OPENCLAW_GATEWAY_TOKEN: 'env-token', OPENCLAW_GATEWAY_PASSWORD: 'env-password' };
const configured = {
  gateway: {
    mode: 'local',
    auth: { token: 'config-token' },
    remote: { url: 'wss://far.example', token: 'remote-token' },
  },
};

test('flags are all that is used when there are any', async () => {
  const { found } = await tried({
    options: { token: 'flag' },
    env: secrets,
    config: configured,
    ownerPort: 18_789,
  });
  expect(found).toEqual([{ auth: { token: 'flag' } }]);
});

test('--url takes nothing from the configuration or the environment', async () => {
  const run = tried({
    options: { url: 'ws://127.0.0.1:18789' },
    env: secrets,
    config: configured,
    ownerPort: 18_789,
  });
  await expect(run).rejects.toMatchObject({
    code: 'CREDENTIALS_REQUIRED',
    message: [
      'gateway url override requires explicit credentials',
      'Fix: pass --token or --password with --url (or gatewayToken in tools).',
      'For the default local or SSH-tunneled Gateway, remove --url to use the configured target.',
      'Config: ~/.openclaw/openclaw.json',
    ].join('\n'),
  });
});

test('an empty --token is no credential', async () => {
  await expect(tried({ options: { url: 'ws://127.0.0.1:1', token: '' } })).rejects.toMatchObject({
    code: 'CREDENTIALS_REQUIRED',
  });
});

test('OPENCLAW_GATEWAY_URL takes the credentials of the environment', async () => {
  const { found } = await tried({
    env: { OPENCLAW_GATEWAY_URL: 'wss://x.example', ...secrets },
    config: configured,
  });
  expect(found).toEqual([{ auth: { token: 'env-token', password: 'env-password' } }]);
});

test('OPENCLAW_GATEWAY_URL takes nothing from the configuration, its env block included', async () => {
  const config = { ...configured, env: { vars: { OPENCLAW_GATEWAY_TOKEN: 'from-file' } } };
  await expect(tried({ env: { OPENCLAW_GATEWAY_URL: 'wss://x.example' }, config })).rejects.toMatchObject({
    code: 'CREDENTIALS_REQUIRED',
    message: expect.stringContaining('OPENCLAW_GATEWAY_TOKEN'),
  });
});

test('a gateway of this machine is asked with the token of its owner first', async () => {
  const { found, owner } = await tried({ env: secrets, config: configured, ownerPort: 18_789 });
  expect(found[0]).toEqual({ auth: { token: owner }, isOwner: true });
  expect(found[1]).toEqual({ auth: { token: 'env-token', password: 'env-password' } });
});

test('the token of the owner is for the port of its gateway only', async () => {
  const { found } = await tried({ config: configured, ownerPort: 4242 });
  expect(found).toEqual([{ auth: { token: 'config-token' } }]);
});

test.each([
  ['token', { mode: 'token', token: 't', password: 'p' }, { token: 't' }],
  ['password', { mode: 'password', token: 't', password: 'p' }, { password: 'p' }],
  ['none', { mode: 'none', token: 't' }, undefined],
])('auth mode %s decides which secret is sent', async (_, auth, expected) => {
  const { found } = await tried({ config: { gateway: { auth } } });
  expect(found).toEqual([expected ? { auth: expected } : {}]);
});

test('gateway.remote.token is the last resort for a gateway of this machine', async () => {
  const { found } = await tried({ config: { gateway: { remote: { token: 'remote-token' } } } });
  expect(found).toEqual([{ auth: { token: 'remote-token' } }]);
});

test('a remote gateway gets its own secret, never that of the local one', async () => {
  const config = { gateway: { ...configured.gateway, mode: 'remote' } };
  expect((await tried({ config, ownerPort: 443 })).found).toEqual([{ auth: { token: 'remote-token' } }]);
  const bare = { gateway: { ...config.gateway, remote: { url: 'wss://far.example' } } };
  expect((await tried({ config: bare })).found).toEqual([{ auth: undefined }]);
});

test('a SecretRef is resolved, also from the .env file of the state directory', async () => {
  const config = { gateway: { auth: { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } } } };
  expect((await tried({ config, env: { MY_TOKEN: 'secret' } })).found).toEqual([
    { auth: { token: 'secret' } },
  ]);
});

test('a SecretRef that cannot be resolved is named, and no other credential takes its place', async () => {
  const token = { source: 'env', provider: 'default', id: 'MY_TOKEN' };
  const config = { gateway: { auth: { token, password: 'p' }, remote: { token: 'r' } } };
  await expect(tried({ config })).rejects.toMatchObject({
    code: 'SECRET_UNRESOLVED',
    message: expect.stringMatching(/^gateway\.auth\.token cannot be resolved: .*MY_TOKEN/),
  });
});

/** Listens at a free port as a user without rights, as somebody else on a shared host would. */
async function squat(): Promise<number> {
  const program = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', program], {
    uid: 65_534,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const [port] = await once(child.stdout, 'data');
  return Number(port);
}

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'another user who took the port of the stopped gateway',
  () => {
    const refusal = (port: number) => ({
      code: 'CREDENTIALS_REQUIRED',
      message: `Port ${port} is held by another user (uid 65534), so the token is not sent. Pass --token to send it anyway.`,
    });

    test.each([
      ['configured secret', {}, configured],
      ['secret of the environment', secrets, {}],
      [
        'secret of the environment where none is wanted',
        secrets,
        { gateway: { auth: { mode: 'password' } } },
      ],
    ])('is not told the %s', async (_, env, config) => {
      const port = await squat();
      await expect(tried({ options: { port }, env, config })).rejects.toMatchObject(refusal(port));
    });

    test('is not told a stored device token', async () => {
      const port = await squat();
      const config = { gateway: { auth: { mode: 'none' } } };
      expect((await tried({ options: { port }, config })).found).toEqual([{}]);
      await expect(tried({ options: { port }, config, deviceTokens: '{}' })).rejects.toMatchObject(
        refusal(port),
      );
    });

    test('gets nothing from the file that a crashed gateway left behind', async () => {
      const port = await squat();
      const run = tried({ options: { port }, config: configured, ownerPort: port });
      await expect(run).rejects.toMatchObject(refusal(port));
    });

    test('is no stranger to root when the state directory is theirs, secrets and all', async () => {
      const port = await squat();
      const { found } = await tried({ options: { port }, config: configured, stateOwner: 65_534 });
      expect(found).toEqual([{ auth: { token: 'config-token' } }]);
    });

    test('is told what the user says', async () => {
      const options = { port: await squat(), token: 'flag' };
      expect((await tried({ options, config: configured })).found).toEqual([{ auth: { token: 'flag' } }]);
    });
  },
);
