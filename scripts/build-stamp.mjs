/** Tells whether what was built is still made of the files that it was made of. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** path → size and modification time; undefined for a file that is gone, so that it counts as changed. */
function stampOf(paths) {
  return Object.fromEntries(
    paths.map((path) => {
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      return [path, stat ? `${stat.size} ${stat.mtimeMs}` : undefined];
    }),
  );
}

/** Paths, inputs and outputs alike, are relative to the checkout. */
export const writeStamp = (file, paths) => writeFileSync(file, JSON.stringify(stampOf(paths)));

export function isFresh(file) {
  try {
    const before = JSON.parse(readFileSync(file, 'utf8'));
    return JSON.stringify(stampOf(Object.keys(before))) === JSON.stringify(before);
  } catch {
    return false;
  }
}
