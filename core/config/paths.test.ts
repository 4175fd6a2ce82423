import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveStatePaths } from './paths.ts';

const home = resolve('/home/ada');

describe('resolveStatePaths', () => {
  it('uses ~/.openclaw and keeps our own files in its tray directory', () => {
    expect(resolveStatePaths({ HOME: home })).toEqual({
      home,
      stateDir: join(home, '.openclaw'),
      configPath: join(home, '.openclaw', 'openclaw.json'),
      trayDir: join(home, '.openclaw', 'tray'),
      profile: undefined,
    });
  });

  it('gives each profile a directory of its own, and none to the profile "default"', () => {
    expect(resolveStatePaths({ HOME: home }, { profile: 'work' }).stateDir).toBe(
      join(home, '.openclaw-work'),
    );
    expect(resolveStatePaths({ HOME: home, OPENCLAW_PROFILE: 'lab' }).stateDir).toBe(
      join(home, '.openclaw-lab'),
    );
    expect(resolveStatePaths({ HOME: home }, { dev: true })).toMatchObject({
      profile: 'dev',
      stateDir: join(home, '.openclaw-dev'),
    });
    for (const profile of ['default', 'Default', '', '  ']) {
      expect(resolveStatePaths({ HOME: home }, { profile }).stateDir).toBe(join(home, '.openclaw'));
    }
  });

  it('lets the environment name the state directory, the file and the home', () => {
    const env = { HOME: home, OPENCLAW_STATE_DIR: '~/state', OPENCLAW_CONFIG_PATH: resolve('/etc/oc.json') };
    expect(resolveStatePaths(env, { profile: 'work' })).toMatchObject({
      stateDir: join(home, 'state'),
      configPath: resolve('/etc/oc.json'),
      trayDir: join(home, 'state', 'tray'),
    });
    expect(resolveStatePaths({ HOME: home, OPENCLAW_HOME: resolve('/srv/x') }).stateDir).toBe(
      resolve('/srv/x/.openclaw'),
    );
  });

  it('refuses a profile name that could leave the home directory', () => {
    for (const profile of ['../x', 'a/b', '.', 'a b', 'x'.repeat(65)]) {
      expect(() => resolveStatePaths({ HOME: home }, { profile })).toThrow('Invalid --profile');
      const env = { HOME: home, OPENCLAW_PROFILE: profile };
      expect(() => resolveStatePaths(env)).toThrow('Invalid OPENCLAW_PROFILE');
    }
  });
});
