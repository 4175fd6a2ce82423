import { lstatSync } from 'node:fs';
import { chmod, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RpcError } from '../protocol/errors.ts';
import type { ServiceChange } from '../service/service-repair.ts';
import { createDir, writeFileAtomic } from '../store/atomic-file.ts';

/** One file (or the mode of one file or directory) before and after; turned round it is what undoes it. */
export type FileChange =
  | {
      kind: 'text';
      path: string;
      /** Null: there is no file. */
      before: string | null;
      after: string | null;
      /** Its content says nothing that is not shown elsewhere: a copy, or something left behind. */
      isPlain?: boolean;
    }
  /** Permission bits. */
  | { kind: 'mode'; path: string; before: number; after: number };

/** Whatever a doctor changes. */
export type Change = FileChange | ServiceChange;

/** Throws STORE_UNUSABLE when the file is not as it was when the change was made up: somebody else was there. */
export async function applyChange(change: FileChange): Promise<void> {
  if (change.kind === 'mode') return changeMode(change);
  const { path, before, after } = change;
  if ((await textOf(path)) !== before) throw touched(path);
  if (after === null) return unlink(path);
  await createDir(dirname(path));
  await writeFileAtomic(path, after, {
    mode: 0o600,
    beforeRename: async () => {
      if ((await textOf(path)) !== before) throw touched(path);
    },
  });
}

async function changeMode({ path, before, after }: FileChange & { kind: 'mode' }): Promise<void> {
  if (modeOf(path) !== before) throw touched(path);
  await chmod(path, after);
}

export function inverse(change: Change): Change {
  switch (change.kind) {
    case 'mode':
      return { ...change, before: change.after, after: change.before };
    case 'text':
      return { ...change, before: change.after, after: change.before };
    case 'service':
      return { ...change, before: change.after, after: change.before };
  }
}

/** There is nothing left to do: an end in the middle of things left it undone. */
export async function isMade(change: FileChange): Promise<boolean> {
  const now = change.kind === 'mode' ? await modeOf(change.path) : await textOf(change.path);
  return now === change.after;
}

/** Permission bits of a file or directory that is no link; undefined for anything else. */
export function modeOf(path: string): number | undefined {
  try {
    const found = lstatSync(path);
    return found.isFile() || found.isDirectory() ? found.mode & 0o777 : undefined;
  } catch {
    return undefined;
  }
}

/** Null when there is no file; throws what the system says when it cannot be read. */
export const textOf = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new RpcError('STORE_UNUSABLE', `${path} cannot be read (${error.code}). Check its owner and mode.`);
  });

const touched = (path: string): RpcError =>
  new RpcError('STORE_UNUSABLE', `${path} has been changed by somebody else, so it was left alone.`);
