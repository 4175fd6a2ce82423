import type { Clock } from '../lib/clock.ts';

/** What this room reaches of the machine; the composition roots build it. */
export interface SshSurroundings {
  /** The home directory, in which `.ssh` is. */
  home: string;
  /** The name of whoever is logged in here. */
  username: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  clock: Clock;
  /** The known_hosts file of our own: read first, and the only one that is ever written. */
  ownKnownHosts: string;
  /** The directory with `ssh_config` and `ssh_known_hosts` for all users; `/etc/ssh`. */
  systemDir: string;
}
