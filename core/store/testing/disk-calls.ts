import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export interface DiskCalls {
  /** What the system has done, in that order, and what the test adds. */
  done: string[];
  /** Makes the next `datasync` fail with EIO instead. */
  failNextSync(): void;
  stop(): void;
}

type Call = (this: FileHandle, ...args: never[]) => Promise<unknown>;

/**
 * Watches the real file handles of this process: `write`, `sync` (with `directory` where it is one), `datasync`,
 * `truncate` and `rename`, each noted once it has returned. Only for one test at a time in a process.
 */
export async function watchDisk(): Promise<DiskCalls> {
  const done: string[] = [];
  const undo: (() => void)[] = [];
  let fails = false;
  const handles = await handlePrototype();
  const watch = (method: string, name: (file: FileHandle) => Promise<string> | string): void => {
    const real = handles[method] as Call;
    handles[method] = async function (...args) {
      const noted = await name(this);
      if (fails && method === 'datasync') {
        fails = false;
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      }
      const result = await real.apply(this, args);
      done.push(noted);
      return result;
    };
    undo.push(() => {
      handles[method] = real;
    });
  };
  watch('write', () => 'write');
  watch('writeFile', () => 'write');
  watch('truncate', () => 'truncate');
  watch('datasync', () => 'datasync');
  watch('sync', async (file) => ((await file.stat()).isDirectory() ? 'sync directory' : 'sync'));
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    await rename(from, to);
    done.push('rename');
  };
  undo.push(() => {
    fs.promises.rename = rename;
  });
  syncBuiltinESMExports();
  return {
    done,
    failNextSync: () => {
      fails = true;
    },
    stop: () => {
      for (const step of undo) step();
      syncBuiltinESMExports();
    },
  };
}

async function handlePrototype(): Promise<Record<string, Call>> {
  const handle = await open(process.execPath);
  await handle.close();
  return Object.getPrototypeOf(handle);
}
