import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildBundle, openHome, startGatewayIn } from './testing/command-line.ts';

beforeAll(buildBundle);

async function withConfig(text?: string) {
  const home = await openHome();
  const path = join(home.dir, '.openclaw', 'openclaw.json');
  if (text !== undefined) {
    await mkdir(join(home.dir, '.openclaw'));
    await writeFile(path, text);
  }
  return {
    home,
    path,
    config: (...args: string[]) => home.run(['config', ...args]),
    text: () => readFile(path, 'utf8'),
  };
}

const commented = `// mine
{
  gateway: {
    mode: 'local', // here
    port: 18789,
    auth: { token: 'canary-secret-token' },
  },
  unknownToUs: true,
}
`;

describe('config set and unset', () => {
  test('change one value and leave comments, order, quotes and unknown keys alone', async () => {
    const { config, text, home } = await withConfig(commented);
    const outcome = await config('set', 'gateway.port', '19001');
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: 'Set gateway.port in ~/.openclaw/openclaw.json.\n',
      stderr: '',
    });
    expect(await text()).toBe(commented.replace('18789', '19001'));
    expect(await readFile(join(home.dir, '.openclaw', 'openclaw.json.bak'), 'utf8')).toBe(commented);
    expect((await config('unset', 'gateway.auth')).code).toBe(0);
    expect(await text()).not.toContain('canary');
    expect(await text()).toContain('// here');
  });

  test('make the file when there is none, for the user alone', async () => {
    const { config, path } = await withConfig();
    expect((await config('set', 'gateway.mode', 'local')).code).toBe(0);
    expect((await config('get', 'gateway.mode')).stdout).toBe('local\n');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['19002', 19_002],
    ['"19002"', '19002'],
    ['local', 'local'],
    ['["10.0.0.1"]', ['10.0.0.1']],
    ["{a: 'b'}", { a: 'b' }],
    ['null', null],
  ])('the value %s is stored as %j', async (given, stored) => {
    const { config, text } = await withConfig('{ unknownToUs: {} }');
    const outcome = await config('set', 'unknownToUs.value', given);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect((await import('json5')).default.parse(await text()).unknownToUs.value).toEqual(stored);
  });

  test('a value of - is read from stdin, so that a secret is in no process listing', async () => {
    const { home, text } = await withConfig('{}');
    const outcome = await home.run(['config', 'set', 'gateway.auth.password', '-'], {
      input: 'canary pass\n',
    });
    expect(outcome.stdout).toBe('Set gateway.auth.password in ~/.openclaw/openclaw.json.\n');
    expect(await text()).toContain('canary pass');
  });

  test('with --json print what changed', async () => {
    const { config, path } = await withConfig(commented);
    const set = JSON.parse((await config('set', 'gateway.port', '1', '--json')).stdout);
    expect(set).toEqual({ ok: true, path, changedPaths: ['gateway.port'] });
    const same = await config('set', 'gateway.port', '1');
    expect(same.stdout).toBe('gateway.port is set to that already in ~/.openclaw/openclaw.json.\n');
    expect((await config('unset', 'no.such')).stdout).toBe(
      'no.such is not set in ~/.openclaw/openclaw.json.\n',
    );
  });

  test.each([
    [['set', 'gateway.port', 'abc'], /gateway\.port: Invalid input: expected number/],
    [['set', 'gateway.portt', '1'], /Unrecognized key: "portt"/],
    [['set', 'gateway.auth.token', '__OPENCLAW_REDACTED__'], /set the secret itself/],
    [['set', 'gateway.port', 'local', '--strict-json'], /The value is not JSON/],
    [['set', '__proto__.x', '1'], /not a configuration path/],
  ])('%j is refused and the file stays as it was', async (args, problem) => {
    const { config, text } = await withConfig(commented);
    const { code, stdout, stderr } = await config(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(problem);
    expect(await text()).toBe(commented);
  });

  test('a running gateway takes a change over', async () => {
    const { home, config } = await withConfig('{ gateway: { mode: "local", auth: { token: "t" } } }');
    const { port, shown } = await startGatewayIn(home);
    await config('set', 'session.mainKey', 'other');
    await shown('session.mainKey');
    const { stdout } = await home.run(['gateway', 'call', 'config.get', '--json', '--port', String(port)]);
    expect(JSON.parse(stdout).config.session.mainKey).toBe('other');
  });
});

describe('config get', () => {
  test('prints values as they are used, and hides secrets wherever they stand', async () => {
    const { home } = await withConfig(
      `{ gateway: { port: "\${MY_PORT}", auth: { token: 'canary-secret-token', password: "\${MY_SECRET}" } }, note: 'see canary-secret-token' }`,
    );
    const env = { MY_PORT: '4242', MY_SECRET: 'canary-env-secret' };
    expect((await home.run(['config', 'get', 'gateway.port'], { env })).stdout).toBe('4242\n');
    for (const path of [[], ['gateway'], ['gateway.auth.token'], ['note']]) {
      const { code, stdout } = await home.run(['config', 'get', ...path], { env });
      expect(code).toBe(0);
      expect(stdout).not.toContain('canary');
      expect(stdout).toContain('__OPENCLAW_REDACTED__');
    }
  });

  test('--json prints JSON also for a text', async () => {
    const { config } = await withConfig(commented);
    expect((await config('get', 'gateway.mode', '--json')).stdout).toBe('"local"\n');
    expect((await config('get', 'gateway.mode')).stdout).toBe('local\n');
  });

  test('a path that is not there is an error', async () => {
    const { config } = await withConfig(commented);
    expect(await config('get', 'gateway.nope')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Config path not found: gateway.nope\n',
    });
  });

  test('a file that cannot be read is told with its place, and ends with 78', async () => {
    const { config } = await withConfig('{ gateway: ');
    const { code, stderr } = await config('get');
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^OpenClaw config cannot be read\nFile: ~\/\.openclaw\/openclaw\.json\nProblem:\n {2}- .*line/,
    );
  });
});

describe('config validate and file', () => {
  test('a good file is valid, and what is odd about it is said', async () => {
    const { config } = await withConfig(commented);
    const { code, stdout, stderr } = await config('validate');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('~/.openclaw/openclaw.json is valid.');
    expect(stdout).toContain('Unrecognized key: "unknownToUs"');
  });

  test('a bad file ends with 78 and its problems, as text and as JSON', async () => {
    const { config, path } = await withConfig('{ gateway: { port: "abc" } }');
    const { code, stdout, stderr } = await config('validate');
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(
      /^OpenClaw config is invalid\nFile: .*\nProblem:\n {2}- gateway\.port: Invalid input/,
    );
    const json = await config('validate', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      valid: false,
      path,
      issues: [{ path: 'gateway.port' }],
      error: { type: 'config_invalid', code: 'CONFIG_INVALID' },
    });
  });

  test('a missing file is told with the next step', async () => {
    const { config } = await withConfig();
    const { code, stderr } = await config('validate');
    expect(code).toBe(78);
    expect(stderr).toBe(
      'There is no configuration file at ~/.openclaw/openclaw.json.\nFix: openclaw config set gateway.mode local\n',
    );
  });

  test('the path of the file follows the profile', async () => {
    const { home } = await withConfig();
    const path = (...args: string[]) =>
      home.run(['config', 'file', ...args]).then(({ stdout }) => stdout.trim());
    expect(await path()).toBe(join(home.dir, '.openclaw', 'openclaw.json'));
    expect(await path('--profile', 'work')).toBe(join(home.dir, '.openclaw-work', 'openclaw.json'));
    expect(await path('--dev')).toBe(join(home.dir, '.openclaw-dev', 'openclaw.json'));
  });
});
