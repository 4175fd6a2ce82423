import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, win32 } from 'node:path';
import { RpcError } from '../protocol/errors.ts';
import { launchdService } from './launchd.ts';
import { taskService } from './schtasks.ts';
import type { ServiceManager } from './service-manager.ts';
import { serviceNames } from './service-names.ts';
import { homeOf, programsOf, type ServicePlace, userId, userUnit } from './service-place.ts';
import { systemdService } from './systemd.ts';

/** The service manager of this machine, and in it the one service of a profile. Throws NOT_AVAILABLE where there is none. */
export function openService(place: ServicePlace): ServiceManager {
  const { paths, env, clock } = place;
  const platform = place.platform ?? process.platform;
  const names = serviceNames(paths.profile);
  const run = programsOf(place);
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
