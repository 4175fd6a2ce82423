import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { type KnownHost, knownName, parseKnownHosts } from './known-hosts.ts';
import { type HostKeyQuestion, sshFailure } from './ssh-problem.ts';

/** Every entry of these files, in their order; a file that is not there has none. Throws SSH_CONFIG_UNUSABLE. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHost[]> {
  const read = await Promise.all(files.map(async (file) => parseKnownHosts(file, await textOf(file))));
  return read.flat();
}

/** One that cannot be read is no empty one: it may hold the key that would give a stranger away. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw sshFailure('SSH_CONFIG_UNUSABLE', { file, reason: code });
  }
}

/** Writes down, in our own file (0600), that a person has vouched for this key. Throws STORE_UNUSABLE. */
export async function addKnownHost(file: string, { host, port, type, key }: HostKeyQuestion): Promise<void> {
  await ensurePrivateDir(dirname(file));
  const before = await textOf(file);
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  await writeFileAtomic(file, `${before}${gap}${knownName(host, port)} ${type} ${key}\n`);
}
