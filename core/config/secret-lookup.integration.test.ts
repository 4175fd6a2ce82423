import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfigText } from './read.ts';
import { secretLookup } from './secret-lookup.ts';

const TOKEN = 'gateway.auth.token';
let dir = '';
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'config-lookup-')));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const lookup = async (config: object, env: NodeJS.ProcessEnv = {}) =>
  secretLookup(await resolveConfigText(JSON.stringify(config), join(dir, 'openclaw.json'), env));
const withToken = (token: unknown, provider?: object): object => ({
  gateway: { auth: { token } },
  ...(provider ? { secrets: { providers: { p: provider } } } : {}),
});

it('gives plain text, variables and files, and says why one cannot be resolved', async () => {
  expect((await lookup(withToken('plain'))).secret(TOKEN)).toBe('plain');
  expect((await lookup(withToken(`\${MY_TOK}`), { MY_TOK: 'from env' })).secret(TOKEN)).toBe('from env');
  const missing = await lookup(withToken(`\${MY_TOK}`));
  expect(missing.secret(TOKEN)).toBeUndefined();
  expect(missing.secretFailure(TOKEN)).toBe('Environment variable "MY_TOK" is missing or empty.');
  const path = join(dir, 'secret');
  await writeFile(path, 'from file', { mode: 0o600 });
  const ref = { source: 'file', provider: 'p', id: 'value' };
  const provider = { source: 'file', path, mode: 'singleValue' };
  expect((await lookup(withToken(ref, provider))).secret(TOKEN)).toBe('from file');
});

it('runs no command: a secret of one counts as there, a missing provider does not', async () => {
  const ran = join(dir, 'ran');
  const ref = { source: 'exec', provider: 'p', id: 'key' };
  const code = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, '')`;
  const found = await lookup(
    withToken(ref, { source: 'exec', command: process.execPath, args: ['-e', code] }),
  );
  expect(found.secret(TOKEN)).toBe('(given by a command)');
  expect(found.secretFailure(TOKEN)).toBeUndefined();
  await expect(realpath(ran)).rejects.toThrow('ENOENT');
  expect((await lookup(withToken(ref))).secretFailure(TOKEN)).toContain('is not an exec provider');
});
