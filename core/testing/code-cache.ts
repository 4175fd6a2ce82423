import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Compiled code is shared by all programs that tests start, and stays out of their homes. */
export function sharedCodeCache(): NodeJS.ProcessEnv {
  const dir = resolve(import.meta.dirname, '../../dist/.cache');
  mkdirSync(dir, { recursive: true });
  return { XDG_CACHE_HOME: dir };
}
