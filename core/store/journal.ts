import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RpcError } from '../protocol/errors.ts';
import { ensurePrivateDir } from './atomic-file.ts';
import { type JournalPiece, type JournalRecord, piecesOf, sealedLine, tailRecord } from './journal-line.ts';
import { fileSource, handleSource, linesBackward, linesForward, type RawLine } from './journal-reader.ts';

/**
 * An append-only file of JSON lines. Each line ends in `"sum"`, the CRC-32 of the line's JSON without it, so
 * that damage is seen and stays within its record. One writer at a time: the state directory is locked by the
 * gateway that runs on it.
 */
export interface Journal {
  readonly path: string;
  /** Bytes that are stored and acknowledged. */
  readonly size: number;
  /**
   * Resolves when the records are on the disk (fdatasync), with the byte range of each. Appends that come in
   * while the disk is busy share the next write and sync. A write that fails rejects with UNAVAILABLE and
   * `details.code` STORE_FULL or STORE_UNWRITABLE, and takes back what was written of it. Without `sync` it resolves
   * when the system has the records: they outlive this process, and a power cut once something after them is synced.
   */
  append(records: readonly object[], options?: AppendSync): Promise<{ offset: number; length: number }[]>;
  /** Finishes the appends that were asked for, then lets go of the file. */
  close(): Promise<void>;
}

export interface AppendSync {
  /** True unless given. */
  sync?: boolean;
}

interface Waiting {
  lines: Buffer[];
  bytes: number;
  sync: boolean;
  resolve(ranges: { offset: number; length: number }[]): void;
  reject(error: unknown): void;
}

const LARGEST_BATCH_BYTES = 8 * 1024 * 1024;
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * Opens or creates the journal (0600, in a directory of 0700). What a crash left behind the last whole line
 * is cut off before the first append. Rejects with UNAVAILABLE when the file cannot be written.
 */
export async function openJournal(path: string): Promise<Journal> {
  let file: FileHandle | undefined;
  try {
    await ensurePrivateDir(dirname(path));
    file = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
    const { size } = await file.stat();
    if (size === 0) await syncDirs(path);
    const end = await soundEnd(file, size);
    return new FileJournal(path, file, end, end < size);
  } catch (error) {
    await file?.close();
    throw storeError(path, error);
  }
}

/** Where the next record belongs. A damaged line break behind a whole last record is set right. */
async function soundEnd(file: FileHandle, size: number): Promise<number> {
  for await (const [tail] of linesBackward(handleSource(file, size), size)) {
    if (!tail || tail.length === 0) return size;
    if (!tail.bytes || !tailRecord(tail.bytes)) return tail.offset;
    await file.write('\n', size - 1);
    return size;
  }
  return 0;
}

class FileJournal implements Journal {
  readonly path: string;
  readonly #file: FileHandle;
  #size: number;
  #hasLeftover: boolean;
  #waiting: Waiting[] = [];
  #work: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(path: string, file: FileHandle, size: number, hasLeftover: boolean) {
    this.path = path;
    this.#file = file;
    this.#size = size;
    this.#hasLeftover = hasLeftover;
  }

  get size(): number {
    return this.#size;
  }

  async append(
    records: readonly object[],
    { sync = true }: AppendSync = {},
  ): Promise<{ offset: number; length: number }[]> {
    if (this.#closed)
      throw new RpcError('UNAVAILABLE', 'The gateway is stopping. Try again once it is back.');
    const lines = records.map(sealedLine);
    if (lines.length === 0) return [];
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, bytes, sync, resolve, reject });
      this.#work ??= this.#drain();
    });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#work;
      await this.#file.close();
    })();
    return this.#closed;
  }

  /** Lets go in the same turn in which it found nothing more to do: an append after that starts a new one. */
  async #drain(): Promise<void> {
    await null;
    while (this.#waiting.length > 0) await this.#commit(this.#nextBatch());
    this.#work = undefined;
  }

  #nextBatch(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length; count += 1) {
      bytes += this.#waiting[count]?.bytes ?? 0;
      if (count > 0 && bytes > LARGEST_BATCH_BYTES) break;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: Waiting[]): Promise<void> {
    try {
      if (this.#hasLeftover) await this.#cutLeftover();
      this.#hasLeftover = true;
      const content = Buffer.concat(batch.flatMap(({ lines }) => lines));
      await writeAll(this.#file, content, this.#size);
      if (batch.some(({ sync }) => sync)) await this.#file.datasync();
      this.#hasLeftover = false;
    } catch (error) {
      await this.#cutLeftover().catch(() => {});
      for (const { reject } of batch) reject(storeError(this.path, error));
      return;
    }
    for (const { lines, resolve } of batch) resolve(lines.map((line) => this.#advance(line)));
  }

  #advance(line: Buffer): { offset: number; length: number } {
    const offset = this.#size;
    this.#size += line.length;
    return { offset, length: line.length - 1 };
  }

  async #cutLeftover(): Promise<void> {
    await this.#file.truncate(this.#size);
    await this.#file.datasync();
    this.#hasLeftover = false;
  }
}

async function writeAll(file: FileHandle, content: Buffer, position: number): Promise<void> {
  for (let done = 0; done < content.length; ) {
    const { bytesWritten } = await file.write(content, done, content.length - done, position + done);
    done += bytesWritten;
  }
}

/** A new file is there for good once its directory is stored, and a new directory once its parent is. */
async function syncDirs(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const dir of [dirname(path), dirname(dirname(path))]) {
    const handle = await open(dir, 'r').catch(() => undefined);
    await handle?.sync().catch(() => {});
    await handle?.close();
  }
}

/** The refusal for a file that could not be written: UNAVAILABLE with `details.code` STORE_FULL or STORE_UNWRITABLE. */
export function storeError(path: string, error: unknown): RpcError {
  const code = String((error as { code?: unknown } | null)?.code ?? 'unknown error');
  const options = { cause: error, retryable: true };
  if (FULL.includes(code)) {
    const message = `The disk that holds ${path} is full (${code}). Free some space and try again.`;
    return new RpcError('UNAVAILABLE', message, { code: 'STORE_FULL' }, options);
  }
  const message = `${path} cannot be written (${code}). ${stepFor(code)}, then try again.`;
  return new RpcError('UNAVAILABLE', message, { code: 'STORE_UNWRITABLE' }, options);
}

const stepFor = (code: string): string =>
  code === 'EROFS'
    ? 'Its disk is mounted read-only: make it writable'
    : 'Check its owner and mode and the disk';

/**
 * Every record from the byte `from` (a line start) on, oldest first. Damage is contained to its line and
 * reported in its place; what a crash left behind the last line break is passed over. A missing file is empty.
 */
export async function* scanJournal(path: string, from = 0): AsyncGenerator<JournalPiece> {
  const source = fileSource(path);
  if (!source) return;
  try {
    for await (const lines of linesForward(source, from)) {
      for (const line of lines) yield* piecesIn(line);
    }
  } finally {
    source.close();
  }
}

export interface JournalTail {
  /** Oldest first. */
  records: { record: JournalRecord; offset: number; length: number }[];
  reachedStart: boolean;
  /** Damaged stretches met on the way. */
  damaged: number;
}

/**
 * The newest `maxRecords` records that `where` accepts, from the byte `before` (a line start) backwards.
 * The cost depends on what is passed over to find them, not on the size of the file.
 */
export async function readJournalTail(
  path: string,
  maxRecords: number,
  options: { before?: number; where?: (record: JournalRecord) => boolean } = {},
): Promise<JournalTail> {
  const tail: JournalTail = { records: [], reachedStart: true, damaged: 0 };
  for await (const piece of scanJournalBackward(path, options.before)) {
    if ('damaged' in piece) tail.damaged += 1;
    else if (options.where?.(piece.record) ?? true) {
      if (tail.records.length >= maxRecords) {
        tail.reachedStart = false;
        break;
      }
      tail.records.push(piece);
    }
  }
  tail.records.reverse();
  return tail;
}

/** As `scanJournal`, newest first, from the byte `before` (a line start; the end of the file unless given). */
export async function* scanJournalBackward(path: string, before?: number): AsyncGenerator<JournalPiece> {
  const source = fileSource(path);
  if (!source) return;
  try {
    for await (const lines of linesBackward(source, Math.min(before ?? source.size, source.size))) {
      for (const line of lines) yield* piecesIn(line).reverse();
    }
  } finally {
    source.close();
  }
}

function piecesIn(line: RawLine): JournalPiece[] {
  const { bytes, offset, length, complete } = line;
  if (length === 0) return [];
  if (!bytes) return [{ damaged: true, offset, length, reason: 'it is too long to be a record' }];
  if (complete) return piecesOf(bytes, offset);
  const record = tailRecord(bytes);
  return record ? [{ record, offset, length: length - 1 }] : [];
}
