import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, win32 } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import { launchdService } from './launchd.ts';
import { type RunProgram, systemRunner } from './program-runner.ts';
import { taskService } from './schtasks.ts';
import type { ServiceFacts } from './service-facts.ts';
import type { ServiceManager } from './service-manager.ts';
import { serviceNames } from './service-names.ts';
import { systemdService } from './systemd.ts';
import { systemdFacts, type UnitPlace } from './systemd-facts.ts';

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

/** The service manager of this machine, and in it the one service of a profile. Throws NOT_AVAILABLE where there is none. */
export function openService(place: ServicePlace): ServiceManager {
  const { paths, env, clock } = place;
  const platform = place.platform ?? process.platform;
  const names = serviceNames(paths.profile);
  const run = place.run ?? programsOf(platform, place);
  if (platform === 'linux') return systemdService({ ...userUnit(place, run), isContainer: isContainer(env) });
  if (platform === 'darwin') {
    const file = join(homeOf(env), 'Library', 'LaunchAgents', `${names.label}.plist`);
    const logDir = join(paths.trayDir, 'service');
    return launchdService({ run, clock, label: names.label, uid: userId(), file, logDir });
  }
  if (platform === 'win32') {
    const consoleHost = win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'conhost.exe');
    return taskService({
      run,
      task: names.task,
      user: windowsUser(env),
      consoleHost,
      dir: join(paths.trayDir, 'service'),
    });
  }
  throw new RpcError(
    'NOT_AVAILABLE',
    `Services are not available on ${platform}.\nKeep \`openclaw gateway run\` running with a supervisor of your own.`,
  );
}

/** A service of the same name for all users of this machine, which only systemd has; reading it changes nothing. */
export async function systemWideService(place: ServicePlace): Promise<ServiceFacts | undefined> {
  const platform = place.platform ?? process.platform;
  if (platform !== 'linux') return undefined;
  const user = userUnit(place, place.run ?? programsOf(platform, place));
  return systemdFacts({ ...user, scope: 'system', file: join('/etc/systemd/system', user.unit) });
}

function userUnit({ paths, env }: ServicePlace, run: RunProgram): UnitPlace {
  const home = homeOf(env);
  const { unit } = serviceNames(paths.profile);
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(home, '.config');
  const file = join(config, 'systemd', 'user', unit);
  return { run, unit, scope: 'user', file, home, user: userInfo().username, uid: userId(), env };
}

function programsOf(platform: NodeJS.Platform, { env, limitMs }: ServicePlace): RunProgram {
  const windowsDir =
    process.platform === 'win32' ? win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32') : undefined;
  return systemRunner(platform === 'linux' ? withRuntimeDir(env) : env, { windowsDir, limitMs });
}

/** Over `su` or a bare SSH the variable is missing although the user's systemd runs. */
function withRuntimeDir(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dir = `/run/user/${userId()}`;
  return env.XDG_RUNTIME_DIR || !existsSync(`${dir}/bus`) ? env : { ...env, XDG_RUNTIME_DIR: dir };
}

const homeOf = (env: NodeJS.ProcessEnv): string => env.HOME?.trim() || homedir();

const userId = (): number => process.getuid?.() ?? 0;

const windowsUser = (env: NodeJS.ProcessEnv): string => {
  const name = env.USERNAME || userInfo().username;
  return env.USERDOMAIN ? `${env.USERDOMAIN}\\${name}` : name;
};

/** Docker, Podman and systemd-nspawn say so in these places. */
function isContainer(env: NodeJS.ProcessEnv): boolean {
  if (env.container || existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return true;
  try {
    return /docker|kubepods|containerd|lxc/.test(readFileSync('/proc/1/cgroup', 'utf8'));
  } catch {
    return false;
  }
}
