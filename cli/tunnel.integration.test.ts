import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../core/testing/free-port.ts';
import { lacks } from '../core/testing/programs.ts';
import { startTestSshd, type TestSshd } from '../core/testing/sshd.ts';
import { startTestGateway, type TestGateway } from '../core/testing/test-gateway.ts';
import { main } from './main.ts';
import { buildBundle, type Home, openHome } from './testing/command-line.ts';
import { memoryCli } from './testing/memory-cli.ts';

describe.skipIf(lacks('sshd', 'ssh'))('openclaw tunnel', () => {
  let sshd: TestSshd;
  let gateway: TestGateway;
  let key: string;
  let fingerprint: string;
  beforeAll(async () => {
    buildBundle();
    [sshd, gateway] = await Promise.all([startTestSshd(), startTestGateway()]);
    key = sshd.makeKey('key');
    fingerprint = (await firstRefusal()).error.details.fingerprint;
  });
  afterAll(async () => {
    await gateway.close();
    await sshd[Symbol.asyncDispose]();
  });

  const target = (): string => `${sshd.user}@127.0.0.1:${sshd.port}`;
  const words = (...more: string[]): string[] => [
    'tunnel',
    target(),
    '--ssh-identity',
    key,
    '--remote-port',
    String(gateway.port),
    ...more,
  ];
  const firstRefusal = async () => {
    const cli = memoryCli(words('--json'), { env: { HOME: sshd.dir } });
    await main(cli);
    return JSON.parse(cli.written('stdout').trim().split('\n').at(-1) ?? '');
  };
  const gatewayId = async (): Promise<string> => {
    const answer = await fetch(`${gateway.httpUrl}/identity?nonce=${'A'.repeat(43)}`);
    return ((await answer.json()) as { gatewayId: string }).gatewayId;
  };
  /** The whole program, with consent given by flags, until it is connected. */
  const connected = async (home: Home, ...more: string[]) => {
    const consent = ['--accept-host-key', fingerprint, '--accept-gateway', await gatewayId()];
    const running = home.start(words('--json', ...consent, ...more));
    await running.shown('"connected"');
    return running;
  };

  test('keeps a gateway at hand until Ctrl-C, and ends with 0', async () => {
    const home = await openHome();
    const port = await freePort();
    const running = await connected(home, '--local-port', String(port));
    const url = `ws://127.0.0.1:${port}`;
    const health = await home.run(['gateway', 'health', '--json', '--url', url, '--token', gateway.token]);
    expect(JSON.parse(health.stdout)).toMatchObject({ ok: true });
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toEqual([
      { type: 'state', state: 'connecting' },
      { type: 'state', state: 'connected', url, port, gatewayId: await gatewayId() },
      { type: 'state', state: 'closed' },
    ]);
    const again = home.start(words());
    await again.shown('Ctrl-C');
    again.child.kill('SIGINT');
    expect(await again.ended).toMatchObject({ code: 0 });
  });

  test('takes host and key from the configuration', async () => {
    const home = await openHome();
    const remote = { sshTarget: target(), sshIdentity: '~/the-key', remotePort: gateway.port };
    mkdirSync(join(home.dir, '.openclaw'));
    copyFileSync(key, join(home.dir, 'the-key'));
    writeFileSync(join(home.dir, '.openclaw', 'openclaw.json'), JSON.stringify({ gateway: { remote } }));
    const consent = ['--accept-host-key', fingerprint, '--accept-gateway', await gatewayId()];
    const running = home.start(['tunnel', ...consent]);
    await running.shown('Connected: ws://127.0.0.1:');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test('without a terminal refuses to trust anybody, with the very flag to pass', async () => {
    const home = await openHome();
    const unknown = await home.run(words());
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain(`openclaw ${words().slice(0, 2).join(' ')}`);
    expect(unknown.stderr).toContain(`--accept-host-key ${fingerprint}`);
    expect(unknown.stderr).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    const wrong = await home.run(words('--accept-host-key', `SHA256:${'x'.repeat(43)}`));
    expect(wrong.code).toBe(1);
    const noGateway = await home.run(words('--accept-host-key', fingerprint));
    expect(noGateway.code).toBe(1);
    expect(noGateway.stderr).toContain(`--accept-gateway ${await gatewayId()}`);
  });

  test('tells a program what went wrong as one object, and nothing else on stdout', async () => {
    const refused = await firstRefusal();
    expect(refused).toMatchObject({
      type: 'problem',
      ok: false,
      error: {
        type: 'tunnel_error',
        code: 'HOST_KEY_UNKNOWN',
        who: 'user',
        retryable: false,
        details: { hostKey: { type: 'ssh-ed25519', randomart: expect.any(Array) } },
      },
    });
  });

  test.each([
    ['--local-port 0', 'Invalid --local-port'],
    ['--remote-port x', 'Invalid --remote-port'],
  ])('refuses %s', async (flags, text) => {
    const cli = memoryCli(['tunnel', 'a@b', ...flags.split(' ')]);
    expect(await main(cli)).toBe(1);
    expect(cli.written('stderr')).toContain(text);
  });

  test.each([
    [['tunnel'], 'openclaw tunnel user@host'],
    [['tunnel', '--', '-oProxyCommand=touch x'], 'Fix: Write user@host'],
    [['--lang', 'zh-CN', 'tunnel', 'a b'], '不是可通过 SSH 连接的主机'],
  ])('%j is told what is missing', async (argv, text) => {
    const cli = memoryCli(argv);
    expect(await main(cli)).toBe(1);
    expect(cli.written('stderr')).toContain(text);
  });

  describe('at a terminal', () => {
    const atTerminal = async (...more: string[]) => {
      const home = await openHome();
      const cli = memoryCli(words(...more), { isTTY: true, env: { HOME: home.dir } });
      const ended = main(cli);
      onTestFinished(() => cli.interrupt());
      return { cli, ended };
    };

    test('shows type, fingerprint, picture and how to compare; only a yes is a yes', async () => {
      const { cli, ended } = await atTerminal();
      await cli.shown('[y/N]');
      const told = cli.written('stderr');
      for (const part of [
        'ssh-ed25519',
        fingerprint,
        '+--[ED25519 256]--+',
        '+----[SHA256]-----+',
        'ssh-keygen -lf',
      ]) {
        expect(told).toContain(part);
      }
      cli.stdin.write('\r');
      expect(await ended).toBe(1);
      expect(cli.written('stderr')).toContain('--accept-host-key');
    });

    test('asks for the host, the passphrase and the gateway, and never shows a passphrase', async () => {
      key = sshd.makeKey('locked', { passphrase: 'correct horse' });
      const { cli, ended } = await atTerminal();
      await cli.shown('[y/N]');
      cli.stdin.write('y\r');
      await cli.shown('Passphrase of ');
      cli.stdin.write('wrong\r');
      await cli.shown('That was not it.');
      cli.stdin.write('correct horse\r');
      await cli.shown('deviceId');
      await cli.shown('[y/N]');
      cli.stdin.write('y\r');
      await cli.shown('Connected:');
      cli.interrupt();
      expect(await ended).toBe(0);
      expect(cli.written('stdout') + cli.written('stderr')).not.toMatch(/correct horse|wrong/);
    });
  });

  test('shows nothing of what a hostile host says as more than plain text', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'openclaw-banner-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, 'banner'), '\u001b[2J\u001b]0;evil\u0007 <b>Enter your token:</b>\r\n');
    await using hostile = await startTestSshd({ config: [`Banner ${join(dir, 'banner')}`] });
    const home = await openHome();
    mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
    writeFileSync(join(home.dir, '.ssh', 'known_hosts'), hostile.knownHosts());
    const identity = hostile.makeKey('stranger \u001b[31m<i>', { isLetIn: false });
    const where = `${hostile.user}@127.0.0.1:${hostile.port}`;
    const { code, stdout, stderr } = await home.run(['tunnel', where, '--ssh-identity', identity]);
    expect(code).toBe(1);
    expect(stderr).toContain('does not let');
    for (const part of ['\u001b', '\u0007', 'Enter your token']) expect(stdout + stderr).not.toContain(part);
  });

  test('says once why it is not connected, and that it is again', async () => {
    await using other = await startTestSshd();
    const home = await openHome();
    const identity = other.makeKey('key');
    mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
    writeFileSync(join(home.dir, '.ssh', 'known_hosts'), other.knownHosts());
    const running = home.start([
      'tunnel',
      `${other.user}@127.0.0.1:${other.port}`,
      '--ssh-identity',
      identity,
      '--remote-port',
      String(gateway.port),
      '--accept-gateway',
      await gatewayId(),
    ]);
    await running.shown('Ctrl-C ends');
    await other.kill();
    await running.shown('answers, but');
    other.changeHostKey();
    await other.start();
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('STOP: the key of 127.0.0.1');
    expect(stderr).toContain(`${home.dir}/.ssh/known_hosts:1`);
    expect(stderr).toContain(`ssh-keygen -R '[127.0.0.1]:${other.port}' -f ${home.dir}/.ssh/known_hosts`);
    expect(stderr.replace(/\s+/g, ' ')).toContain('nothing takes SSH connections at port');
    expect(stderr.match(/Not connected/g)?.length).toBeLessThanOrEqual(2);
  });
});
