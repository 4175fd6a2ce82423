import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, win32 } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import type { Clock } from '../lib/clock.ts';
import { type RunProgram, systemRunner } from './program-runner.ts';
import { serviceNames } from './service-names.ts';
import type { UnitPlace } from './systemd-facts.ts';

export interface ServicePlace {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  /** That of this machine unless given; a test may try the ways of another one. */
  platform?: NodeJS.Platform;
  /** The programs of this machine unless given. */
  run?: RunProgram;
  /** No program of this machine gets more milliseconds than this. */
  limitMs?: number;
}

/** The unit of the user's own systemd. */
export function userUnit({ paths, env }: ServicePlace, run: RunProgram): UnitPlace {
  const home = homeOf(env);
  const { unit } = serviceNames(paths.profile);
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(home, '.config');
  const file = join(config, 'systemd', 'user', unit);
  return { run, unit, scope: 'user', file, home, user: userInfo().username, uid: userId(), env };
}

/** How programs of this machine are started. */
export function programsOf({ env, limitMs, platform = process.platform, run }: ServicePlace): RunProgram {
  if (run) return run;
  const windowsDir =
    process.platform === 'win32' ? win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32') : undefined;
  return systemRunner(platform === 'linux' ? withRuntimeDir(env) : env, { windowsDir, limitMs });
}

/** Over `su` or a bare SSH the variable is missing although the user's systemd runs. */
function withRuntimeDir(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dir = `/run/user/${userId()}`;
  return env.XDG_RUNTIME_DIR || !existsSync(`${dir}/bus`) ? env : { ...env, XDG_RUNTIME_DIR: dir };
}

export const homeOf = (env: NodeJS.ProcessEnv): string => env.HOME?.trim() || homedir();

export const userId = (): number => process.getuid?.() ?? 0;
