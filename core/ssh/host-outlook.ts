import { isKnownHost, type KnownHost, knownPlace } from './known-hosts.ts';
import { readKnownHosts } from './known-hosts-files.ts';
import { readSshHost } from './ssh-config.ts';
import { SshFailure } from './ssh-problem.ts';
import type { SshTarget } from './ssh-target.ts';
import type { SshSurroundings } from './surroundings.ts';

/** What can be said of a host before anything is sent to it. */
export interface HostOutlook {
  host: string;
  port: number;
  /** It is reached from here, not through other hosts. */
  isDirect: boolean;
  /** Somebody has vouched for a key of it. */
  isKnown: boolean;
}

/** Looks hosts up in the files of SSH, reading those with known hosts once; undefined where they cannot be used. */
export function hostOutlooks(
  around: SshSurroundings,
): (target: SshTarget) => Promise<HostOutlook | undefined> {
  const read = new Map<string, Promise<KnownHost[]>>();
  const entriesOf = (files: readonly string[]): Promise<KnownHost[]> => {
    const key = files.join('\n');
    const entries = read.get(key) ?? readKnownHosts(files);
    read.set(key, entries);
    return entries;
  };
  return async (target) => {
    try {
      const found = await readSshHost(target, around);
      const { knownHostsFiles, proxyJump, host, port } = found;
      const entries = await entriesOf([around.ownKnownHosts, ...knownHostsFiles]);
      return {
        host,
        port,
        isDirect: proxyJump.length === 0,
        isKnown: isKnownHost(entries, knownPlace(found)),
      };
    } catch (error) {
      if (error instanceof SshFailure) return undefined;
      throw error;
    }
  };
}
