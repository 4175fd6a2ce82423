import { closeSync, openSync, readSync } from 'node:fs';

const OTHER_STATE = /^\s*\d+: \S+ \S+ (?!0A)/;

/**
 * Listeners come first, and what follows takes the kernel milliseconds to look for. It makes no more rows than are
 * asked for: this is the length of one.
 */
const ROW_BYTES = 150;

export const isOtherState = (row: string): boolean => OTHER_STATE.test(row);

/** The rows of /proc/net/tcp or /proc/net/tcp6 that listen, behind its headline. */
export function listenerRows(path: string): string[] {
  const rows: string[] = [];
  for (const row of rowsOf(path)) {
    if (isOtherState(row)) break;
    rows.push(row);
  }
  return rows;
}

/** Rows as they are asked for; none when the table cannot be read. */
export function* rowsOf(path: string): Generator<string, void, void> {
  const file = tryOpen(path);
  if (file === undefined) return;
  try {
    const bytes = Buffer.alloc(ROW_BYTES);
    let rest = '';
    for (let count = readSync(file, bytes); count > 0; count = readSync(file, bytes)) {
      const rows = (rest + bytes.toString('latin1', 0, count)).split('\n');
      rest = rows.pop() ?? '';
      yield* rows;
    }
  } finally {
    closeSync(file);
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
