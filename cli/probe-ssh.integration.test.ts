import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../core/testing/programs.ts';
import { startTestSshd, type TestSshd } from '../core/testing/sshd.ts';
import { buildBundle, freePort, type Home, openHome } from './testing/command-line.ts';
import { configure, filesIn, probe, startRecorder, targetIn, warningCodes } from './testing/probing.ts';

beforeAll(buildBundle);

describe.skipIf(lacks('sshd', 'ssh'))('gateway probe --ssh', () => {
  let sshd: TestSshd;
  let identity: string;
  beforeAll(async () => {
    sshd = await startTestSshd();
    identity = sshd.makeKey('key');
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  const hostOf = ({ user, port }: TestSshd): string => `${user}@127.0.0.1:${port}`;

  /** A gateway of its own home, only reached through SSH. */
  async function startFar(more = {}) {
    const home = await openHome();
    const port = await freePort();
    await configure(home, {
      gateway: { mode: 'local', port, auth: { mode: 'token', token: 'secret-far' }, ...more },
    });
    await home.start(['gateway', 'run']).shown('ready');
    return { home, port };
  }

  /** Somebody with a home in which no gateway runs. */
  async function openVisitor({ knowsHost = true, server = sshd } = {}): Promise<Home> {
    const home = await openHome();
    await configure(home, { gateway: { mode: 'local', port: await freePort() } });
    mkdirSync(join(home.dir, '.ssh'), { mode: 0o700 });
    if (knowsHost) writeFileSync(join(home.dir, '.ssh', 'known_hosts'), server.knownHosts(), { mode: 0o600 });
    return home;
  }

  const through = (home: Home, port: number, more: readonly string[] = [], server = sshd) =>
    probe(home, [
      '--ssh',
      hostOf(server),
      '--ssh-identity',
      identity,
      '--remote-port',
      String(port),
      ...more,
    ]);

  /** Runs the command that a fix ends with as it is, until it says that it is connected. */
  async function paste(home: Home, fix: string): Promise<void> {
    const command = fix.split('\n').at(-1)?.trim() ?? '';
    expect(command).toMatch(/^openclaw tunnel /);
    const running = home.start(command.split(' ').slice(1));
    await running.shown('Connected');
    running.child.kill('SIGINT');
    await running.ended;
  }

  test.each([
    ['a gateway', {}],
    ['a gateway with TLS', { tls: { enabled: true } }],
  ])('leads from nobody being known to %s that tells everything, by its own fixes', async (_, more) => {
    const far = await startFar(more);
    const home = await openVisitor({ knowsHost: false });
    const before = filesIn(home.dir);
    const unknownHost = await through(home, far.port, ['--token', 'secret-far']);
    expect(unknownHost.code).toBe(1);
    expect(warningCodes(unknownHost.report)).toContain('ssh_tunnel_failed');
    const { verdict, tunnel, connect } = targetIn(unknownHost.report, 'sshTunnel');
    expect(verdict).toMatchObject({ layer: 'tunnel', code: 'HOST_KEY_UNKNOWN' });
    expect(tunnel).toMatchObject({ kind: 'ssh', target: hostOf(sshd), localPort: null });
    expect(connect).toMatchObject({ ok: false, close: null });
    expect(filesIn(home.dir)).toEqual(before);

    writeFileSync(join(home.dir, '.ssh', 'known_hosts'), sshd.knownHosts(), { mode: 0o600 });
    const unknownGateway = await through(home, far.port, ['--token', 'secret-far']);
    const question = targetIn(unknownGateway.report, 'sshTunnel').verdict;
    expect(question).toMatchObject({ layer: 'tunnel', code: 'GATEWAY_UNKNOWN' });
    await paste(home, question.fix?.text ?? '');

    const known = filesIn(home.dir);
    const { code, report } = await through(home, far.port, ['--token', 'secret-far']);
    expect(code).toBe(0);
    expect(targetIn(report, 'sshTunnel')).toMatchObject({
      connect: { ok: true, rpcOk: true },
      tunnel: { remotePort: far.port, gatewayId: expect.any(String), localPort: expect.any(Number) },
    });
    expect(targetIn(report, 'sshTunnel').layers).toContainEqual(
      expect.objectContaining({ layer: 'tunnel', state: 'ok', ms: expect.any(Number) }),
    );
    expect(filesIn(home.dir)).toEqual(known);
  });

  test('says that what it knows of gateways is damaged, with the code of openclaw tunnel', async () => {
    const far = await startFar();
    const home = await openVisitor();
    const path = join(home.dir, '.openclaw', 'tray', 'remotes.json');
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, '{"version":1,', { mode: 0o600 });
    const { report } = await through(home, far.port, ['--token', 'secret-far']);
    expect(targetIn(report, 'sshTunnel').verdict).toMatchObject({ layer: 'tunnel', code: 'STORE_UNUSABLE' });
    const more = ['--ssh-identity', identity, '--remote-port', String(far.port), '--json'];
    const tunnel = await home.run(['tunnel', hostOf(sshd), ...more]);
    expect(tunnel.code).not.toBe(0);
    expect(tunnel.stdout + tunnel.stderr).toContain('STORE_UNUSABLE');
    expect(readFileSync(path, 'utf8')).toBe('{"version":1,');
  });

  test('takes host, key, port and token from the configuration', async () => {
    const far = await startFar();
    const home = await openVisitor();
    const remote = {
      sshTarget: hostOf(sshd),
      sshIdentity: identity,
      remotePort: far.port,
      token: 'secret-far',
    };
    await configure(home, { gateway: { mode: 'local', port: await freePort(), remote } });
    const first = await probe(home);
    await paste(home, targetIn(first.report, 'sshTunnel').verdict.fix?.text ?? '');
    expect(targetIn((await probe(home)).report, 'sshTunnel').connect).toMatchObject({
      ok: true,
      rpcOk: true,
    });
  });

  test('shows no credential to one that cannot prove which gateway it is', async () => {
    const impostor = await startRecorder({ auth: { method: 'none', role: 'operator', scopes: [] } });
    const home = await openVisitor();
    const remote = { sshTarget: hostOf(sshd), token: 'canary-remote' };
    await configure(home, { gateway: { mode: 'local', port: await freePort(), remote } });
    const { report } = await through(home, impostor.port, ['--token', 'canary-flag']);
    expect(impostor.peers.length).toBeGreaterThan(0);
    expect(impostor.heard()).not.toContain('canary');
    expect(targetIn(report, 'sshTunnel').verdict).toMatchObject({
      layer: 'tunnel',
      code: 'GATEWAY_UNPROVEN',
    });
  });

  test('another host than the configured one does not get the token of that one', async () => {
    const far = await startFar();
    const home = await openVisitor();
    const remote = { sshTarget: 'somebody@else.example', token: 'secret-far' };
    await configure(home, { gateway: { mode: 'local', port: await freePort(), remote } });
    const first = await through(home, far.port);
    await paste(home, targetIn(first.report, 'sshTunnel').verdict.fix?.text ?? '');
    const { report } = await through(home, far.port);
    expect(targetIn(report, 'sshTunnel').verdict).toMatchObject({
      layer: 'auth',
      code: 'CREDENTIALS_MISSING',
    });
  });

  test.each<[string, string, (home: Home, port: number) => Promise<Awaited<ReturnType<typeof probe>>>]>([
    ['a port nobody listens at', 'REMOTE_PORT_CLOSED', async (home) => through(home, await freePort())],
    [
      'a changed host key',
      'HOST_KEY_CHANGED',
      async (home, port) => {
        await using other = await startTestSshd();
        const [, ...key] = other.knownHosts().split(' ');
        const [name] = sshd.knownHosts().split(' ');
        writeFileSync(join(home.dir, '.ssh', 'known_hosts'), [name, ...key].join(' '));
        return await through(home, port);
      },
    ],
    [
      'a key that is not let in',
      'SSH_AUTH_FAILED',
      (home, port) => {
        const stranger = sshd.makeKey(`stranger-${port}`, { isLetIn: false });
        return through(home, port, ['--ssh-identity', stranger]);
      },
    ],
    [
      'forwarding that is forbidden',
      'FORWARDING_FORBIDDEN',
      async (_, port) => {
        await using strict = await startTestSshd({ config: ['AllowTcpForwarding no'] });
        const key = strict.makeKey('key');
        const home = await openVisitor({ server: strict });
        return await through(home, port, ['--ssh-identity', key], strict);
      },
    ],
    ['a target that is none', 'SSH_TARGET_INVALID', (home) => probe(home, ['--ssh', 'a@-oProxyCommand=x'])],
    [
      'a closed SSH port',
      'SSH_REFUSED',
      async (home) => probe(home, ['--ssh', `a@127.0.0.1:${await freePort()}`]),
    ],
  ])('says what is wrong with the tunnel: %s', async (_, code, run) => {
    const { port } = await startRecorder();
    const { report } = await run(await openVisitor(), port);
    const { verdict, layers } = targetIn(report, 'sshTunnel');
    expect(verdict).toMatchObject({ ok: false, layer: 'tunnel', code, fix: { text: expect.any(String) } });
    expect(layers.filter(({ state }) => state === 'broken').map(({ layer }) => layer)).toEqual(['tunnel']);
  });

  test('uses the words of openclaw tunnel', async () => {
    const home = await openVisitor({ knowsHost: false });
    const target = hostOf(sshd);
    const human = await home.run(['gateway', 'probe', '--ssh', target, '--ssh-identity', identity]);
    const tunnel = await home.run(['tunnel', target, '--ssh-identity', identity]);
    const words = (text: string): string => text.replace(/\s+/g, ' ');
    const problem = readFileSync(join(sshd.dir, 'host_ed25519.pub'), 'utf8') && tunnel.stderr.split('\n')[1];
    expect(words(human.stdout)).toContain(words(problem ?? '').trim());
    expect(human.stdout).toContain('HOST_KEY_UNKNOWN');
  });
});
