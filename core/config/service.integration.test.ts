import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import JSON5 from 'json5';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { resolveStatePaths, type StatePaths } from './paths.ts';
import { REDACTED } from './redaction.ts';
import { type ConfigChange, type ConfigOptions, type ConfigService, openConfig } from './service.ts';

const posix = process.platform !== 'win32';
const TOKEN = 'canary-token-7d1f';
const FILE = `// mine
{
  gateway: {
    mode: 'local', // keep
    auth: { token: '${TOKEN}' },
    reload: { debounceMs: 5 },
  },
}
`;

let dir = '';
let paths: StatePaths;
let lines: string[] = [];
const open: ConfigService[] = [];

const log: Logger = {
  ...silentLogger,
  error: (message) => void lines.push(message),
  warn: (message) => void lines.push(message),
  info: (message) => void lines.push(message),
  child: () => log,
};
const put = async (text: string, name = 'openclaw.json'): Promise<void> => {
  await mkdir(dirname(join(paths.stateDir, name)), { recursive: true });
  await writeFile(join(paths.stateDir, name), text);
};
const onDisk = (): Promise<string> => readFile(paths.configPath, 'utf8');
const start = async (text?: string, more: Partial<ConfigOptions> = {}): Promise<ConfigService> => {
  if (text !== undefined) await put(text);
  const service = await openConfig({ paths, env: {}, clock: systemClock, log, ...more });
  open.push(service);
  return service;
};
/** As the gateway does once it runs on it. */
const proven = async (service: ConfigService): Promise<void> => {
  await service.keepAsLastGood(service.current.hash);
  await service.close();
};
const lastGood = (): Promise<string | undefined> =>
  readFile(join(paths.trayDir, 'config', 'last-good.json5'), 'utf8').catch(() => undefined);
const nextChange = (service: ConfigService): Promise<ConfigChange> =>
  new Promise((resolve) => {
    const stop = service.onChanged((change) => {
      stop();
      resolve(change);
    });
  });
const nextRejection = (service: ConfigService): Promise<unknown> =>
  new Promise((resolve) => {
    const stop = service.onRejected((issues) => {
      stop();
      resolve(issues);
    });
  });

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'config-service-')));
  paths = resolveStatePaths({ HOME: dir });
  lines = [];
});
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
  await rm(dir, { recursive: true, force: true });
});

describe('opening a configuration', () => {
  it('applies defaults, resolves secrets and keeps unknown keys with a warning', async () => {
    const service = await start(
      `{gateway: {mode: "local", auth: {token: "\${TOK}"}, novel: 1}, future: {x: 1}}`,
      { env: { TOK: 't0k' } },
    );
    expect(service.secret('gateway.auth.token')).toBe('t0k');
    expect(service.current.exists).toBe(true);
    expect(service.current.source).toMatchObject({
      gateway: { novel: 1 },
      future: { x: 1 },
      agents: { entries: { main: {} } },
    });
    expect(service.current.config).toMatchObject({
      agents: { defaults: { maxConcurrent: 8, subagents: { maxConcurrent: 8, archiveAfterMinutes: 60 } } },
      messages: { ackReactionScope: 'group-mentions' },
      commands: { restart: true },
    });
    expect(service.current.warnings).toEqual([
      { path: 'gateway', message: 'Unrecognized key: "novel"' },
      { path: '', message: 'Unrecognized key: "future"' },
    ]);
  });

  it('starts without a file', async () => {
    const service = await start();
    expect(service.current).toMatchObject({ exists: false, source: { agents: { entries: { main: {} } } } });
    expect(await service.read()).toMatchObject({
      exists: false,
      raw: null,
      parsed: {},
      valid: true,
      v3: { raw: null },
    });
    expect((await service.read()).v3.hash).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('falls back to the last known good configuration and knows why', async () => {
    await proven(await start(FILE));
    await put('{gateway: {mode: "local", port: "x"}}');
    const service = await start();
    expect(service.current.recoveredFrom?.issues).toEqual([
      { path: 'gateway.port', message: 'Invalid input: expected number, received string' },
    ]);
    expect(service.secret('gateway.auth.token')).toBe(TOKEN);
    expect((await service.read()).valid).toBe(false);
    const repaired = nextChange(service);
    await put('{gateway: {mode: "local", port: 5000, reload: {debounceMs: 5}}}');
    expect(await repaired).toMatchObject({ by: 'file' });
    expect(service.current.recoveredFrom).toBeUndefined();
  });

  it('keeps a last known good that stands without the included files', async () => {
    await put('{port: 7000}', 'part.json');
    await proven(await start('{gateway: {$include: "part.json", mode: "local"}}'));
    await rm(join(paths.stateDir, 'part.json'));
    expect((await start()).current.source).toMatchObject({ gateway: { port: 7000, mode: 'local' } });
  });

  it('counts no configuration as good that nobody has started a gateway with', async () => {
    const service = await start('{gateway: {mode: "remote"}}');
    expect(await lastGood()).toBeUndefined();
    await service.keepAsLastGood('the hash of another one');
    expect(await lastGood()).toBeUndefined();
    await service.close();
    await expect(start('{gateway: ')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('keeps a change as good when it is in force, and one that needs a restart when that has worked', async () => {
    const service = await start(FILE);
    await service.keepAsLastGood(service.current.hash);
    const hot = FILE.replace("mode: 'local'", "mode: 'local', trustedProxies: ['10.0.0.1']");
    const adopted = nextChange(service);
    await put(hot);
    await adopted;
    expect(await lastGood()).toBe(hot);
    const cold = FILE.replace("mode: 'local'", "mode: 'local', port: 4000");
    const restart = nextChange(service);
    await put(cold);
    const { hash } = await restart;
    expect(await lastGood()).toBe(hot);
    const hotAgain = nextChange(service);
    await put(cold.replace('4000', "4000, trustedProxies: ['10.0.0.1']"));
    await hotAgain;
    expect(await lastGood()).toBe(hot);
    await service.keepAsLastGood(hash);
    expect(await lastGood()).toBe(hot);
    await service.keepAsLastGood(service.current.hash);
    expect(await lastGood()).toContain('4000');
  });

  it('names the placeholder for hidden secrets where a secret belongs', async () => {
    await expect(start(`{gateway: {mode: "local", auth: {token: "${REDACTED}"}}}`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('- gateway.auth.token: '),
    });
    const service = await start(FILE.replace('// mine', `// ${REDACTED}`));
    const rejected = nextRejection(service);
    await put(FILE.replace("mode: 'local'", `mode: 'local', remote: { token: '${REDACTED}' }`));
    expect(await rejected).toMatchObject([{ path: 'gateway.remote.token' }]);
  });

  it('says of an empty file that it is empty, and does not take one over', async () => {
    await expect(start(' \n')).rejects.toThrow('- <root>: The file is empty');
    const service = await start(FILE);
    const rejected = nextRejection(service);
    await put('');
    expect(await rejected).toEqual([{ path: '', message: expect.stringContaining('The file is empty') }]);
  });

  it('tells warnings of the start apart from those of a reload', async () => {
    const said: string[] = [];
    const named = (name: string): Logger => ({
      ...silentLogger,
      warn: (message) => void said.push(`${name}: ${message}`),
      child: named,
    });
    await start('{gateway: {mode: "local", novel: 1}, future: 1}', { log: named('config') });
    expect(said).toEqual([
      'config: gateway: Unrecognized key: "novel"',
      'config: Unrecognized key: "future"',
    ]);
  });

  it('refuses to start on a broken file when nothing good is known', async () => {
    await expect(start('{gateway: {port: "x"}}')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('- gateway.port: Invalid input: expected number, received string'),
    });
  });

  it('keeps a secret that cannot be resolved as a reason, not as an error', async () => {
    const service = await start(`{gateway: {auth: {token: "\${MY_TOK}"}}}`);
    expect(service.secret('gateway.auth.token')).toBeUndefined();
    expect(service.secretFailure('gateway.auth.token')).toBe(
      'Environment variable "MY_TOK" is missing or empty.',
    );
    await expect(service.reloadSecrets()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('config.get', () => {
  it.runIf(posix)('runs no command of a secret provider', async () => {
    const command = join(dir, 'helper.mjs');
    const count = join(dir, 'count');
    const answer = '{"protocolVersion":1,"values":{"k":"from-helper"}}';
    await writeFile(
      command,
      `#!${process.execPath}\nimport { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(count)}, 'x');\nconsole.log('${answer}');\n`,
      { mode: 0o700 },
    );
    const token = '{source: "exec", provider: "h", id: "k"}';
    const service = await start(
      `{gateway: {auth: {token: ${token}}}, secrets: {providers: {h: {source: "exec", command: ${JSON.stringify(command)}}}}}`,
      { env: { PATH: process.env.PATH } },
    );
    expect(service.secret('gateway.auth.token')).toBe('from-helper');
    const view = await service.read();
    expect(await readFile(count, 'utf8')).toBe('x');
    expect(view.parsed).toMatchObject({ gateway: { auth: { token: { source: 'exec', id: 'k' } } } });
    expect(await service.reloadSecrets()).toEqual({ warningCount: 0 });
    expect(await readFile(count, 'utf8')).toBe('xx');
  });

  it('shows no secret anywhere and offers no raw text when there is one', async () => {
    const view = await (await start(FILE)).read();
    expect(JSON.stringify(view)).not.toContain(TOKEN);
    expect(view.raw).toBeNull();
    expect(view.parsed).toMatchObject({ gateway: { auth: { token: REDACTED } } });
    expect(JSON5.parse(view.v3.raw ?? '')).toEqual(view.parsed);
    expect(view.v3.raw).toContain(`token: '${REDACTED}'`);
    expect(view).toMatchObject({
      exists: true,
      valid: true,
      issues: [],
      warnings: [],
      legacyIssues: [],
      includedPaths: [],
    });
    expect(view.hash).toMatch(/^hmac-sha256:v1:[\w-]{43}$/);
    expect(view.appliedConfigHash).toBe(view.configRevisionHash);
  });

  it('gives the text as it is when it holds no secret', async () => {
    const text = '{ gateway: { mode: "local" } } // note\n';
    expect((await (await start(text)).read()).raw).toBe(text);
  });

  it('hides values of secret-looking variables wherever they were put', async () => {
    const service = await start(`{gateway: {remote: {url: "ws://h/?t=\${X_TOKEN}"}}}`, {
      env: { X_TOKEN: TOKEN },
    });
    expect(JSON.stringify(await service.read())).not.toContain(TOKEN);
  });
});

describe('writing', () => {
  const patch = (service: ConfigService, raw: string, baseHash?: string) =>
    service.write({ kind: 'patch', raw, baseHash });
  const hashOf = async (service: ConfigService): Promise<string> => (await service.read()).hash;

  it('wants the hash of what the writer has seen', async () => {
    const service = await start(FILE);
    await expect(patch(service, '{messages: {ackReactionScope: "all"}}')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message:
        'config base hash required for messages.ackReactionScope; re-run config.get and retry with baseHash',
    });
    await expect(service.write({ kind: 'set', raw: '{}' })).rejects.toThrow(
      'config base hash required; re-run config.get and retry',
    );
    for (const raw of ['{messages: {}}', '[1]', '{oops']) {
      await expect(patch(service, raw, 'stale')).rejects.toThrow(
        'config changed since last load; re-run config.get and retry',
      );
    }
    expect(await onDisk()).toBe(FILE);
  });

  it('patches the text and leaves comments, order and quotes as they were', async () => {
    const service = await start(FILE);
    const result = await patch(service, '{gateway: {port: 4000}}', await hashOf(service));
    expect(await onDisk()).toBe(FILE.replace('debounceMs: 5 },\n', 'debounceMs: 5 },\n    port: 4000,\n'));
    expect(result).toMatchObject({
      changedPaths: ['gateway.port'],
      restartPaths: ['gateway.port'],
      path: paths.configPath,
    });
    expect(JSON.stringify(result)).not.toContain(TOKEN);
    expect(result.hash).toBe(await hashOf(service));
    expect(service.current.config).toMatchObject({ gateway: { port: 4000 } });
  });

  it('accepts the plain sha256 that v3 clients send', async () => {
    const service = await start(FILE);
    const { v3 } = await service.read();
    expect(await patch(service, '{messages: {ackReactionScope: "all"}}', v3.hash)).toMatchObject({
      changedPaths: ['messages.ackReactionScope'],
      restartPaths: [],
    });
  });

  it('names the leaves that a null removes', async () => {
    const service = await start('{messages: {ackReactionScope: "all", ackReaction: "x"}}');
    const result = await patch(service, '{messages: null}', await hashOf(service));
    expect(result.changedPaths).toEqual(['messages.ackReactionScope', 'messages.ackReaction']);
    expect(JSON5.parse(await onDisk())).toEqual({});
  });

  it('refuses invalid results and new unknown keys, and keeps the unknown keys that were there', async () => {
    const service = await start('{gateway: {mode: "local", old: 1}, older: 2}');
    const hash = await hashOf(service);
    await expect(patch(service, '{bogusKey: 1}', hash)).rejects.toMatchObject({
      message: 'invalid config: <root>: Unrecognized key: "bogusKey"',
      details: { issues: [{ path: '', message: 'Unrecognized key: "bogusKey"' }] },
    });
    await expect(patch(service, '{gateway: {handshakeTimeoutMs: 1}}', hash)).rejects.toThrow(
      'invalid config: gateway: Unrecognized key: "handshakeTimeoutMs"',
    );
    await expect(
      service.write({ kind: 'set', raw: '{gateway: {port: "x"}}', baseHash: hash }),
    ).rejects.toThrow('invalid config: gateway.port: Invalid input: expected number, received string');
    await expect(service.write({ kind: 'apply', raw: '{', baseHash: hash })).rejects.toThrow(
      'invalid config: <root>: JSON5 parse failed',
    );
    await expect(patch(service, '[1]', hash)).rejects.toThrow('config.patch raw must be an object');
    await patch(service, '{gateway: {port: 4000}}', hash);
    expect(JSON5.parse(await onDisk())).toEqual({ gateway: { mode: 'local', old: 1, port: 4000 }, older: 2 });
  });

  it('keeps the stored secret behind a placeholder and never writes the placeholder', async () => {
    const service = await start(FILE);
    const view = await service.read();
    await service.write({
      kind: 'set',
      raw: `// new\n${JSON.stringify(view.parsed, null, 2)}`,
      baseHash: view.hash,
    });
    expect(JSON5.parse(await onDisk())).toEqual(JSON5.parse(FILE));
    expect(await onDisk()).toContain('// new');
    await patch(service, `{gateway: {auth: {token: "${REDACTED}", mode: "token"}}}`, await hashOf(service));
    expect(service.secret('gateway.auth.token')).toBe(TOKEN);
    await expect(
      patch(service, `{gateway: {auth: {password: "${REDACTED}"}}}`, await hashOf(service)),
    ).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('gateway.auth.password: the redaction placeholder'),
    });
    expect(await onDisk()).not.toContain(REDACTED);
  });

  it('keeps the placeholders of variables when it puts a secret back', async () => {
    const service = await start(`{gateway: {auth: {token: "\${TOK}"}}}`, { env: { TOK: 't0k-t0k-t0k' } });
    await service.write({
      kind: 'set',
      raw: `{gateway: {auth: {token: "${REDACTED}"}, port: 4000}}`,
      baseHash: await hashOf(service),
    });
    expect(await onDisk()).toBe(`{gateway: {auth: {token: "\${TOK}"}, port: 4000}}`);
  });

  it('never touches what an included file says', async () => {
    await put('{port: 7000, auth: {token: "abc"}}', 'part.json');
    const service = await start('{gateway: {$include: "part.json", mode: "local"}}');
    await expect(patch(service, '{gateway: {port: 7001}}', await hashOf(service))).rejects.toThrow(
      /gateway\.port comes from the included file .*part\.json/,
    );
    await patch(service, '{gateway: {bind: "lan"}}', await hashOf(service));
    expect(JSON5.parse(await onDisk())).toEqual({
      gateway: { $include: 'part.json', mode: 'local', bind: 'lan' },
    });
    expect(await readFile(join(paths.stateDir, 'part.json'), 'utf8')).toContain('7000');
  });

  it('lets no peer choose a command that runs on this host', async () => {
    const service = await start(FILE);
    const raw = '{secrets: {providers: {x: {source: "exec", command: "/bin/sh"}}}}';
    await expect(patch(service, raw, await hashOf(service))).rejects.toThrow(
      'secrets.providers.x runs a command',
    );
    expect(await onDisk()).toBe(FILE);
  });

  it('refuses a change that would lose the secret the gateway needs', async () => {
    const service = await start(FILE);
    await expect(
      patch(service, `{gateway: {auth: {token: "\${NOT_SET}"}}}`, await hashOf(service)),
    ).rejects.toThrow(
      'invalid config: gateway.auth.token: Environment variable "NOT_SET" is missing or empty.',
    );
    expect(service.secret('gateway.auth.token')).toBe(TOKEN);
  });

  it('keeps the last five versions, everything private', async () => {
    const service = await start(FILE);
    for (let port = 1; port <= 7; port++)
      await patch(service, `{gateway: {port: ${port}}}`, await hashOf(service));
    const names = (await readdir(paths.stateDir)).filter((name) => name.startsWith('openclaw.json')).sort();
    expect(names).toEqual([
      'openclaw.json',
      ...['', '.1', '.2', '.3', '.4'].map((end) => `openclaw.json.bak${end}`),
    ]);
    expect(await readFile(`${paths.configPath}.bak`, 'utf8')).toContain('port: 6');
    expect(await readFile(`${paths.configPath}.bak.4`, 'utf8')).toContain('port: 2');
    if (!posix) return;
    for (const name of names) expect((await stat(join(paths.stateDir, name))).mode & 0o777, name).toBe(0o600);
    expect((await stat(join(paths.trayDir, 'config-hash.key'))).mode & 0o777).toBe(0o600);
  });

  it('creates the file when there is none, and then wants a hash', async () => {
    const service = await start();
    await service.write({ kind: 'set', raw: '{gateway: {mode: "local"}}' });
    expect(await onDisk()).toBe('{gateway: {mode: "local"}}');
    await expect(service.write({ kind: 'set', raw: '{}' })).rejects.toThrow('config base hash required');
  });

  it('lets only one of two writers with the same hash through', async () => {
    const service = await start(FILE);
    const hash = await hashOf(service);
    const results = await Promise.allSettled(
      [1, 2, 3].map((port) => patch(service, `{gateway: {port: ${port}}}`, hash)),
    );
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it.runIf(posix)('follows a link instead of replacing it', async () => {
    await mkdir(paths.stateDir, { recursive: true });
    await writeFile(join(dir, 'real.json'), '{gateway: {mode: "local"}}');
    await symlink(join(dir, 'real.json'), paths.configPath);
    const service = await start();
    await patch(service, '{gateway: {port: 4000}}', await hashOf(service));
    expect(await readFile(join(dir, 'real.json'), 'utf8')).toBe('{gateway: {mode: "local", port: 4000}}');
  });

  it('calls what the gateway writes for itself no reload, since it is in force already', async () => {
    const service = await start('{gateway: {mode: "local"}}');
    const raw = '{gateway: {auth: {token: "made-up-token"}}}';
    await service.write({ kind: 'patch', raw, baseHash: service.current.hash }, 'host');
    expect(service.secret('gateway.auth.token')).toBe('made-up-token');
    expect(lines).toEqual([]);
    const view = await service.read();
    expect(view.appliedConfigHash).toBe(view.configRevisionHash);
  });

  it('tells listeners once, without waiting for the file watch', async () => {
    const service = await start(FILE);
    const seen: ConfigChange[] = [];
    service.onChanged((change) => seen.push(change));
    const { hash } = await patch(service, '{gateway: {port: 4000}}', await hashOf(service));
    expect(seen).toEqual([
      { by: 'rpc', hash, changedPaths: ['gateway.port'], restartPaths: ['gateway.port'] },
    ]);
  });
});

describe('following the file', () => {
  it('takes over a change and says what it asks for', async () => {
    const service = await start(FILE);
    const before = service.current.appliedConfigHash;
    const read = nextChange(service);
    await put(FILE.replace('reload: {', "remote: { url: 'ws://h' }, reload: {"));
    await read;
    expect(lines).toContain('config change applied; it counts when it is next read (gateway.remote.url)');
    const hot = nextChange(service);
    await put(FILE.replace("mode: 'local'", "mode: 'local', trustedProxies: ['10.0.0.1']"));
    expect(await hot).toMatchObject({
      by: 'file',
      changedPaths: expect.arrayContaining(['gateway.trustedProxies', 'gateway.remote.url']),
      restartPaths: [],
    });
    expect(service.current.appliedConfigHash).not.toBe(before);
    const applied = service.current.appliedConfigHash;
    const restart = nextChange(service);
    await put(FILE.replace("mode: 'local'", "mode: 'local', port: 4000"));
    expect(await restart).toMatchObject({ restartPaths: ['gateway.port'] });
    expect(service.current.appliedConfigHash).toBe(applied);
    expect(lines.join('\n')).toContain('config change requires gateway restart (gateway.port)');
  });

  it('notices editors that replace the file, and included files', async () => {
    await put('{port: 7000}', 'part.json');
    const service = await start('{gateway: {$include: "part.json", reload: {debounceMs: 5}}}');
    const included = nextChange(service);
    await put('{port: 7001}', 'part.json');
    expect((await included).changedPaths).toEqual(['gateway.port']);
    const replaced = nextChange(service);
    await put('{gateway: {mode: "local", reload: {debounceMs: 5}}}', 'new.tmp');
    await rename(join(paths.stateDir, 'new.tmp'), paths.configPath);
    expect((await replaced).changedPaths).toEqual(['gateway.port', 'gateway.mode']);
  });

  it('skips a bad edit and keeps running on the old values', async () => {
    const service = await start(FILE);
    const rejected = nextRejection(service);
    await put('{gateway: {port: "x"}}');
    expect(await rejected).toEqual([
      { path: 'gateway.port', message: 'Invalid input: expected number, received string' },
    ]);
    expect(service.secret('gateway.auth.token')).toBe(TOKEN);
    expect(lines).toContain(
      'config reload skipped (invalid config): gateway.port: Invalid input: expected number, received string',
    );
    const removed = nextRejection(service);
    await rm(paths.configPath);
    expect(await removed).toEqual([{ path: '', message: 'config file not found' }]);
    const back = nextChange(service);
    await put(FILE.replace('// keep', '// back'));
    expect(await back).toMatchObject({ changedPaths: [] });
  });

  it('rejects an edit that loses the secret in use', async () => {
    const service = await start(FILE);
    const rejected = nextRejection(service);
    await put(FILE.replace(TOKEN, `\${GONE}`));
    expect(await rejected).toMatchObject([{ path: 'gateway.auth.token' }]);
    expect(service.secret('gateway.auth.token')).toBe(TOKEN);
  });

  it('leaves the file alone with reload.mode off, but still takes writes of peers', async () => {
    let noticed = (_: () => void): void => {};
    const event = new Promise<() => void>((resolve) => {
      noticed = resolve;
    });
    const after = (_: number, task: () => void): (() => void) => {
      noticed(task);
      return () => {};
    };
    const clock = { ...systemClock, after };
    const service = await start('{gateway: {reload: {mode: "off"}}}', { clock });
    const seen: ConfigChange[] = [];
    service.onChanged((change) => seen.push(change));
    await put('{gateway: {port: 4000}}');
    (await event)();
    await service.reloadSecrets();
    expect(seen).toEqual([]);
    expect(service.current.config).not.toHaveProperty('gateway.port');
    await service.write({
      kind: 'set',
      raw: '{gateway: {port: 5000}}',
      baseHash: (await service.read()).hash,
    });
    expect(seen).toMatchObject([{ by: 'rpc' }]);
    expect(service.current.config).toMatchObject({ gateway: { port: 5000 } });
  });
});

describe('the schema', () => {
  it('comes with hints and answers for single keys', async () => {
    const service = await start();
    const { schema, uiHints, version, generatedAt } = await service.schema();
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(uiHints['gateway.auth.token']).toMatchObject({ sensitive: true });
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(new Date(generatedAt).toISOString()).toBe(generatedAt);
    expect(await service.lookup('gateway.port')).toMatchObject({
      path: 'gateway.port',
      reloadKind: 'restart',
      children: [],
    });
    expect(await service.lookup('nope.nope')).toBeUndefined();
    expect(await service.lookup('..')).toBeUndefined();
  });
});
