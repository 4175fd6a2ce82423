import { describe, expect, test } from 'vitest';
import type { ConfigFile } from '../config/read.ts';
import { configuredToken, stateOfService } from './drift-subject.ts';
import { type DriftSubject, serviceDrift } from './service-drift.ts';
import type { ServiceCommand } from './service-facts.ts';

const command = (argv: string[] = [], env: Record<string, string> = {}): ServiceCommand => ({
  argv: ['/usr/bin/node', '/opt/openclaw.cjs', 'gateway', 'run', ...argv],
  env,
});

const subject = (more: Partial<DriftSubject> & { command?: ServiceCommand } = {}): DriftSubject => {
  const { command: given = command(), ...rest } = more;
  const state = { stateDir: '/home/a/.openclaw', configPath: '/home/a/.openclaw/openclaw.json' };
  return {
    facts: {
      manager: 'systemd',
      name: 'openclaw-gateway.service',
      scope: 'user',
      state: 'running',
      isEnabled: true,
      command: given,
    },
    port: 18789,
    ...state,
    serviceState: state,
    token: { kind: 'known', value: 'configured' },
    exists: () => true,
    temporaryDirs: ['/tmp'],
    ...rest,
  };
};

const codes = (given: Parameters<typeof subject>[0] = {}) =>
  serviceDrift(subject(given)).map(({ code }) => code);

describe('a service', () => {
  test('that is as the configuration says has no findings', () => {
    expect(codes()).toEqual([]);
    expect(codes({ command: command(['--port', '18789']) })).toEqual([]);
    expect(
      serviceDrift({ ...subject(), facts: { ...subject().facts, command: undefined } as never }),
    ).toEqual([]);
  });

  test('on another port than the configuration says is told with both', () => {
    for (const given of [
      command(['--port', '1']),
      command(['--port=1']),
      command([], { OPENCLAW_GATEWAY_PORT: '1' }),
    ])
      expect(serviceDrift(subject({ command: given }))).toEqual([
        { code: 'SERVICE_PORT_DIFFERS', level: 'error', values: { service: 1, config: 18789 } },
      ]);
  });

  test('whose program is gone, or will be, is told by its path', () => {
    expect(codes({ exists: (path) => path !== '/opt/openclaw.cjs' })).toEqual(['SERVICE_PROGRAM_GONE']);
    const nvm = { argv: ['/home/a/.nvm/versions/node/v20/bin/node', '/tmp/x.js', 'gateway'], env: {} };
    expect(codes({ command: nvm })).toEqual(['SERVICE_PROGRAM_VERSIONED', 'SERVICE_PROGRAM_TEMPORARY']);
    expect(codes({ command: { argv: ['/bin/sleep', '9'], env: {} } })).toEqual(['SERVICE_COMMAND_UNKNOWN']);
  });

  test('that needs a file of variables which is not there is told by its path', () => {
    const found = codes({ command: { ...command(), missingFiles: ['/home/a/gone.env'] } });
    expect(found).toEqual(['SERVICE_FILE_GONE']);
  });

  test('with a token of its own is told, and again when it is not the configured one', () => {
    const own = (token: string) => command([], { OPENCLAW_GATEWAY_TOKEN: token });
    expect(codes({ command: own('configured') })).toEqual(['SERVICE_TOKEN_EMBEDDED']);
    expect(codes({ command: own('older') })).toEqual(['SERVICE_TOKEN_EMBEDDED', 'SERVICE_TOKEN_DIFFERS']);
    expect(codes({ command: command(['--token', 'older']) })).toContain('SERVICE_TOKEN_DIFFERS');
    expect(codes({ command: command(['--token=a=='], {}), token: { kind: 'known', value: 'a==' } })).toEqual([
      'SERVICE_TOKEN_EMBEDDED',
    ]);
    expect(codes({ command: own('older'), token: { kind: 'not-active' } })).toEqual([
      'SERVICE_TOKEN_EMBEDDED',
    ]);
    const told = JSON.stringify(serviceDrift(subject({ command: own('older') })));
    expect(told).not.toMatch(/older|configured/);
  });

  test('whose secret cannot be resolved, that uses other files, or does not start by itself, is told', () => {
    expect(codes({ token: { kind: 'unresolved', reason: 'x' } })).toEqual(['SERVICE_TOKEN_UNRESOLVED']);
    expect(codes({ stateDir: '/home/b/.openclaw' })).toEqual(['SERVICE_STATE_DIFFERS']);
    expect(codes({ facts: { ...subject().facts, isEnabled: false } })).toEqual(['SERVICE_DISABLED']);
  });
});

describe('the token that the configuration means', () => {
  const file = (gateway: unknown, env: NodeJS.ProcessEnv = {}): ConfigFile =>
    ({ resolved: { gateway }, env }) as unknown as ConfigFile;
  const ref = { source: 'env', provider: 'default', id: 'MY_TOKEN' };

  test.each([
    ['an explicit password', { auth: { mode: 'password', token: 'x' } }],
    ['none', { auth: { mode: 'none', token: ref } }],
    ['a trusted proxy', { auth: { mode: 'trusted-proxy' } }],
    ['a password that nothing can win against', { auth: { password: 'x' } }],
  ])('is not looked at with %s', async (_, gateway) => {
    expect(await configuredToken(file(gateway), command())).toEqual({ kind: 'not-active' });
  });

  test('is resolved with the variables of the service before those of this process', async () => {
    const here = file({ auth: { token: ref } }, { MY_TOKEN: 'here' });
    expect(await configuredToken(here, command())).toEqual({ kind: 'known', value: 'here' });
    expect(await configuredToken(here, command([], { MY_TOKEN: 'service' }))).toEqual({
      kind: 'known',
      value: 'service',
    });
  });

  test('is looked at beside a password when the mode is token, or a token could win', async () => {
    const both = { auth: { password: 'x', token: 'y' } };
    expect(await configuredToken(file(both), command())).toEqual({ kind: 'known', value: 'y' });
    expect(await configuredToken(file({ auth: { mode: 'token' } }), command())).toEqual({ kind: 'none' });
    const own = command([], { OPENCLAW_GATEWAY_TOKEN: 'z' });
    expect(await configuredToken(file({ auth: { password: 'x' } }), own)).toEqual({ kind: 'none' });
    const unresolved = await configuredToken(file({ auth: { token: ref } }), command());
    expect(unresolved).toEqual({ kind: 'unresolved', reason: expect.stringContaining('MY_TOKEN') });
  });
});

test('the files of a service follow from its profile and its variables', () => {
  const stateDir = (argv: string[], env = {}) => stateOfService(command(argv, env), '/home/a').stateDir;
  expect(stateDir([])).toBe('/home/a/.openclaw');
  expect(stateDir(['--profile', 'work'])).toBe('/home/a/.openclaw-work');
  expect(stateDir(['--dev'])).toBe('/home/a/.openclaw-dev');
  expect(stateDir([], { OPENCLAW_STATE_DIR: '/srv/x' })).toBe('/srv/x');
  expect(stateDir(['--profile', '../evil'])).toBe('');
});
