import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HELLO, type Peer, startScriptedGateway } from '../../core/client/testing/scripted-gateway.ts';
import { freePort, TestHome, TOKEN, wsUrl } from '../fixtures/gateway-process.ts';

interface Verdict {
  ok: boolean;
  code: string;
  layer?: string;
  fix?: { text: string; command?: string };
  warnings: { code: string }[];
  layers: { layer: string; state: string; code?: string; startMs?: number }[];
}

interface Asked {
  home: TestHome;
  args: string[];
  env?: NodeJS.ProcessEnv;
}

/** What `gateway status` says, and that people are told the same in both languages within 80 columns. */
async function verdictOf({ home, args, env }: Asked): Promise<Verdict> {
  const ended = await home.cli(['gateway', 'status', ...args, '--json'], env);
  expect(ended.code, ended.stderr).toBe(0);
  const { verdict } = JSON.parse(ended.stdout) as { verdict: Verdict };
  for (const lang of ['en', 'zh-CN']) {
    const { stdout, stderr } = await home.cli(['gateway', 'status', ...args, '--lang', lang], env);
    expect(stderr).toBe('');
    if (verdict.ok) continue;
    expect(stdout).toContain(`(${verdict.code})`);
    if (verdict.fix?.command) expect(stdout).toContain(`\n  ${verdict.fix.command}\n`);
  }
  return verdict;
}

/** Does what a person would do with the command; a gateway is left running. */
async function paste(home: TestHome, command: string): Promise<void> {
  const [program, ...args] = command.split(' ');
  expect(program).toBe('openclaw');
  if (args[0] === 'gateway' && args[1] === 'run') await home.start(args.slice(2));
  else await home.cli(args);
}

const stateOf = ({ layers }: Verdict, layer: string): string | undefined =>
  layers.find((one) => one.layer === layer)?.state;

/** The right first broken layer, and after the fix was pasted that layer is well. */
async function expectMendable(asked: Asked, layer: string, code: string): Promise<Verdict> {
  const verdict = await verdictOf(asked);
  expect(verdict).toMatchObject({ ok: false, layer, code });
  const command = verdict.fix?.command;
  if (!command) throw new Error(`${code} has no command`);
  await paste(asked.home, command);
  const after = await verdictOf(asked);
  expect(stateOf(after, layer)).not.toBe('broken');
  return after;
}

async function expectTold(asked: Asked, layer: string, code: string): Promise<Verdict> {
  const verdict = await verdictOf(asked);
  expect(verdict).toMatchObject({ ok: false, layer, code });
  return verdict;
}

function hold(port: number, say?: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    say?.(socket);
  });
  onTestFinished(() => void server.close());
  return new Promise((resolve) =>
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
}

const atUrl = async (url: string, args = ['--token', 'some-token']): Promise<Asked> => ({
  home: await TestHome.create(),
  args: ['--url', url, ...args],
});

/** A home that asks a gateway elsewhere, as its configuration says. */
const remote = async (fields: object): Promise<Asked> => ({
  home: await TestHome.create({ gateway: { mode: 'remote', remote: fields } }),
  args: [],
});

describe('a gateway of this machine', () => {
  test('configuration missing', async () => {
    const home = await TestHome.create();
    await expectMendable({ home, args: [] }, 'config', 'CONFIG_MISSING');
  });

  test('configuration broken while an older one worked', async () => {
    const { home } = await TestHome.withGateway();
    await (await home.start()).stop();
    const good = await readFile(home.configPath, 'utf8');
    await home.writeConfig(`${good}\n}}`);
    await expectMendable({ home, args: [] }, 'config', 'CONFIG_INVALID');
    expect(await readFile(home.configPath, 'utf8')).toBe(good);
    expect(await readFile(`${home.configPath}.broken`, 'utf8')).toBe(`${good}\n}}`);
  });

  test('a file in the place of the state directory', async () => {
    const home = await TestHome.create();
    await rm(home.stateDir, { recursive: true, force: true });
    await writeFile(home.stateDir, 'notes');
    const { command } = (await expectTold({ home, args: [] }, 'config', 'STATE_NOT_A_DIRECTORY')).fix ?? {};
    execFileSync('sh', ['-c', String(command)]);
    expect((await verdictOf({ home, args: [] })).code).toBe('CONFIG_MISSING');
    expect(await readFile(`${home.stateDir}.old`, 'utf8')).toBe('notes');
  });

  test('a setting that may not be, and nothing to go back to', async () => {
    const home = await TestHome.create({ gateway: { mode: 'local', port: 'often' } });
    await expectTold({ home, args: [] }, 'config', 'CONFIG_UNREADABLE');
    await home.cli(['config', 'unset', 'gateway.port']);
    expect((await verdictOf({ home, args: [] })).layer).toBe('process');
  });

  test('a configuration with which no gateway starts', async () => {
    const home = await TestHome.create({ gateway: { port: await freePort() } });
    const after = await expectMendable({ home, args: [] }, 'config', 'CONFIG_BLOCKS_START');
    expect(after).toMatchObject({ layer: 'process', code: 'GATEWAY_NOT_RUNNING' });
  });

  test('a gateway elsewhere without its address: status, probe, doctor and wait-ready say so', async () => {
    const asked = await remote({ token: 'some-token' });
    const ended = await asked.home.cli(['gateway', 'probe', '--json', '--timeout', '500']);
    const { targets } = JSON.parse(ended.stdout) as { targets: { id: string; verdict: Verdict }[] };
    expect(targets.find(({ id }) => id === 'configRemote')?.verdict).toMatchObject({
      layer: 'config',
      code: 'REMOTE_URL_MISSING',
    });
    for (const command of [['doctor'], ['gateway', 'wait-ready', '--timeout', '1']]) {
      const told = await asked.home.cli(command);
      expect(told).toMatchObject({ code: 1, stderr: '' });
      expect(told.stdout).toContain('(REMOTE_URL_MISSING)');
      expect(told.stdout).not.toContain('some-token');
    }
    const after = await expectMendable(asked, 'config', 'REMOTE_URL_MISSING');
    expect(after).toMatchObject({ layer: 'process', code: 'GATEWAY_NOT_RUNNING' });
  });

  test('a gateway behind SSH without its address: what goes through SSH is named, and probe goes there', async () => {
    const asked = await remote({ sshTarget: `ann@127.0.0.1:${await freePort()}` });
    const verdict = await expectTold(asked, 'tunnel', 'REMOTE_NEEDS_TUNNEL');
    expect(verdict.fix).toMatchObject({
      text: expect.stringContaining('gateway probe'),
      command: 'openclaw tunnel',
    });
    expect(verdict.layers.every(({ startMs }) => startMs !== undefined)).toBe(true);
    const ended = await asked.home.cli(['gateway', 'probe', '--json']);
    const { targets } = JSON.parse(ended.stdout) as { targets: { id: string; verdict: Verdict }[] };
    expect(targets.map(({ id, verdict: { code } }) => `${id} ${code}`)).toEqual([
      'sshTunnel SSH_REFUSED',
      'localLoopback TCP_REFUSED',
    ]);
  });

  test('an address of a gateway elsewhere that is none', async () => {
    await expectTold(await remote({ url: 'gateway-host' }), 'tcp', 'ADDRESS_INVALID');
  });

  test('a setting that blocks a start is told in the language of the reader, and a sentence is no command', async () => {
    const auth = { mode: 'none' };
    const home = await TestHome.create({
      gateway: { mode: 'local', port: await freePort(), bind: 'lan', auth },
    });
    const verdict = await expectTold({ home, args: [] }, 'config', 'CONFIG_BLOCKS_START');
    expect(verdict.fix?.command).toBeUndefined();
    expect(verdict.fix?.text).toContain('Set gateway.auth.token/password');
    const { stdout } = await home.cli(['gateway', 'status', '--lang', 'zh-CN']);
    expect(stdout.replace(/\s/g, '')).toContain('没有身份验证时，拒绝让网关监听lan。');
    expect(stdout).not.toContain('Refusing');
  });

  test('nothing runs', async () => {
    const { home } = await TestHome.withGateway();
    const { rpc } = JSON.parse((await home.cli(['gateway', 'status', '--json'])).stdout);
    expect(rpc).toMatchObject({
      ok: false,
      kind: 'connect',
      error: expect.stringContaining('nobody listens'),
    });
    const asked = await home.cli(['gateway', 'status', '--json', '--no-probe']);
    expect(JSON.parse(asked.stdout)).not.toHaveProperty('rpc');
    const after = await expectMendable({ home, args: [] }, 'process', 'GATEWAY_NOT_RUNNING');
    expect(after).toMatchObject({ ok: true, code: 'OK' });
  });

  test('a killed gateway left its lock behind', async () => {
    const { home } = await TestHome.withGateway();
    await (await home.start()).stop('SIGKILL');
    const after = await expectMendable({ home, args: [] }, 'process', 'LOCK_STALE');
    expect(after.ok).toBe(true);
  });

  test('another program listens on the port', async () => {
    const { home, port } = await TestHome.withGateway();
    await hold(port);
    const after = await expectMendable({ home, args: [] }, 'port', 'PORT_FOREIGN');
    expect(after.ok).toBe(true);
  });

  test('the gateway hangs', async () => {
    const { home } = await TestHome.withGateway();
    const gateway = await home.start();
    gateway.signal('SIGSTOP');
    const asked = { home, args: ['--timeout', '1500'] };
    const after = await expectMendable(asked, 'http', 'HTTP_SILENT');
    expect(after.ok).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)('a gateway of another user has the port', async () => {
    const NOBODY = 65_534;
    const { home, port } = await TestHome.withGateway();
    const other = await TestHome.create({ gateway: { mode: 'local', port } });
    await chmod(other.dir, 0o755);
    for (const path of [other.dir, other.stateDir, other.configPath]) await chown(path, NOBODY, NOBODY);
    const stranger = other.spawn(['gateway', 'run'], {}, { uid: NOBODY });
    await stranger.said('[gateway] ready');
    const after = await expectMendable({ home, args: [] }, 'port', 'PORT_OTHER_USER');
    expect(after.ok).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'files that belong to somebody else are told before all else, and doctor leaves everything alone',
    async () => {
      const NOBODY = 65_534;
      const { home } = await TestHome.withGateway();
      await chmod(home.dir, 0o755);
      const ask = async (args: string[]) => (await home.spawn(args, {}, { uid: NOBODY }).ended).stdout;
      const told = async () => {
        const { verdict } = JSON.parse(await ask(['gateway', 'status', '--json']));
        return [verdict.layer, verdict.code, verdict.fix?.command];
      };
      for (const path of [home.dir, home.configPath]) await chown(path, NOBODY, NOBODY);
      const mend = `sudo chown -R nobody ${home.stateDir}`;
      expect(await told()).toEqual(['config', 'STATE_DENIED', mend]);
      await chown(home.stateDir, NOBODY, NOBODY);
      await chmod(home.stateDir, 0o555);
      expect(await told()).toEqual(['config', 'STATE_DENIED', `chmod u+rwx ${home.stateDir}`]);
      const fixed = await ask(['doctor', '--fix']);
      expect(fixed).toContain('(STATE_DENIED)');
      expect(await home.mode(home.stateDir)).toBe('555');
      await chmod(home.stateDir, 0o700);
      await chown(home.configPath, 0, 0);
      expect(await told()).toEqual(['config', 'STATE_DENIED', `sudo chown nobody ${home.configPath}`]);
    },
  );

  test('a state directory open to others is a warning, and doctor --fix closes it', async () => {
    const { home } = await TestHome.withGateway();
    await home.start();
    await chmod(home.stateDir, 0o755);
    const verdict = await verdictOf({ home, args: [] });
    expect(verdict).toMatchObject({ ok: true, warnings: [{ code: 'STATE_EXPOSED' }] });
    expect((await home.cli(['doctor', '--fix'])).code).toBe(0);
    expect(await home.mode(home.stateDir)).toBe('700');
  });
});

describe('a gateway at an address', () => {
  test('nobody listens', async () => {
    await expectTold(await atUrl(wsUrl(await freePort())), 'tcp', 'TCP_REFUSED');
  });

  test('a name that leads nowhere', async () => {
    await expectTold(await atUrl('wss://gateway.invalid'), 'tcp', 'NAME_NOT_FOUND');
  });

  test('plain text to a public address', async () => {
    await expectTold(await atUrl('ws://192.0.2.1:18789'), 'tcp', 'ADDRESS_INSECURE');
  });

  test('a web server', async () => {
    const server = createHttpServer((_, response) => void response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    await expectTold(await atUrl(wsUrl(port)), 'http', 'HTTP_NOT_A_GATEWAY');
  });

  test('a program that takes the connection and is silent', async () => {
    const asked = await atUrl(wsUrl(await hold(0)), ['--token', 'x', '--timeout', '800']);
    await expectTold(asked, 'http', 'HTTP_SILENT');
  });

  test('wss:// where nobody speaks TLS: the address that is named works', async () => {
    const { home, port } = await TestHome.withGateway();
    await home.start();
    const asked = await atUrl(`wss://127.0.0.1:${port}`, ['--token', TOKEN.token]);
    const { fix } = await expectTold(asked, 'tls', 'TLS_NOT_SPOKEN');
    const [other = ''] = /ws:\/\/[^\s,]+/.exec(fix?.text ?? '') ?? [];
    const args = ['--url', other, '--token', TOKEN.token];
    expect((await verdictOf({ ...asked, args })).ok).toBe(true);
  });

  test('a certificate nobody vouches for, and one that is not the pinned one', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
    await expectTold(await atUrl(gateway.url), 'tls', 'TLS_UNTRUSTED');
    const pinned = { url: gateway.url, token: 'x', tlsFingerprint: 'ab'.repeat(32) };
    await expectTold(await remote(pinned), 'tls', 'TLS_PIN_MISMATCH');
  });

  test('no credential: what is named counts for an address from there', async () => {
    const { home, port } = await TestHome.withGateway();
    await home.start();
    const asked = { ...(await atUrl(wsUrl(port), [])) };
    const byFlag = await expectTold(asked, 'auth', 'CREDENTIALS_MISSING');
    expect(byFlag.fix?.text).toMatch(/--token or --password/);
    expect(byFlag.fix?.text).not.toContain('gateway.remote.token');
    const env = { OPENCLAW_GATEWAY_URL: wsUrl(port) };
    const byVariable = await expectTold({ ...asked, args: [], env }, 'auth', 'CREDENTIALS_MISSING');
    expect(byVariable.fix?.text).toContain('OPENCLAW_GATEWAY_TOKEN');
    const whole = { ...env, OPENCLAW_GATEWAY_TOKEN: TOKEN.token };
    expect((await verdictOf({ ...asked, args: [], env: whole })).ok).toBe(true);
    const configured = await expectTold(await remote({ url: wsUrl(port) }), 'auth', 'CREDENTIALS_MISSING');
    expect(configured.fix?.text).toContain('gateway.remote.token');
  });

  test('a wrong token, and a wrong password', async () => {
    const { home, port } = await TestHome.withGateway();
    await home.start();
    await expectTold(await atUrl(wsUrl(port), ['--token', 'wrong']), 'auth', 'TOKEN_MISMATCH');
    const auth = { mode: 'password', password: 'right' };
    const second = await TestHome.withGateway({ auth });
    await second.home.start();
    const asked = await atUrl(wsUrl(second.port), ['--password', 'wrong']);
    await expectTold(asked, 'auth', 'PASSWORD_MISMATCH');
  });

  test('a reference to a secret that leads nowhere is told only where the secret is needed', async () => {
    const { home, port } = await TestHome.withGateway();
    await home.start();
    const token = { source: 'env', provider: 'default', id: 'NOT_SET_ANYWHERE' };
    const asked = await remote({ url: wsUrl(port), token });
    await expectTold(asked, 'auth', 'SECRET_UNRESOLVED');
    const ended = await asked.home.cli(['gateway', 'status', '--json']);
    expect(JSON.parse(ended.stdout).rpc.authWarning).toContain('gateway.remote.token');
    await home.editConfig(({ gateway }) => {
      gateway.auth = { mode: 'token', token };
    });
    const own = await home.cli(['gateway', 'status', '--json']);
    expect(JSON.parse(own.stdout).rpc).not.toHaveProperty('authWarning');
  });

  const refusals: [string, Parameters<Peer['turnAway']>, string, string][] = [
    [
      'a device that waits for approval',
      [detail('NOT_PAIRED', 'PAIRING_REQUIRED')],
      'auth',
      'PAIRING_REQUIRED',
    ],
    [
      'a device that was removed',
      [detail('INVALID_REQUEST', 'AUTH_DEVICE_TOKEN_MISMATCH')],
      'auth',
      'PAIRING_ENDED',
    ],
    [
      'too many wrong credentials',
      [detail('INVALID_REQUEST', 'AUTH_RATE_LIMITED')],
      'auth',
      'AUTH_RATE_LIMITED',
    ],
    [
      'another protocol',
      [detail('INVALID_REQUEST', 'PROTOCOL_MISMATCH'), 1002],
      'version',
      'PROTOCOL_UNSUPPORTED',
    ],
  ];
  test.each(refusals)('%s', async (_, refusal, layer, code) => {
    const gateway = await startScriptedGateway((peer) => peer.turnAway(...refusal));
    await expectTold(await atUrl(gateway.url), layer, code);
  });

  test('a scope that is missing', async () => {
    const gateway = await startScriptedGateway((peer) =>
      peer.greet({ auth: { ...HELLO.auth, scopes: ['operator.pairing'] } }),
    );
    await expectTold(await atUrl(gateway.url), 'scope', 'SCOPE_MISSING');
  });

  test('a method that is never answered', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const asked = await atUrl(gateway.url, ['--token', 'x', '--timeout', '1500']);
    await expectTold(asked, 'rpc', 'RPC_SILENT');
  });
});

function detail(code: string, detailCode: string) {
  return { code, message: 'refused', details: { code: detailCode } };
}

describe('doctor', () => {
  test('changes nothing by itself, mends on request, and takes it back', async () => {
    const home = await TestHome.create({ gateway: { port: await freePort() } });
    const before = await readFile(home.configPath, 'utf8');
    const dry = await home.cli(['doctor']);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toContain('"mode": "local"');
    expect(dry.stdout).toContain('openclaw doctor --fix');
    expect(await readFile(home.configPath, 'utf8')).toBe(before);
    const fixed = await home.cli(['doctor', '--fix', '--json']);
    const { findings } = JSON.parse(fixed.stdout);
    expect(findings[0]).toMatchObject({ code: 'CONFIG_BLOCKS_START', state: 'fixed' });
    expect(findings[1]).toMatchObject({ code: 'GATEWAY_NOT_RUNNING', state: 'open' });
    expect(JSON.parse(await readFile(home.configPath, 'utf8')).gateway.mode).toBe('local');
    expect((await home.cli(['doctor', '--undo'])).code).toBe(0);
    expect(await readFile(home.configPath, 'utf8')).toBe(before);
    expect((await home.cli(['doctor', '--undo'])).stdout).toContain('nothing to take back');
  });

  test('does not take back what somebody has changed since', async () => {
    const home = await TestHome.create({ gateway: { port: await freePort() } });
    await home.cli(['doctor', '--fix']);
    await home.cli(['config', 'set', 'gateway.port', '18999']);
    const undone = await home.cli(['doctor', '--undo']);
    expect(undone.code).toBe(1);
    expect(undone.stderr.replace(/\s+/g, ' ')).toContain('changed by somebody else');
    expect(JSON.parse(await readFile(home.configPath, 'utf8')).gateway.port).toBe(18_999);
  });

  test('removes what a killed gateway left, and moves the configuration off a port that is taken', async () => {
    const { home, port } = await TestHome.withGateway();
    await (await home.start()).stop('SIGKILL');
    await hold(port);
    const { findings } = JSON.parse((await home.cli(['doctor', '--fix', '--json'])).stdout);
    const states = findings.map(({ code, state }: { code: string; state: string }) => `${code} ${state}`);
    expect(states).toEqual(['PORT_FOREIGN fixed', 'LOCK_STALE fixed', 'GATEWAY_NOT_RUNNING open']);
    await home.start();
    expect((await home.cli(['doctor'])).stdout).toContain('Nothing is wrong.');
  });

  test('shows no secret in its differences', async () => {
    const { home } = await TestHome.withGateway();
    await (await home.start()).stop();
    await writeFile(home.configPath, `{ "gateway": { "auth": { "token": "leaky-secret-1"`);
    for (const args of [['doctor'], ['doctor', '--json'], ['doctor', '--fix']]) {
      const { stdout, stderr } = await home.cli(args);
      expect(stdout).toContain('CONFIG_INVALID');
      expect(stdout + stderr).not.toMatch(/leaky-secret-1|e2e-shared-token/);
    }
  });
});

describe('gateway wait-ready', () => {
  test('ends as soon as a gateway that is started meanwhile answers', async () => {
    const { home } = await TestHome.withGateway();
    const waiting = home.spawn(['gateway', 'wait-ready', '--json']);
    await home.start();
    const ended = await waiting.ended;
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, verdict: { ok: true, code: 'OK' } });
  });

  test('ends with 1 and the last verdict when the time is over', async () => {
    const { home } = await TestHome.withGateway();
    const ended = await home.cli(['gateway', 'wait-ready', '--timeout', '300']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('(GATEWAY_NOT_RUNNING)');
  });
});

test('looking at a gateway leaves no device, no pairing request and no file behind', async () => {
  const { home, port } = await TestHome.withGateway();
  await home.start();
  const other = await TestHome.create();
  await mkdir(other.stateDir, { recursive: true });
  const at = ['--url', wsUrl(port), '--token', 'wrong'];
  for (const args of [['gateway', 'status', ...at], ['gateway', 'status', '--deep'], ['doctor']]) {
    await other.cli(args);
    await home.cli(args);
  }
  const { stdout } = await home.cli(['devices', 'list', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ pending: [], paired: [] });
  const { readdir } = await import('node:fs/promises');
  expect(await readdir(other.stateDir)).toEqual([]);
  expect(await readdir(join(home.trayDir, 'identity')).catch(() => [])).not.toContain('device-tokens.json');
});
