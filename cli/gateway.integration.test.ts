import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { HELLO, type Peer, startScriptedGateway } from '../core/client/testing/scripted-gateway.ts';
import { buildBundle, freePort, type Home, openHome, startGatewayIn } from './testing/command-line.ts';

beforeAll(buildBundle);

async function configure(home: Home, config: object): Promise<void> {
  await mkdir(join(home.dir, '.openclaw'), { recursive: true });
  await writeFile(join(home.dir, '.openclaw', 'openclaw.json'), JSON.stringify(config));
}

describe('a running gateway', () => {
  test('answers health, call and --json of its owner without any token', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home);
    const at = ['--port', String(port)];
    const health = await home.run(['gateway', 'health', ...at]);
    expect(health).toMatchObject({ code: 0, stderr: '' });
    expect(health.stdout).toMatch(/^Gateway Health\nOK \(\d+ms\)\n$/);
    const call = await home.run(['gateway', 'call', 'status', ...at]);
    expect(call.stdout.startsWith('Gateway call: status\n{\n  ')).toBe(true);
    expect(JSON.parse(call.stdout.slice(call.stdout.indexOf('{')))).toMatchObject({
      runtimeVersion: expect.any(String),
    });
    const json = await home.run(['gateway', 'call', 'config.get', '--json', ...at]);
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: true });
  });

  test('answers the examples of the manual letter by letter', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home);
    const env = { OPENCLAW_GATEWAY_PORT: String(port) };
    const tail = await home.run(['gateway', 'call', 'logs.tail', '--params', '{"sinceMs": 60000}'], { env });
    expect(tail).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(tail.stdout.slice(tail.stdout.indexOf('{'))).lines.length).toBeGreaterThan(0);
    const status = await home.run(['gateway', 'call', 'status'], { env });
    expect(status).toMatchObject({ code: 0, stderr: '' });
  });

  test('takes an explicit address with the token given, and refuses a wrong one', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--token', 'canary-right']);
    const at = ['gateway', 'health', '--url', `ws://127.0.0.1:${port}`];
    expect(await home.run([...at, '--token', 'canary-right'])).toMatchObject({ code: 0, stderr: '' });
    const wrong = await home.run([...at, '--token', 'canary-wrong', '--json']);
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      ok: false,
      error: {
        type: 'gateway_request_error',
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(/^unauthorized: gateway token mismatch/),
        details: { code: 'AUTH_TOKEN_MISMATCH' },
        retryable: false,
      },
    });
    const people = await home.run([...at, '--token', 'canary-wrong']);
    expect(people.stdout).toBe('');
    expect(people.stderr).toMatch(/^unauthorized: gateway token mismatch \(.*\)\n$/s);
    expect(wrong.stdout + people.stderr).not.toContain('canary');
  });

  test('tells an unknown method to people and to programs', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home);
    const args = ['gateway', 'call', 'nope.method', '--port', String(port)];
    expect(await home.run(args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Gateway call failed: unknown method: nope.method\n',
    });
    expect(JSON.parse((await home.run([...args, '--json'])).stdout)).toEqual({
      ok: false,
      error: {
        type: 'gateway_request_error',
        code: 'INVALID_REQUEST',
        message: 'unknown method: nope.method',
        retryable: false,
      },
    });
  });

  test('of a profile is found by its profile', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--profile', 'work']);
    const env = { OPENCLAW_GATEWAY_PORT: String(port) };
    expect(await home.run(['--profile', 'work', 'gateway', 'health'], { env })).toMatchObject({ code: 0 });
    const other = await home.run(['gateway', 'health'], { env });
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/unauthorized|device identity required/);
  });

  test('is found at whatever port it was started on, unless another one is asked for', async () => {
    const home = await openHome();
    await startGatewayIn(home);
    expect(await home.run(['gateway', 'health'])).toMatchObject({ code: 0, stderr: '' });
    const port = String(await freePort());
    const env = { OPENCLAW_GATEWAY_PORT: port };
    expect((await home.run(['gateway', 'health'], { env })).stderr).toContain(`ws://127.0.0.1:${port}`);
    expect((await home.run(['gateway', 'health', '--port', port])).code).toBe(1);
  });

  test('is asked in plain text, and an address with wss:// is told so', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home);
    const args = ['gateway', 'health', '--url', `wss://127.0.0.1:${port}`, '--token', 't'];
    expect((await home.run(args)).stderr).toContain(
      'Nothing speaks TLS at that port. Is the same address with ws:// meant?\n',
    );
  });

  test('that speaks TLS only is told from an address with ws://', async () => {
    const home = await openHome();
    await configure(home, { gateway: { tls: { enabled: true } } });
    const { port } = await startGatewayIn(home);
    const guest = await openHome();
    const args = ['gateway', 'health', '--url', `ws://127.0.0.1:${port}`, '--token', 't'];
    expect((await guest.run(args)).stderr).toContain('If it uses TLS, write wss:// instead of ws://.\n');
    expect((await guest.run(['--lang', 'zh-CN', ...args])).stderr).toContain('请将 ws:// 改为 wss://。\n');
  });

  test('of auth mode none is asked with the identity of this device', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home, ['--auth', 'none']);
    const guest = await openHome();
    await configure(guest, { gateway: { auth: { mode: 'none' } } });
    const args = ['gateway', 'call', 'status', '--json', '--port', String(port)];
    expect(await guest.run(args)).toMatchObject({ code: 0, stderr: '' });
    const file = join(guest.dir, '.openclaw', 'tray', 'identity', 'device.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1 });
  });
});

/** One that behaves as scripted, where the CLI sends a token of its environment. */
async function scripted(script: (peer: Peer, index: number) => Promise<void>) {
  const gateway = await startScriptedGateway(script);
  const home = await openHome();
  const env = { OPENCLAW_GATEWAY_PORT: String(gateway.port), OPENCLAW_GATEWAY_TOKEN: 't' };
  return { gateway, run: (...args: string[]) => home.run(args, { env }) };
}

describe('what a gateway may answer', () => {
  test('a call asks for the least scope and shows no device on this machine', async () => {
    const { gateway, run } = await scripted(async (peer) => {
      await peer.greet();
      peer.answer(await peer.next(), { runtimeVersion: 'x' });
    });
    expect(await run('gateway', 'call', 'status', '--json')).toMatchObject({ code: 0 });
    expect(gateway.peers).toHaveLength(1);
    expect(gateway.peers[0]?.connect).toMatchObject({
      client: {
        id: 'cli',
        mode: 'cli',
        platform: process.platform,
        instanceId: expect.any(String),
        displayName: hostname(),
      },
      role: 'operator',
      scopes: ['operator.read'],
      auth: { token: 't' },
    });
    expect(gateway.peers[0]?.connect?.device).toBeUndefined();
  });

  test('a device is shown to a gateway that demands one', async () => {
    const { gateway, run } = await scripted(async (peer, index) => {
      if (index === 0) {
        const details = { code: 'DEVICE_IDENTITY_REQUIRED' };
        return peer.turnAway({ code: 'NOT_PAIRED', message: 'device identity required', details });
      }
      await peer.greet();
      peer.answer(await peer.next(), {});
    });
    expect(await run('gateway', 'call', 'status')).toMatchObject({ code: 0 });
    expect(gateway.peers[1]?.connect?.device).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('a device is shown to a gateway of the older era, which grants nothing without one', async () => {
    const { gateway, run } = await scripted(async (peer, index) => {
      await peer.greet(index === 0 ? { protocol: 3, auth: undefined } : { protocol: 3 });
      if (index === 1) peer.answer(await peer.next(), {});
    });
    expect(await run('gateway', 'call', 'status')).toMatchObject({ code: 0 });
    expect(gateway.peers.map((peer) => peer.connect?.device !== undefined)).toEqual([false, true]);
  });

  test('a gateway that is just starting is asked again when it said', async () => {
    const starting = { code: 'UNAVAILABLE', message: 'gateway starting; retry shortly', retryAfterMs: 20 };
    const { gateway, run } = await scripted(async (peer, index) => {
      if (index < 2) return peer.turnAway(starting, 1013);
      await peer.greet();
      peer.answer(await peer.next(), {});
    });
    expect(await run('gateway', 'call', 'status')).toMatchObject({ code: 0, stderr: '' });
    expect(gateway.peers).toHaveLength(3);
    const impatient = await scripted((peer) => peer.turnAway({ ...starting, retryAfterMs: 60_000 }, 1013));
    expect(await impatient.run('gateway', 'call', 'status')).toMatchObject({
      code: 1,
      stderr: 'Gateway call failed: gateway starting; retry shortly\nTry again in 60 s.\n',
    });
  });

  test('a device that waits for approval is told the command to run', async () => {
    const details = { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId: 'req-7' };
    const message = 'pairing required: device is not approved yet';
    const { run } = await scripted((peer) => peer.turnAway({ code: 'NOT_PAIRED', message, details }));
    expect((await run('gateway', 'health')).stderr).toBe(
      `${message}\nRequest: req-7\nApprove it on the gateway host: openclaw devices approve req-7\n`,
    );
    expect(JSON.parse((await run('gateway', 'health', '--json')).stdout).error).toMatchObject({
      code: 'NOT_PAIRED',
      details: { requestId: 'req-7' },
    });
  });

  test('an answer that takes too long is told with the time that was allowed, and why it may', async () => {
    const { run } = await scripted(async (peer) => {
      await peer.introduce();
    });
    const { stderr } = await run('gateway', 'health', '--timeout', '700');
    expect(stderr.replace(/\s+/g, ' ')).toMatch(
      /^Gateway at ws:\/\/\S+ took the connection but did not answer within 700 ms\. After wrong credentials a gateway takes its time: check them, or allow more of it\. /,
    );
  });

  test('--expect-final waits for the second answer of a run', async () => {
    const { run } = await scripted(async (peer) => {
      await peer.greet({ auth: { ...HELLO.auth, scopes: ['operator.admin'] } });
      const request = await peer.next();
      peer.answer(request, { runId: 'r', status: 'accepted' });
      peer.answer(request, { runId: 'r', status: 'ok' });
    });
    const { stdout } = await run('gateway', 'call', 'agent', '--expect-final', '--json');
    expect(JSON.parse(stdout)).toEqual({ runId: 'r', status: 'ok' });
  });

  test('escape sequences in an answer do not reach the terminal', async () => {
    const { run } = await scripted(async (peer) => {
      await peer.greet();
      peer.answer(await peer.next(), { name: 'x\u001b]0;pwned\u0007\u009b2J' });
    });
    const { stdout } = await run('gateway', 'call', 'status');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    expect(stdout).toContain('\\u001b]0;pwned');
  });

  test('a gateway that goes away during a call is a transport error with its close code', async () => {
    const { run } = await scripted(async (peer) => {
      await peer.greet();
      await peer.next();
      peer.socket.close(1012, 'service restart');
    });
    const { code, stdout } = await run('gateway', 'call', 'status', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { type: 'gateway_transport_error', kind: 'closed', closeCode: 1012, reason: 'service restart' },
      gateway: { urlSource: 'local loopback' },
    });
  });
});
