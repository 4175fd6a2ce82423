import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildBundle, freePort, openHome, startGatewayIn } from './testing/command-line.ts';

beforeAll(buildBundle);

describe('a gateway that does not run', () => {
  test('is told with its address, its source and the next step', async () => {
    const home = await openHome();
    const port = await freePort();
    expect(await home.run(['gateway', 'health', '--port', String(port)])).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: [
        `Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED).`,
        `Start it with \`openclaw gateway run --port ${port}\` or look at \`openclaw logs\`.`,
        `Gateway target: ws://127.0.0.1:${port}`,
        'Source: local loopback',
        'Config: ~/.openclaw/openclaw.json',
        'Bind: loopback',
        '',
      ].join('\n'),
    });
  });

  test.each([[['health']], [['call', 'status']]])(
    '%j --json prints the recorded document',
    async (command) => {
      const home = await openHome();
      const port = await freePort();
      const { code, stdout, stderr } = await home.run([
        'gateway',
        ...command,
        '--json',
        '--port',
        String(port),
      ]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        ok: false,
        error: {
          type: 'gateway_transport_error',
          kind: 'closed',
          message: `Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED).`,
          reason: `connect ECONNREFUSED 127.0.0.1:${port}`,
        },
        gateway: { url: `ws://127.0.0.1:${port}`, urlSource: 'local loopback', bindDetail: 'Bind: loopback' },
      });
    },
  );

  test('leaves nothing behind in the home directory', async () => {
    const home = await openHome();
    await home.run(['gateway', 'health', '--port', String(await freePort())]);
    expect(await readdir(home.dir)).toEqual([]);
  });
});

test('the example of the manual with --url alone says that credentials are missing', async () => {
  const home = await openHome();
  const env = { OPENCLAW_GATEWAY_TOKEN: 'canary-token', OPENCLAW_GATEWAY_PASSWORD: 'canary-password' };
  const outcome = await home.run(['gateway', 'health', '--url', 'ws://127.0.0.1:18789'], { env });
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toBe(
    [
      'gateway url override requires explicit credentials',
      'Fix: pass --token or --password with --url (or gatewayToken in tools).',
      'For the default local or SSH-tunneled Gateway, remove --url to use the',
      'configured target.',
      'Config: ~/.openclaw/openclaw.json',
      '',
    ].join('\n'),
  );
});

test('plain ws:// to another machine is refused before anything is sent', async () => {
  const home = await openHome();
  const args = ['gateway', 'health', '--url', 'ws://192.0.2.77:1234', '--token', 'canary'];
  const { code, stderr } = await home.run(args);
  expect(code).toBe(1);
  expect(stderr.split('\n').slice(0, 5)).toEqual([
    'SECURITY ERROR: Gateway URL "ws://192.0.2.77:1234" uses plaintext ws:// to a',
    'non-loopback address.',
    'Both credentials and chat data would be exposed to network interception.',
    'Source: cli --url',
    'Config: ~/.openclaw/openclaw.json',
  ]);
  expect(stderr).not.toContain('canary');
});

test('parameters that are not JSON are told without asking a gateway', async () => {
  const home = await openHome();
  const { code, stderr } = await home.run(['gateway', 'call', 'health', '--params', '{bad']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'Gateway call failed: --params must be valid JSON.\n',
  });
});

/** Everything a script can do wrong; a broken configuration and a dead port included. */
const failing: readonly (readonly string[])[] = [
  ['gateway', 'health'],
  ['gateway', 'call', 'status'],
  ['gateway', 'call'],
  ['gateway', 'call', 'health', '--params', '{bad'],
  ['gateway', 'health', '--url', 'ws://127.0.0.1:18789'],
  ['gateway', 'health', '--url', 'nonsense', '--token', 't'],
  ['gateway', 'health', '--url', 'ws://192.0.2.77:1', '--token', 't'],
  ['gateway', 'health', '--port', '0'],
  ['gateway', 'health', '--port', '1', '--url', 'ws://127.0.0.1:2'],
  ['gateway', 'health', '--timeout', '-1'],
  ['gateway', 'health', '--profile', '../up'],
  ['gateway', 'health', '--bogus'],
  ['gateway', 'frobnicate'],
  ['devices', 'list'],
  ['devices', 'approve'],
  ['devices', 'remove'],
  ['config', 'get', 'no.such.key'],
  ['config', 'get', '..'],
  ['config', 'set', 'gateway.port', '"abc"'],
  ['config', 'set', 'gateway.port', 'not json'],
  ['config', 'set', 'gateway.auth.token', '"__OPENCLAW_REDACTED__"'],
  ['config', 'nope'],
  ['logs', '--limit', 'all'],
  ['logs', '--url', 'ws://127.0.0.1:1'],
  ['frobnicate'],
];

test.each(failing)('%s %s %s … --json fails with exactly one JSON document on stdout', async (...args) => {
  const home = await openHome();
  const port = String(await freePort());
  const { code, stdout, stderr } = await home.run([...args.filter((arg) => arg !== undefined), '--json'], {
    env: { OPENCLAW_GATEWAY_PORT: port },
  });
  expect(code).not.toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { type: expect.any(String), message: expect.any(String) },
  });
  expect(stderr).toBe('');
});

test('a broken configuration is remarked on stderr, and stdout stays JSON', async () => {
  const home = await openHome();
  await mkdir(join(home.dir, '.openclaw'));
  await writeFile(join(home.dir, '.openclaw', 'openclaw.json'), '{ gateway: { port: 4,, } }');
  const { stdout, stderr } = await home.run([
    'gateway',
    'health',
    '--json',
    '--port',
    String(await freePort()),
  ]);
  expect(JSON.parse(stdout).error.type).toBe('gateway_transport_error');
  expect(stderr).toMatch(/^Warning: ~\/\.openclaw\/openclaw\.json: .*line 1/);
  expect(stderr).toContain('What cannot be used counts as not set. Inspect: openclaw config validate\n');
});

test('no output has colours when it is not a terminal, whatever FORCE_COLOR says', async () => {
  const home = await openHome();
  const { stdout } = await home.run(['gateway', '--help'], { env: { FORCE_COLOR: '1' } });
  expect(stdout).not.toContain('\u001b');
});

test('a reader that has had enough ends a command quietly', async () => {
  const home = await openHome();
  const running = home.start(['completion', 'bash']);
  running.child.stdout?.destroy();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('an error whose reader has gone is no crash', async () => {
  const home = await openHome();
  const running = home.start(['gateway', 'frobnicate', '--json']);
  running.child.stdout?.destroy();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
});

test.runIf(process.platform !== 'win32')('Ctrl-C ends a question with 130', async () => {
  const home = await openHome();
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const asked = new Promise<void>((resolve) => silent.once('connection', () => resolve()));
  const running = home.start(['gateway', 'health', '--port', String(port), '--timeout', '60000']);
  await asked;
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  silent.close();
  expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: '', stderr: '' });
});

test('a gateway that says nothing is given up after --timeout', async () => {
  const home = await openHome();
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const args = ['gateway', 'health', '--json', '--port', String(port), '--timeout', '200'];
  const { code, stdout } = await home.run(args);
  silent.close();
  expect(code).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({ type: 'gateway_transport_error', kind: 'timeout' });
});

describe('gateway run', () => {
  test.each([
    [['--port', 'abc'], 'Invalid --port. Use a port number from 1 to 65535, for example 18789.\n'],
    [['--bind', 'bogus'], 'Invalid --bind. Use "loopback", "lan", "tailnet", "auto", or "custom".\n'],
    [['--auth', 'bogus'], 'Invalid --auth. Use "none", "token", "password", or "trusted-proxy".\n'],
    [['--tailscale', 'bogus'], 'Invalid --tailscale. Use "off", "serve", or "funnel".\n'],
    [['--ws-log', 'bogus'], 'Invalid --ws-log. Use "auto", "full", or "compact".\n'],
    [['--reset'], 'Use --reset with --dev.\n'],
  ])('%j ends with 1 and the recorded message', async (flags, stderr) => {
    const home = await openHome();
    const { code, stderr: told } = await home.run(['gateway', 'run', '--allow-unconfigured', ...flags]);
    expect({ code, told }).toEqual({ code: 1, told: stderr });
  });

  test.runIf(process.platform !== 'win32')('goes on when the reader of its output goes away', async () => {
    const home = await openHome();
    const gateway = await startGatewayIn(home);
    gateway.child.stdout?.destroy();
    gateway.child.stderr?.destroy();
    const health = await home.run(['gateway', 'health', '--port', String(gateway.port)]);
    expect(health).toMatchObject({ code: 0 });
    expect(await gateway.stop()).toMatchObject({ code: 0, signal: null });
  });

  test('secrets on the command line are taken with a warning that does not repeat them', async () => {
    const home = await openHome();
    const flags = ['--token', 'canary-1', '--password', 'canary-2', '--password-file', '/nope'];
    const { code, stderr } = await home.run(['gateway', 'run', '--allow-unconfigured', ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain('Warning: process listings show --token.');
    expect(stderr).toContain('Warning: process listings show --password.');
    expect(stderr).toContain('Use either --password or --password-file.');
    expect(stderr).not.toContain('canary');
  });
});

test.each([
  ['{ gateway: { port: "abc" } }', 'gateway.port: not a port number from 1 to 65535'],
  ['{ gateway: 7 }', 'gateway: not an object'],
])('the configuration %s does not send a question to the default port in silence', async (text, problem) => {
  const home = await openHome();
  await mkdir(join(home.dir, '.openclaw-w'));
  await writeFile(join(home.dir, '.openclaw-w', 'openclaw.json'), text);
  const { stderr } = await home.run(['--profile', 'w', 'gateway', 'health', '--timeout', '2000']);
  expect(stderr.replace(/\s+/g, ' ')).toContain(`Warning: ~/.openclaw-w/openclaw.json ${problem} `);
  expect(stderr).toMatch(/Inspect:\s+openclaw --profile w config validate\n/);
});
