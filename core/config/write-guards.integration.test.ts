import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { resolveStatePaths, type StatePaths } from './paths.ts';
import { type ConfigService, openConfig } from './service.ts';
import type { WriteRequest } from './write.ts';

const posix = process.platform !== 'win32';
const KINDS = ['patch', 'set', 'apply'] as const;
const RUNS = /secrets\.providers\.x runs a command on the gateway host/;

let dir = '';
let paths: StatePaths;
const open: ConfigService[] = [];

const put = async (name: string, text: string): Promise<string> => {
  const path = join(paths.stateDir, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o700 });
  return path;
};
const start = async (config: object, env: NodeJS.ProcessEnv = {}): Promise<ConfigService> => {
  await put('openclaw.json', JSON.stringify(config));
  const service = await openConfig({ paths, env, clock: systemClock, log: silentLogger });
  open.push(service);
  return service;
};
const write = async (service: ConfigService, config: object, kind: WriteRequest['kind'] = 'patch') =>
  service.write({ kind, raw: JSON.stringify(config), baseHash: (await service.read()).hash });

/** A program that leaves its name behind when it runs. */
const program = (name: string): Promise<string> =>
  put(name, `#!/bin/sh\necho "$0 $LEVEL" >> ${join(dir, 'ran')}\n`);
const whatRan = (): Promise<string> => readFile(join(dir, 'ran'), 'utf8').catch(() => '');
const provider = (command: string, more: object = {}) => ({
  secrets: {
    providers: {
      x: { source: 'exec', command, allowSymlinkCommand: true, allowInsecurePath: true, ...more },
    },
  },
});
/** Asks the provider as soon as the configuration is taken over. */
const asked = { gateway: { auth: { password: { source: 'exec', provider: 'x', id: 'a' } } } };

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'config-guards-')));
  paths = resolveStatePaths({ HOME: dir });
});
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
  await rm(dir, { recursive: true, force: true });
});

describe.runIf(posix)('a peer that wants to run a command on the gateway host', () => {
  it.each(KINDS)('cannot hide it behind a variable that becomes "exec" (%s)', async (kind) => {
    const service = await start({});
    const evil = await program('evil');
    const config = { env: { vars: { SRC: 'exec' } }, ...provider(evil, { source: `\${SRC}` }), ...asked };
    await expect(write(service, config, kind)).rejects.toThrow(RUNS);
    expect(await whatRan()).toBe('');
  });

  it.each(KINDS)('cannot redirect the variable in the command of the user (%s)', async (kind) => {
    const [good, evil] = [await program('good'), await program('evil')];
    const config = { ...provider(`\${TOOL}`), ...asked };
    const service = await start({ ...config, env: { vars: { TOOL: good } } });
    const started = await whatRan();
    expect(started).toContain('good');
    await expect(write(service, { ...config, env: { vars: { TOOL: evil } } }, kind)).rejects.toThrow(RUNS);
    expect(await whatRan()).toBe(started);
  });

  it('cannot prepare a redirection for a start without the variable of the process', async () => {
    const [good, evil] = [await program('good'), await program('evil')];
    const service = await start(provider(`\${TOOL}`), { TOOL: good });
    await expect(write(service, { env: { vars: { TOOL: evil } } })).rejects.toThrow(RUNS);
    await expect(write(service, { env: { TOOL: evil } })).rejects.toThrow(RUNS);
  });

  it.each([['LEVEL'], ['TMPDIR']])(
    'cannot change %s, which the command of the user is given',
    async (name) => {
      const config = { ...provider(await program('good'), { passEnv: ['LEVEL'] }), ...asked };
      const service = await start(config);
      const started = await whatRan();
      await expect(write(service, { env: { vars: { [name]: 'x' } } })).rejects.toThrow(
        `secrets.providers.x runs a command on the gateway host and gives it ${name}; set it there with "openclaw config set" or in the file`,
      );
      await expect(write(service, { env: { [name]: 'x' } })).rejects.toThrow(RUNS);
      expect(await whatRan()).toBe(started);
    },
  );

  it('may change everything else beside it, and write back what it has read', async () => {
    const config = {
      ...provider(`\${TOOL}`, { env: { A: 'b' } }),
      env: { vars: { TOOL: await program('good') } },
    };
    const service = await start(config);
    await write(service, { env: { vars: { OTHER: 'x' } }, messages: { ackReactionScope: 'all' } });
    const { parsed, v3 } = await service.read();
    await write(service, parsed as object, 'set');
    await write(service, v3.resolved, 'set');
    await write(service, { secrets: { providers: { x: null } } });
    expect(service.current.source).toMatchObject({ messages: { ackReactionScope: 'all' } });
  });
});

describe('a peer that wants to choose the program that answers like a model', () => {
  const backends = (cliBackends: object): object => ({ agents: { defaults: { cliBackends } } });
  const refused =
    'agents.defaults.cliBackends.x runs a command on the gateway host; set it there with "openclaw config set" or in the file';

  it.each(KINDS)('cannot add one (%s)', async (kind) => {
    const service = await start({});
    const config = backends({ x: { command: '/bin/sh', args: ['-c', 'id'] } });
    await expect(write(service, config, kind)).rejects.toThrow(refused);
  });

  it.each([
    ['command', { command: '/bin/sh' }],
    ['arguments', { args: ['-c', 'id'] }],
    ['environment', { env: { LD_PRELOAD: '/tmp/evil.so' } }],
  ])('cannot change the %s of the one of the user', async (_, change) => {
    const service = await start(backends({ x: { command: '/opt/model', args: ['-p'] } }));
    await expect(write(service, backends({ x: change }))).rejects.toThrow(refused);
  });

  it('cannot change it with a variable, and may take it away', async () => {
    const service = await start({
      env: { vars: { TOOL: '/opt/model' } },
      ...backends({ x: { command: `\${TOOL}` } }),
    });
    await expect(write(service, { env: { vars: { TOOL: '/bin/sh' } } })).rejects.toThrow(refused);
    await write(service, (await service.read()).v3.resolved, 'set');
    await write(service, backends({ x: null }));
    expect(service.current.source).toMatchObject({ agents: { defaults: { cliBackends: {} } } });
    expect(JSON.stringify(service.current.source)).not.toContain('command');
  });
});

describe('a peer that wants to reach files of the gateway host', () => {
  it.each(KINDS)('cannot make the gateway write its log into a file of the user (%s)', async (kind) => {
    const service = await start({});
    await expect(write(service, { logging: { file: join(dir, '.bashrc') } }, kind)).rejects.toThrow(
      'logging.file names a file on the gateway host; set it there with "openclaw config set" or in the file',
    );
    const config = { env: { vars: { HERE: dir } }, logging: { file: `\${HERE}/.bashrc` } };
    await expect(write(service, config, kind)).rejects.toThrow('logging.file names a file');
  });

  it('cannot move the log of the user with its variable', async () => {
    const service = await start({ env: { vars: { HERE: dir } }, logging: { file: `\${HERE}/x.log` } });
    await expect(write(service, { env: { vars: { HERE: '/etc' } } })).rejects.toThrow(
      'logging.file names a file',
    );
    await write(service, { logging: { level: 'debug' } });
    await write(service, (await service.read()).v3.resolved, 'set');
    await write(service, { logging: { file: null } });
    expect(service.current.source).toMatchObject({ logging: { level: 'debug' } });
  });

  const files = ['tls.certPath', 'tls.keyPath', 'tls.caPath', 'remote.sshIdentity'] as const;
  it.each(KINDS.flatMap((kind) => files.map((file) => [kind, file] as const)))(
    'cannot choose a file that is opened as a key or certificate (%s gateway.%s)',
    async (kind, file) => {
      const [part = '', key = ''] = file.split('.');
      const service = await start({});
      const config = { gateway: { [part]: { [key]: '/etc/ssl/private/other.key' } } };
      await expect(write(service, config, kind)).rejects.toThrow(
        `gateway.${file} names a file on the gateway host; set it there with "openclaw config set" or in the file`,
      );
      expect(JSON.stringify(service.current.source)).not.toContain('other.key');
    },
  );

  it('cannot move the certificate of the user with its variable, and may change TLS beside it', async () => {
    const tls = { certPath: `\${CERTS}/own.pem`, keyPath: `\${CERTS}/own.key` };
    const service = await start({ env: { vars: { CERTS: dir } }, gateway: { tls } });
    await expect(write(service, { env: { vars: { CERTS: '/etc' } } })).rejects.toThrow(
      'gateway.tls.certPath names a file',
    );
    await write(service, { gateway: { tls: { enabled: false } } });
    await write(service, (await service.read()).v3.resolved, 'set');
    await write(service, { gateway: { tls: { certPath: null, keyPath: null } } });
    expect(service.current.source).toMatchObject({ gateway: { tls: { enabled: false } } });
  });

  it.each(KINDS)('cannot choose a file that secrets are read from (%s)', async (kind) => {
    const service = await start({});
    const config = { secrets: { providers: { f: { source: 'file', path: '/etc/shadow' } } } };
    await expect(write(service, config, kind)).rejects.toThrow(
      'secrets.providers.f names a file on the gateway host; set it there with "openclaw config set" or in the file',
    );
  });

  it('may set what providers of variables allow', async () => {
    const service = await start({});
    await write(service, { secrets: { providers: { e: { source: 'env', allowlist: ['A'] } } } });
    expect(service.current.source).toMatchObject({ secrets: { providers: { e: { source: 'env' } } } });
  });

  it.each(KINDS)('cannot include another file of the state directory (%s)', async (kind) => {
    await put('credentials/account.json', '{"key": "canary"}');
    const service = await start({});
    const config = { plugins: { entries: { y: { config: { $include: 'credentials/account.json' } } } } };
    await expect(write(service, config, kind)).rejects.toThrow(
      'plugins.entries.y.config.$include names a file on the gateway host; set it there with "openclaw config set" or in the file',
    );
  });

  it('cannot show an included file at another place, and may keep it where it is', async () => {
    await put('part.json', '{"key": "canary"}');
    const entries = { x: { config: { $include: 'part.json' } } };
    const service = await start({ plugins: { entries } });
    const moved = { plugins: { entries: { y: { config: { $include: 'part.json' } } } } };
    await expect(write(service, moved)).rejects.toThrow('plugins.entries.y.config.$include names a file');
    await write(service, { plugins: { entries, enabled: true } }, 'set');
    expect(service.current.source).toMatchObject({ plugins: { enabled: true } });
  });
});

describe('a peer that wants to see the environment of the gateway', () => {
  const env = { ACME_KEY: 'canary-in-process', MODEL_HOST: 'canary-host', HOME: '/home/me' };
  const named = (name: string): object => ({ agents: { list: [{ id: 'a', name: `I am \${${name}}.` }] } });

  it.each(KINDS)('cannot put a variable of the process where everybody may read it (%s)', async (kind) => {
    const service = await start({}, env);
    await expect(write(service, named('ACME_KEY'), kind)).rejects.toThrow(
      'agents.list.0.name would show the variable ACME_KEY of the gateway; set it there with "openclaw config set" or in the file',
    );
    const taken = { ...named('ACME_KEY'), env: { vars: { ACME_KEY: 'mine' } } };
    await expect(write(service, taken, kind)).rejects.toThrow('would show the variable ACME_KEY');
  });

  it('cannot do so with a variable of .env, or with one that sounds like a secret wherever it is from', async () => {
    await put('.env', 'FROM_FILE=canary-in-file');
    const service = await start({ env: { vars: { OTHER_TOKEN: 'canary' } } }, env);
    for (const name of ['FROM_FILE', 'OTHER_TOKEN', 'LATER_SECRET'])
      await expect(write(service, named(name))).rejects.toThrow(`would show the variable ${name}`);
  });

  it('cannot take a reference of the user from a place that is hidden to one that is not', async () => {
    const service = await start({ hooks: { token: `\${ACME_KEY}` } }, env);
    const copied = { agents: { list: [{ id: 'a', name: `\${ACME_KEY}` }] } };
    await expect(write(service, copied)).rejects.toThrow('would show the variable ACME_KEY');
  });

  it('may use variables in secrets, its own ones and harmless ones anywhere, and move what the user wrote', async () => {
    const service = await start(named('MODEL_HOST'), env);
    await write(service, { hooks: { token: `\${ACME_KEY}` } });
    await write(service, { env: { vars: { TEAM: 'red' } }, messages: { responsePrefix: `\${TEAM}` } });
    await write(service, { agents: { defaults: { workspace: `\${HOME}/agents` } } });
    const moved = { list: [{ id: 'b' }, { id: 'a', name: `I am \${MODEL_HOST}.` }] };
    await write(service, { agents: moved });
    await write(service, { messages: { responsePrefix: `literally $\${ACME_KEY}` } });
    expect(service.current.source).toMatchObject({ messages: { responsePrefix: `literally \${ACME_KEY}` } });
  });
});
