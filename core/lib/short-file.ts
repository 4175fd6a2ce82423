import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/**
 * Text of a short file; undefined when there is none, or it cannot be read, or it is a pipe or a device, which might
 * never end. It is read at once: to have it read by another thread takes several times as long.
 */
export function shortText(path: string): string | undefined {
  try {
    return withOpenFile(path, (found, text) => (found.isFile() ? text() : undefined));
  } catch {
    return undefined;
  }
}

/**
 * Opens a file that may be anything, a pipe too, without waiting for whoever is at its other end. `read` is told what
 * it is and how to get its text. Throws what the system says.
 */
export function withOpenFile<T>(path: string, read: (found: Stats, text: () => string) => T, flags = 0): T {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | flags);
  try {
    return read(fstatSync(file), () => readFileSync(file, 'utf8'));
  } finally {
    closeSync(file);
  }
}
