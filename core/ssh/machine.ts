import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { SshSurroundings } from './surroundings.ts';

/** The machine as SSH sees it: `.ssh` is in the home directory of the person, wherever our own state is kept. */
export function sshMachine({
  env,
  clock,
}: {
  env: NodeJS.ProcessEnv;
  clock: Clock;
}): Omit<SshSurroundings, 'ownKnownHosts'> {
  const isWindows = process.platform === 'win32';
  return {
    home: env.HOME || env.USERPROFILE || homedir(),
    username: userInfo().username,
    env,
    platform: process.platform,
    clock,
    systemDir: isWindows ? join(env.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh',
  };
}
