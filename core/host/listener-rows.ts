import { closeSync, openSync, read, readSync } from 'node:fs';

const OTHER_STATE = /^\s*\d+: \S+ \S+ (?!0A)/;

/**
 * Listeners come first, and what follows takes the kernel milliseconds to look for. It makes no more rows than are
 * asked for: this is the length of one.
 */
const ROW_BYTES = 150;
/** The kernel makes no more at once, and less only at the end: what is left of a page is too short for a row. */
const PAGE_BYTES = 4096;
const LONGEST_ROW_BYTES = 512;

export const isOtherState = (row: string): boolean => OTHER_STATE.test(row);

/**
 * The rows of /proc/net/tcp or /proc/net/tcp6 that listen, behind its headline; undefined when it cannot be read.
 * While the kernel looks for them, this process does something else.
 */
export async function listenerRows(path: string): Promise<string[] | undefined> {
  const file = tryOpen(path);
  if (file === undefined) return undefined;
  try {
    const rows = await readListeners(file);
    return rows.length > 0 ? rows : undefined;
  } finally {
    closeSync(file);
  }
}

async function readListeners(file: number): Promise<string[]> {
  const bytes = Buffer.alloc(PAGE_BYTES);
  const rows: string[] = [];
  let rest = '';
  for (;;) {
    const count = await readSome(file, bytes);
    const lines = (rest + bytes.toString('latin1', 0, count)).split('\n');
    rest = lines.pop() ?? '';
    const end = lines.findIndex(isOtherState);
    rows.push(...lines.slice(0, end === -1 ? undefined : end));
    if (end !== -1 || count < PAGE_BYTES - LONGEST_ROW_BYTES) return rows;
  }
}

/** 0 also when it cannot be read. */
const readSome = (file: number, bytes: Buffer): Promise<number> =>
  new Promise((resolve) => {
    read(file, bytes, 0, bytes.length, null, (error, count) => resolve(error ? 0 : count));
  });

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
