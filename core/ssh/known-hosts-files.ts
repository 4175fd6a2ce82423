import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { fingerprintOf } from './fingerprint.ts';
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

/**
 * Takes the keys with these fingerprints out of our own file, for this host alone, because a person has said that they
 * are the host's no longer. A line that names other hosts as well loses this name only. True when one was there.
 */
export async function removeKnownHost(
  file: string,
  { host, port }: { host: string; port: number },
  fingerprints: readonly string[],
): Promise<boolean> {
  const name = knownName(host, port);
  const before = (await textOf(file)).split('\n');
  const after = before.flatMap((line) => {
    const [entry] = parseKnownHosts(file, line);
    const isIt = entry?.marker === undefined && entry?.hosts.includes(name);
    if (!entry || !isIt || !fingerprints.includes(fingerprintOf(entry.key))) return [line];
    const others = entry.hosts.filter((other) => other !== name);
    return others.length === 0 ? [] : [`${others.join(',')} ${entry.type} ${entry.key.toString('base64')}`];
  });
  if (after.join('\n') === before.join('\n')) return false;
  await writeFileAtomic(file, after.join('\n'));
  return true;
}
