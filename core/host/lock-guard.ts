import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import { ownIdentity, stillRuns } from './process-identity.ts';

const PATIENCE_MS = 10_000;
const POLL_MS = 15;
/** What a system answers when the directory to be replaced is not empty, or on Windows exists at all. */
const TAKEN = new Set(['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES', 'EBUSY']);

/**
 * Runs `task` while no other process runs one under the same `path`, also when the last owner died.
 *
 * The guard is a directory that holds one file named after its owner. Taking it is a rename of a
 * prepared directory onto `path`, which succeeds only while `path` is missing or empty. A dead owner
 * is cleared by deleting its file: the name is unique, so a slow starter that still remembers the
 * dead owner can never delete the file of the one who came after.
 */
export async function withGuard<T>(path: string, clock: Clock, task: () => Promise<T>): Promise<T> {
  const { pid, startTime } = await ownIdentity();
  const owner = `${pid}-${startTime ?? 'unknown'}-${randomBytes(8).toString('hex')}`;
  const prepared = `${path}.${owner}`;
  await mkdir(prepared, { mode: 0o700 });
  try {
    await writeFile(join(prepared, owner), '');
    await take(path, prepared, clock);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    throw error;
  }
  try {
    await sweep(path);
    return await task();
  } finally {
    await rm(join(path, owner), { force: true });
    await rmdir(path).catch(() => {});
  }
}

async function take(path: string, prepared: string, clock: Clock): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await rename(prepared, path);
    } catch (error) {
      if (!TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await clearDeadOwners(path);
      if (clock.now() >= deadline) throw busy(path, error);
    }
    await clock.sleep(POLL_MS);
  }
}

const busy = (path: string, cause: unknown): RpcError =>
  new RpcError(
    'STORE_UNUSABLE',
    `${path} stays in use by another starting gateway. When none is starting, remove it and try again.`,
    undefined,
    { cause },
  );

async function isDead(owner: string): Promise<boolean> {
  const [pid, startTime] = owner.split('-');
  return !(await stillRuns({
    pid: Number(pid),
    startTime: startTime === 'unknown' ? null : (startTime ?? null),
  }));
}

async function clearDeadOwners(path: string): Promise<void> {
  for (const owner of await readdir(path).catch(() => [])) {
    if (await isDead(owner)) await rm(join(path, owner), { force: true });
  }
  // Windows renames onto nothing only; this fails, as it should, while somebody owns the guard.
  if (process.platform === 'win32') await rmdir(path).catch(() => {});
}

/** Removes what starters left behind that died between preparing and taking. */
async function sweep(path: string): Promise<void> {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !(await isDead(name.slice(prefix.length)))) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}
