import { closeSync, openSync, readSync } from 'node:fs';
import { type ListeningSocket, parseProcNetTcp } from './port-holder-linux.ts';

/** The one that answers a connection to 127.0.0.1 first. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const ANSWERING = ['127.0.0.1', '0.0.0.0', '::'];
const OTHER_STATE = /^\s*\d+: \S+ \S+ (?!0A)/;

/**
 * Listeners come first, and what follows takes the kernel milliseconds to look for. It makes no more rows than are
 * asked for: this is the length of one.
 */
const ROW_BYTES = 150;

/**
 * The uid of another user, not root, whose process listens where a connection to 127.0.0.1 on `port` ends.
 * Undefined when there is none, and where the system does not tell: everywhere but on Linux.
 */
export function strangerAt(port: number): number | undefined {
  const own = process.getuid?.();
  if (process.platform !== 'linux' || own === undefined) return undefined;
  return strangerIn(TABLES.map(rowsOf), port, own);
}

/** The same, from the rows of both tables and the uid of this process. */
export function strangerIn(
  tables: readonly Iterable<string>[],
  port: number,
  own: number,
): number | undefined {
  for (const rows of tables) {
    const uid = answering(rows, port)?.uid;
    if (uid !== undefined) return uid === own || uid === 0 ? undefined : uid;
  }
  return undefined;
}

/** The kernel lets no two users listen at addresses of one table that overlap, so the first one is the only one. */
function answering(rows: Iterable<string>, port: number): ListeningSocket | undefined {
  for (const row of rows) {
    if (OTHER_STATE.test(row)) return undefined;
    const socket = parseProcNetTcp(row, port).find(({ address }) => ANSWERING.includes(address));
    if (socket) return socket;
  }
  return undefined;
}

/** Rows as they are asked for; none when the table cannot be read. */
function* rowsOf(path: string): Generator<string, void, void> {
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
