import { join } from 'node:path';
import { type ConfigLine, includedFiles, readConfigLines } from './config-lines.ts';
import { SshFailure, type SshProblem } from './ssh-problem.ts';
import { parseSshTarget } from './ssh-target.ts';
import type { SshSurroundings } from './surroundings.ts';

/** Whoever has more of them looks for them by name. */
const MOST_HOSTS = 200;
const MOST_FILES = 64;

export interface ConfiguredHosts {
  hosts: string[];
  /** Why the files could not be read; SSH_CONFIG_UNSAFE or SSH_CONFIG_UNUSABLE. */
  problem?: SshProblem;
}

/**
 * The hosts that `~/.ssh/config` names, with the files that it includes: each once, in their order, without patterns
 * and without what is no host name.
 */
export async function configuredHosts(around: Pick<SshSurroundings, 'home'>): Promise<ConfiguredHosts> {
  try {
    const names = (await hostLines(around)).flatMap(({ args }) => args).filter(isHostAlias);
    return { hosts: [...new Set(names)].slice(0, MOST_HOSTS) };
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    return { hosts: [], problem: error.problem };
  }
}

/** Each file is read once, so that files which include each other come to an end. */
async function hostLines({ home }: Pick<SshSurroundings, 'home'>): Promise<ConfigLine[]> {
  const userDir = join(home, '.ssh');
  const files = [join(userDir, 'config')];
  const lines: ConfigLine[] = [];
  for (let index = 0; index < Math.min(files.length, MOST_FILES); index += 1) {
    const read = await readConfigLines(files[index] ?? '');
    lines.push(...read.filter(({ keyword }) => keyword === 'host'));
    for (const file of await includesOf(read, home, userDir)) if (!files.includes(file)) files.push(file);
  }
  return lines;
}

async function includesOf(lines: readonly ConfigLine[], home: string, base: string): Promise<string[]> {
  const patterns = lines.filter(({ keyword }) => keyword === 'include').flatMap(({ args }) => args);
  const atHome = patterns.map((pattern) => pattern.replace(/^~(?=$|[\\/])/, () => home));
  return (await Promise.all(atHome.map((pattern) => includedFiles(pattern, base)))).flat();
}

function isHostAlias(name: string): boolean {
  const parsed = parseSshTarget(name);
  return parsed.ok && parsed.target.host === name;
}
