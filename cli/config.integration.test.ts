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

/** Without the line breaks that the width of a terminal asks for. */
const onOneLine = (text: string): string => text.replace(/\s+/g, ' ');

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
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('Set unknownToUs.value') });
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

  test.each([
    ['gateway.auth.password', '123456', '123456'],
    ['gateway.auth.password', '"quoted"', '"quoted"'],
    ['gateway.auth.token', '{', '{'],
    ['gateway.port', '19002', 19_002],
  ])('%s takes %s from stdin as the text it is where text is wanted', async (key, input, stored) => {
    const { home, text } = await withConfig('{ gateway: { mode: "local" } }');
    const outcome = await home.run(['config', 'set', key, '-'], { input: `${input}\n` });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const { gateway } = (await import('json5')).default.parse(await text());
    expect(
      key
        .split('.')
        .slice(1)
        .reduce((at, name) => at[name], gateway),
    ).toBe(stored);
  });

  test.each([
    ['gateway.auth.token', '123456', '123456'],
    ['gateway.auth.token', '"quoted"', 'quoted'],
    [
      'gateway.auth.token',
      '{source: "env", provider: "default", id: "HOME"}',
      { source: 'env', provider: 'default', id: 'HOME' },
    ],
  ])('%s takes the argument %s as text or as a reference', async (key, given, stored) => {
    const { config, text } = await withConfig('{ gateway: { mode: "local" } }');
    expect(await config('set', key, given)).toMatchObject({ code: 0, stderr: '' });
    expect((await import('json5')).default.parse(await text()).gateway.auth.token).toEqual(stored);
  });

  test.each([
    [
      ['set', 'gateway.auth.password', 'p'],
      'Both a gateway token and a gateway password are set',
      'Set gateway.auth.mode',
    ],
    [['set', 'gateway.auth.mode', 'password'], 'no password is configured', 'Set gateway.auth.password'],
    [['set', 'gateway.bind', 'custom'], 'requires gateway.customBindHost', 'Set gateway.customBindHost'],
    [['unset', 'gateway.mode'], '(current: unset)', 'Fix: openclaw config set gateway.mode local'],
  ])('%j is stored, with a warning that no gateway would start with it', async (args, problem, fix) => {
    const { config } = await withConfig(commented);
    const { code, stdout, stderr } = await config(...args);
    expect({ code, stdout: stdout.slice(0, 3) }).toEqual({
      code: 0,
      stdout: stdout.startsWith('Set') ? 'Set' : 'Rem',
    });
    expect(stderr).toMatch(/^Warning: a gateway would not start with this configuration:\n/);
    expect(onOneLine(stderr)).toContain(problem);
    expect(onOneLine(stderr)).toContain(fix);
    const validate = await config('validate');
    expect(validate.code).toBe(78);
    expect(onOneLine(validate.stderr)).toContain(problem);
    expect(onOneLine(validate.stderr)).toContain(fix);
  });

  test('what a start would refuse is told to programs, and with the profile', async () => {
    const { home } = await withConfig();
    const { stdout } = await home.run(['--profile', 'b', 'config', 'set', 'gateway.port', '1', '--json']);
    expect(JSON.parse(stdout).startProblems).toEqual([
      {
        path: 'gateway.mode',
        message: expect.stringContaining('current: unset'),
        fix: 'openclaw --profile b config set gateway.mode local',
      },
    ]);
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

  test('a value that is not set but has a default is shown, with a remark on stderr', async () => {
    const { config, home } = await withConfig();
    expect(await config('get', 'gateway.port')).toMatchObject({
      code: 0,
      stdout: '18789\n',
      stderr: '(default)\n',
    });
    expect((await home.run(['--dev', 'config', 'get', 'gateway.port'])).stdout).toBe('19001\n');
    expect((await config('get', 'gateway.bind')).stdout).toBe('loopback\n');
    expect((await config('get', 'agents.defaults.maxConcurrent', '--json')).stdout).toBe('8\n');
    expect((await config('get', 'gateway.auth.token')).code).toBe(1);
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
    expect(stdout).toMatch(/^Warning: <root>: .*Unrecognized key: "unknownToUs"/m);
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

  test.each([
    ['a variable that is not set', `"\${MY_TOK}"`],
    ['a reference to a variable that is not set', '{ source: "env", provider: "default", id: "MY_TOK" }'],
  ])('a token that is %s is a problem of the file', async (_, token) => {
    const { config } = await withConfig(`{ gateway: { mode: 'local', auth: { token: ${token} } } }`);
    const { code, stderr } = await config('validate');
    expect(code).toBe(78);
    expect(stderr).toMatch(/gateway\.auth\.token:\s.*MY_TOK/s);
  });

  test('a file for asking a gateway elsewhere is valid, and said to be for that', async () => {
    const { config } = await withConfig(
      '{ gateway: { mode: "remote", remote: { url: "wss://x.example" } } }',
    );
    expect(await config('validate')).toMatchObject({
      code: 0,
      stdout: '~/.openclaw/openclaw.json is valid for asking a gateway elsewhere.\n',
    });
    expect(await config('set', 'gateway.remote.url', 'wss://y.example')).toMatchObject({ stderr: '' });
  });

  test('a missing file is told with the next step', async () => {
    const { config } = await withConfig();
    const { code, stderr } = await config('validate');
    expect(code).toBe(78);
    expect(stderr).toBe(
      'There is no configuration file at ~/.openclaw/openclaw.json.\nFix: openclaw config set gateway.mode local\n',
    );
  });

  test('the next step for a missing file carries the profile, also for programs', async () => {
    const { home } = await withConfig();
    const fix = 'Fix: openclaw --profile b config set gateway.mode local';
    expect((await home.run(['--profile', 'b', 'config', 'validate'])).stderr).toContain(fix);
    const { stdout } = await home.run(['--profile', 'b', 'config', 'validate', '--json']);
    expect(JSON.parse(stdout).error.message).toContain(fix);
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
