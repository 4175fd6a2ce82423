import { type FSWatcher, watch } from 'node:fs';

/** Undefined where the system gives out no more watches; what time brings is then enough. */
export function tryWatch(dir: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dir, changed);
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined;
  }
}
