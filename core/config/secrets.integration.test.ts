import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveSecret, type SecretResult } from './secrets.ts';

const posix = process.platform !== 'win32';
let dir = '';
const put = async (name: string, text: string, mode = 0o600): Promise<string> => {
  const path = join(dir, name);
  await writeFile(path, text, { mode });
  await chmod(path, mode);
  return path;
};
const ask = (
  source: string,
  id: string,
  provider: object,
  env: NodeJS.ProcessEnv = {},
): Promise<SecretResult> =>
  resolveSecret(
    { source, provider: 'p', id },
    { secrets: { providers: { p: { source, ...provider } } } },
    env,
  );

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'config-secrets-')));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('resolveSecret', () => {
  it('gives plain text back and follows a whole variable', async () => {
    expect(await resolveSecret('plain', {}, {})).toEqual({ ok: true, value: 'plain' });
    expect(await resolveSecret(`\${TOK}`, {}, { TOK: 'x' })).toEqual({ ok: true, value: 'x' });
    expect(await resolveSecret(`\${MY_TOK}`, {}, {})).toEqual({
      ok: false,
      reason: 'Environment variable "MY_TOK" is missing or empty.',
    });
    expect(await resolveSecret(5, {}, {})).toMatchObject({ ok: false });
  });

  it('honours the allowlist of an env provider and needs a fitting provider for the others', async () => {
    expect(await ask('env', 'TOK', {}, { TOK: 'x' })).toEqual({ ok: true, value: 'x' });
    expect(await ask('env', 'TOK', { allowlist: ['OTHER'] }, { TOK: 'x' })).toMatchObject({ ok: false });
    const ref = { source: 'file', provider: 'none', id: '/a' };
    expect(await resolveSecret(ref, {}, {})).toEqual({
      ok: false,
      reason: 'secrets.providers.none is not a file provider. Add it to the configuration.',
    });
    expect(await ask('store', 'TOK', {})).toMatchObject({ ok: false });
    expect(await ask('exec', '../etc', { command: '/bin/cat' })).toMatchObject({ ok: false });
  });
});

describe('a file provider', () => {
  it('reads a JSON pointer or the whole file', async () => {
    const path = await put('s.json', '{"a/b": {"c~d": "deep"}, "n": 5}');
    expect(await ask('file', '/a~1b/c~0d', { path })).toEqual({ ok: true, value: 'deep' });
    expect(await ask('file', '/n', { path })).toMatchObject({ ok: false });
    expect(await ask('file', '/__proto__/x', { path })).toMatchObject({ ok: false });
    const single = await put('one', 'whole\n');
    expect(await ask('file', 'value', { path: single, mode: 'singleValue' })).toEqual({
      ok: true,
      value: 'whole',
    });
  });

  it('refuses relative, missing and big files', async () => {
    expect(await ask('file', '/a', { path: 'rel.json' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('absolute'),
    });
    expect(await ask('file', '/a', { path: join(dir, 'none') })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('does not exist'),
    });
    const path = await put('big', 'x'.repeat(100));
    expect(await ask('file', 'value', { path, mode: 'singleValue', maxBytes: 10 })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('larger than 10'),
    });
  });

  it.runIf(posix)('refuses a file that others may read, unless told that this is wanted', async () => {
    const path = await put('open', 'v', 0o644);
    const provider = { path, mode: 'singleValue' };
    expect(await ask('file', 'value', provider)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('chmod 600'),
    });
    expect(await ask('file', 'value', { ...provider, allowInsecurePath: true })).toEqual({
      ok: true,
      value: 'v',
    });
  });
});

describe.runIf(posix)('an exec provider', () => {
  const script = (body: string): Promise<string> =>
    put(
      'helper.mjs',
      `#!${process.execPath}\nlet input = ''; for await (const c of process.stdin) input += c;\n${body}`,
      0o700,
    );
  const answer =
    'const q = JSON.parse(input); const out = (values) => console.log(JSON.stringify({ protocolVersion: 1, values }));';

  it('asks over stdin, without a shell, and hands on only the allowed variables', async () => {
    const command = await script(
      `${answer} out({ [q.ids[0]]: JSON.stringify([q, process.argv.slice(2), Object.keys(process.env).sort()]) });`,
    );
    const env = { PATH: '/bin', SECRET: 's', WANTED: 'w', HOME: '/h' };
    const result = await ask(
      'exec',
      'a/b',
      { command, args: ['$(id)', ';x'], passEnv: ['WANTED'], env: { EXTRA: 'e' } },
      env,
    );
    if (!result.ok) throw new Error(result.reason);
    expect(JSON.parse(result.value)).toEqual([
      { protocolVersion: 1, provider: 'p', ids: ['a/b'] },
      ['$(id)', ';x'],
      ['EXTRA', 'HOME', 'PATH', 'WANTED'],
    ]);
  });

  it('reports errors, a bad answer, silence, noise and a failing command without their words', async () => {
    const cases: [string, object, string][] = [
      [
        'console.log(JSON.stringify({protocolVersion:1,values:{},errors:{"k":{"message":"canary"}}}))',
        {},
        'reports an error for "k"',
      ],
      ['console.log("canary")', {}, 'did not answer with JSON'],
      ['console.log("x".repeat(5000))', { maxOutputBytes: 100 }, 'more than 100 bytes'],
      ['process.exit(3)', {}, 'ended with code 3'],
      ['await new Promise((r) => setTimeout(r, 60000))', { timeoutMs: 500 }, 'within 500 ms'],
      [
        'console.log(1); await new Promise((r) => setTimeout(r, 60000))',
        { noOutputTimeoutMs: 500 },
        'silent for 500 ms',
      ],
    ];
    for (const [body, limits, reason] of cases) {
      const command = await script(body);
      const result = await ask('exec', 'k', { command, ...limits }, { PATH: '/bin' });
      expect(result).toEqual({ ok: false, reason: expect.stringContaining(reason) });
      expect(JSON.stringify(result)).not.toContain('canary');
    }
  });

  it('refuses a relative, linked, untrusted or changeable command', async () => {
    const command = await script(`${answer} out({ k: 'v' });`);
    const link = join(dir, 'link');
    await symlink(command, link);
    const refused: [object, string][] = [
      [{ command: 'helper.mjs' }, 'absolute'],
      [{ command: join(dir, 'none') }, 'cannot find'],
      [{ command: link }, 'link'],
      [{ command, trustedDirs: ['/usr/bin'] }, 'trustedDirs'],
    ];
    for (const [provider, reason] of refused) {
      expect(await ask('exec', 'k', provider)).toEqual({
        ok: false,
        reason: expect.stringContaining(reason),
      });
    }
    expect(await ask('exec', 'k', { command: link, allowSymlinkCommand: true }, { PATH: '/bin' })).toEqual({
      ok: true,
      value: 'v',
    });
    await chmod(command, 0o777);
    expect(await ask('exec', 'k', { command })).toEqual({
      ok: false,
      reason: expect.stringContaining('changed by others'),
    });
  });
});
