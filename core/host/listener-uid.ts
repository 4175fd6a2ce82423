import { isOtherState, rowsOf } from './listener-rows.ts';
import { type ListeningSocket, parseProcNetTcp } from './port-holder-linux.ts';

/** The one that answers a connection to 127.0.0.1 first. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const ANSWERING = ['127.0.0.1', '0.0.0.0', '::'];

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
    if (isOtherState(row)) return undefined;
    const socket = parseProcNetTcp(row, port).find(({ address }) => ANSWERING.includes(address));
    if (socket) return socket;
  }
  return undefined;
}
