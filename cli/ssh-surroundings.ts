import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TunnelOptions } from '../core/remote/tunnel.ts';
import type { Cli } from './invocation.ts';

/** The machine as SSH sees it: `.ssh` is in the home directory of the person, wherever our own state is kept. */
export function sshSurroundings({ env, clock }: Pick<Cli, 'env' | 'clock'>): TunnelOptions['around'] {
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
