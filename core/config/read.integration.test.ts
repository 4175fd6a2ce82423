import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_CONFIG_BYTES, readConfigFile } from './read.ts';

const posix = process.platform !== 'win32';
let dir = '';
const put = async (name: string, text: string): Promise<string> => {
  const path = join(dir, 'state', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
};
const read = async (text: string, env: NodeJS.ProcessEnv = {}) =>
  readConfigFile(await put('openclaw.json', text), env);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'config-read-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('reading the configuration file', () => {
  it('reads JSON5 and hashes its text', async () => {
    const file = await read("{ gateway: { port: 0x4E20, }, /* c */ 'x': [1,], }");
    expect(file).toMatchObject({ exists: true, issues: [], resolved: { gateway: { port: 20000 }, x: [1] } });
    expect(file.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a missing file for an empty one', async () => {
    const file = await readConfigFile(join(dir, 'none.json'), {});
    expect(file).toMatchObject({ exists: false, text: null, parsed: {}, resolved: {}, hash: '', issues: [] });
  });

  it('says where broken text breaks, without quoting it', async () => {
    const file = await read('{\n token: "secret-canary" oops');
    expect(file.issues).toEqual([{ path: '', message: 'JSON5 parse failed at line 2, column 25' }]);
    expect(JSON.stringify(file.issues)).not.toContain('canary');
  });

  it('refuses a root that is no object, hostile keys, hostile depth, a directory and a huge file', async () => {
    expect((await read('[1]')).issues[0]?.message).toBe('Invalid input: expected object, received array');
    expect((await read('{a: {"__proto__": {x: 1}}}')).issues[0]?.message).toContain(
      '"__proto__" is not allowed',
    );
    expect((await read('{constructor: {}}')).issues).toHaveLength(1);
    expect((await read(`{a: ${'['.repeat(50_000)}${']'.repeat(50_000)}}`)).issues[0]?.message).toContain(
      'nested deeper',
    );
    expect((await readConfigFile(dir, {})).issues).toHaveLength(1);
    expect((await read(`{a: "${'x'.repeat(MAX_CONFIG_BYTES)}"}`)).issues[0]?.message).toContain(
      'larger than',
    );
  });

  it('never throws, whatever the file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), async (text) => {
        const file = await read(text);
        expect(Array.isArray(file.issues)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('$include', () => {
  it('merges files in order, appends lists and lets keys beside it win', async () => {
    await put('a.json5', '{gateway: {port: 1, bind: "lan"}, list: [1]}');
    await put('sub/b.json5', '{gateway: {port: 2}, list: [2]}');
    const file = await read('{$include: ["a.json5", "./sub/b.json5"], gateway: {mode: "local", port: 3}}');
    expect(file.issues).toEqual([]);
    expect(file.resolved).toEqual({ gateway: { port: 3, bind: 'lan', mode: 'local' }, list: [1, 2] });
    expect(file.includedPaths.map((path) => path.replace(/.*[\\/]/, ''))).toEqual(['a.json5', 'b.json5']);
    expect(file.includeOrigins.get('gateway.bind')).toMatch(/a\.json5$/);
    expect(file.includeOrigins.has('gateway.port')).toBe(false);
  });

  it('replaces the object it stands in, relative to its own file', async () => {
    await put('sub/outer.json', '{$include: "inner.json"}');
    await put('sub/inner.json', '["x"]');
    const file = await read('{gateway: {trustedProxies: {$include: "sub/outer.json"}}}');
    expect(file.resolved).toEqual({ gateway: { trustedProxies: ['x'] } });
  });

  it('refuses cycles, missing and broken files and too many levels, each with its place', async () => {
    await put('self.json', '{$include: "self.json"}');
    await put('broken.json', '{');
    for (let level = 0; level < 12; level++) await put(`l${level}.json`, `{$include: "l${level + 1}.json"}`);
    const file = await read(
      '{a: {$include: "self.json"}, b: {$include: "none.json"}, c: {$include: "broken.json"}, d: {$include: "l0.json"}, e: {$include: 5}}',
    );
    const text = file.issues.map(({ path, message }) => `${path}: ${message}`).join('\n');
    expect(text).toMatch(/a: .*includes itself/);
    expect(text).toMatch(/b: .*does not exist/);
    expect(text).toMatch(/c: .*parse failed/);
    expect(text).toMatch(/d: .*more than 10 levels/);
    expect(text).toMatch(/e: .*has to be a file name/);
  });

  it('refuses every way out of the directory of the configuration', async () => {
    await writeFile(join(dir, 'outside.json'), '{stolen: true}');
    const absolute = JSON.stringify(join(dir, 'outside.json'));
    for (const spec of ['"../outside.json"', absolute, '"sub/../../outside.json"', '"."', '""']) {
      const file = await read(`{x: {$include: ${spec}}}`);
      expect(file.issues, spec).toHaveLength(1);
      expect(JSON.stringify(file.resolved)).not.toContain('stolen');
    }
  });

  it('shows nobody the keys and the state of the gateway itself', async () => {
    await put('tray/identity/device.json', '{stolen: true}');
    for (const spec of ['tray/identity/device.json', './x/../tray/identity/device.json']) {
      const file = await read(`{x: {$include: "${spec}"}}`);
      expect(file.issues).toEqual([
        { path: 'x', message: `$include "${spec}": the file belongs to the gateway itself` },
      ]);
      expect(JSON.stringify(file.resolved)).not.toContain('stolen');
    }
  });

  it.runIf(posix)('shows them through no link either', async () => {
    await put('tray/device.json', '{stolen: true}');
    await symlink(join(dir, 'state', 'tray'), join(dir, 'state', 'open'));
    const file = await read('{x: {$include: "open/device.json"}}');
    expect(file.issues[0]?.message).toContain('belongs to the gateway itself');
  });

  it.runIf(posix)('refuses a link that leads outside', async () => {
    await writeFile(join(dir, 'outside.json'), '{stolen: true}');
    await put('x', '');
    await symlink(join(dir, 'outside.json'), join(dir, 'state', 'link.json'));
    const file = await read('{x: {$include: "link.json"}}');
    expect(file.issues[0]?.message).toContain('leads outside');
    expect(JSON.stringify(file.resolved)).not.toContain('stolen');
  });
});

describe('variables', () => {
  it(`puts variables into texts and keeps $\${NAME} literal`, async () => {
    const file = await read(`{a: "x\${ONE}y", b: "$\${ONE}", c: ["\${ONE}"], d: "\${lower}"}`, { ONE: '1' });
    expect(file.resolved).toEqual({ a: 'x1y', b: `\${ONE}`, c: ['1'], d: `\${lower}` });
  });

  it('warns about a missing variable with its path and keeps the text', async () => {
    const file = await read(`{gateway: {auth: {token: "\${MY_TOK}"}}}`);
    expect(file.resolved).toEqual({ gateway: { auth: { token: `\${MY_TOK}` } } });
    expect(file.warnings).toEqual([
      {
        path: 'gateway.auth.token',
        message: 'missing env var "MY_TOK" — feature using this value will be unavailable',
      },
    ]);
    expect(file.issues).toEqual([]);
  });

  it('prefers the process, then .env of the state directory, then the env block', async () => {
    await put(
      '.env',
      '# comment\nexport A=file\nB="file \\"quoted\\"\\n" # rest\nC=\'file\' \nE=plain # note\n',
    );
    const block = 'env: {vars: {B: "block", D: "block"}, F: "direct"}';
    const file = await read(`{${block}, out: ["\${A}", "\${B}", "\${C}", "\${D}", "\${E}", "\${F}"]}`, {
      A: 'process',
    });
    expect(file.resolved.out).toEqual(['process', 'file "quoted"\n', 'file', 'block', 'plain', 'direct']);
  });

  it('reads no .env of the working directory and lets no file steer the program', async () => {
    await put('.env', 'NODE_OPTIONS=--inspect\nOPENCLAW_STATE_DIR=/tmp/evil\nOK=1\n');
    const file = await read('{env: {vars: {PATH: "/evil", LD_PRELOAD: "x"}}}');
    expect(file.env).toEqual({ OK: '1' });
    expect(file.warnings.map(({ message }) => message.split(' ')[0])).toEqual([
      'NODE_OPTIONS',
      'OPENCLAW_STATE_DIR',
      'PATH',
      'LD_PRELOAD',
    ]);
  });
});
