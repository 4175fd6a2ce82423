import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenTestEnds } from '../../testing/test-end.ts';

export interface SmallDisk {
  path: string;
  /** Makes it read-only, or writable again. */
  setReadOnly(readOnly: boolean): void;
  remove(): void;
}

/** A file system of its own with room for `kibibytes`, gone when the test ends, in the empty directory `at` if given; undefined where mounting one is not allowed. */
export function mountSmallDisk(kibibytes: number, at?: string): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const path = at ?? mkdtempSync(join(tmpdir(), 'openclaw-disk-'));
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { stdio: 'pipe' });
  };
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=0700`, 'openclaw-test', path);
  } catch {
    rmdirSync(path);
    return undefined;
  }
  let isThere = true;
  const remove = (): void => {
    if (!isThere) return;
    isThere = false;
    run('umount', '-l', path);
    rmdirSync(path);
  };
  whenTestEnds(remove);
  return {
    path,
    setReadOnly: (readOnly) => run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, path),
    remove,
  };
}

/** Whether this machine lets a test mount a disk; the titles of the tests that need one say so. */
export function canMount(): boolean {
  const disk = mountSmallDisk(16);
  disk?.remove();
  return disk !== undefined;
}
