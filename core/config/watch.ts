import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock } from '../lib/clock.ts';

export interface FileWatch {
  /** Watches exactly these files from now on. */
  follow(paths: readonly string[]): void;
  close(): void;
}

/** Catches what directory events miss: network file systems, a replaced directory, a container mount. */
const POLL_MS = 5_000;

/**
 * Calls `onChange` once the watched files have been quiet for `debounceMs()`. Directories are watched, not files,
 * because editors replace files; a slow poll backs the events up. `onChange` has to compare contents itself.
 */
export function watchFiles(options: {
  clock: Clock;
  debounceMs: () => number;
  onChange: () => void;
}): FileWatch {
  const { clock, debounceMs, onChange } = options;
  const watchers = new Map<string, FSWatcher>();
  let files = new Set<string>();
  let seen = new Map<string, string>();
  let cancel = (): void => {};

  const changed = (): void => {
    cancel();
    cancel = clock.after(debounceMs(), onChange);
  };
  const poll = async (): Promise<void> => {
    const now = await signatures(files);
    const differs = [...now].some(([path, signature]) => (seen.get(path) ?? signature) !== signature);
    seen = now;
    if (differs) changed();
  };
  const watchDir = (dir: string): void => {
    try {
      const watcher = watch(dir, { persistent: false }, (_, name) => {
        if (name === null || [...files].some((path) => basename(path) === name)) changed();
      });
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(dir);
      });
      watchers.set(dir, watcher);
    } catch {
      watchers.delete(dir);
    }
  };
  const stopPolling = clock.every(POLL_MS, () => void poll());
  return {
    follow(paths) {
      files = new Set(paths);
      const dirs = new Set(paths.map((path) => dirname(path)));
      for (const [dir, watcher] of watchers) {
        if (dirs.has(dir)) continue;
        watcher.close();
        watchers.delete(dir);
      }
      for (const dir of dirs) if (!watchers.has(dir)) watchDir(dir);
    },
    close() {
      cancel();
      stopPolling();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

async function signatures(files: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of files) {
    const info = await stat(path).catch(() => undefined);
    found.set(path, info ? `${info.ino}:${info.size}:${info.mtimeMs}` : 'missing');
  }
  return found;
}
