import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../lib/clock.ts';
import { asNumber, asObject, type Json } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { recordOf } from '../store/journal-line.ts';
import type { Held } from './session-catalog.ts';
import type { OpenRun } from './session-state.ts';
import type { SessionEntry } from './session-types.ts';
import { type FileStamp, fileStamp, isSessionId } from './transcript-files.ts';

/** One session as the index remembers it: its state and the transcript from which it was made. */
export interface IndexRow extends FileStamp {
  entry: SessionEntry;
  firstSeq: number;
  lastSeq: number;
  openRuns: OpenRun[];
  damaged: number;
}

const VERSION = 1;
const indexPath = (dir: string): string => join(dir, 'index.json');

/** The rows by session id; empty when the index is missing, torn, damaged in any byte or of another version. */
export async function readIndex(dir: string): Promise<Map<string, IndexRow>> {
  const rows = new Map<string, IndexRow>();
  const bytes = await readFile(indexPath(dir)).catch(() => undefined);
  const index = bytes && recordOf(bytes);
  if (index?.version !== VERSION || !Array.isArray(index.rows)) return rows;
  for (const value of index.rows) {
    const row = rowOf(asObject(value));
    if (row) rows.set(row.entry.sessionId, row);
  }
  return rows;
}

function rowOf(row: Json): IndexRow | undefined {
  const { sessionId, key } = asObject(row.entry);
  if (typeof sessionId !== 'string' || !isSessionId(sessionId) || typeof key !== 'string') return undefined;
  const numbers = [row.size, row.mtimeMs, row.ino, row.firstSeq, row.lastSeq, row.damaged];
  const isWhole = numbers.every((value) => asNumber(value) !== undefined) && Array.isArray(row.openRuns);
  return isWhole ? (row as unknown as IndexRow) : undefined;
}

export interface IndexKeeper {
  /** Something of this session changed; the index follows in a while. */
  note(sessionId: string): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface IndexKeeperOptions {
  dir: string;
  clock: Clock;
  log: Logger;
  held(): Iterable<Held>;
  damagedIn(path: string): number;
  /** Transcripts as they were found at the start: their stamps hold until the first change. */
  stamps: Map<string, FileStamp>;
}

const ROWS_AT_ONCE = 250;

/** How long changes are gathered: a big index costs more to write, and a stale one only some reading at the next start. */
const gatherMs = (sessions: number): number => 5_000 + sessions * 2;

export function keepIndex(options: IndexKeeperOptions): IndexKeeper {
  const { dir, clock, log, stamps } = options;
  let count = 0;
  let dirty = false;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    try {
      await ensurePrivateDir(dir);
      await writeFileAtomic(indexPath(dir), await indexText());
    } catch (error) {
      log.warn(
        `The index of the sessions could not be written; the next start reads the transcripts instead.`,
        {
          dir,
          error: String(error),
        },
      );
    }
  };
  const indexText = async (): Promise<Buffer> => {
    count = 0;
    const text = new SealedText(`{"version":${VERSION},"rows":[`);
    for (const held of options.held()) {
      if (count > 0 && count % ROWS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      const row = rowFor(held, stampFor(held), options.damagedIn(held.path));
      text.add(`${count > 0 ? ',' : ''}${JSON.stringify(row)}`);
      count += 1;
    }
    text.add(']');
    return text.sealed();
  };
  /** A stamp counts only for the state that is made of exactly that file; else the rest is read at the next start. */
  const stampFor = ({ path, size, state }: Held): FileStamp => {
    const { sessionId } = state.entry;
    const stamp = stamps.get(sessionId) ?? fileStamp(path);
    if (stamp?.size !== size) return { size, mtimeMs: 0, ino: stamp?.ino ?? 0 };
    stamps.set(sessionId, stamp);
    return stamp;
  };
  return {
    note(sessionId) {
      stamps.delete(sessionId);
      dirty = true;
      cancel ??= clock.after(gatherMs(count), () => {
        cancel = undefined;
        writing = writing.then(write);
      });
    },
    async close() {
      cancel?.();
      writing = writing.then(write);
      await writing;
    },
  };
}

function rowFor({ state }: Held, stamp: FileStamp, damaged: number): IndexRow {
  const { entry, firstSeq, lastSeq, openRuns } = state;
  return { ...stamp, damaged, firstSeq, lastSeq, openRuns: [...openRuns], entry };
}

/** Text that ends as a line of a journal does, put together piece by piece. */
class SealedText {
  readonly #parts: Buffer[] = [];
  #sum = 0;

  constructor(start: string) {
    this.add(start);
  }

  add(text: string): void {
    const part = Buffer.from(text);
    this.#sum = crc32(part, this.#sum);
    this.#parts.push(part);
  }

  sealed(): Buffer {
    const sum = crc32('}', this.#sum).toString(16).padStart(8, '0');
    return Buffer.concat([...this.#parts, Buffer.from(`,"sum":"${sum}"}`)]);
  }
}
