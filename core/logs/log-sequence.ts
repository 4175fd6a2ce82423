import { type FileHandle, lstat, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { lastLineEnd, nextLineStart, readBytes, type Stretch } from './log-chunks.ts';
import {
  currentLogPath,
  isSameProfile,
  type LogPlace,
  listLogFiles,
  openLogFile,
  rotation,
} from './log-files.ts';
import type { LogFilter } from './log-filter.ts';
import { parseLogLine, timeOf } from './log-line.ts';
import type { LogPosition } from './log-reader.ts';

export interface SequencedFile {
  path: string;
  /** The same after a rename. */
  id: string;
  size: number;
  modifiedMs: number;
}

/** A place in the sequence that moves along. */
export interface Bookmark {
  index: number;
  offset: number;
}

type Direction = 'older' | 'newer';

/** Another file stands under this name now: to be looked at anew. */
export class LogMoved extends Error {}

/** Clocks are set back now and then: so much more is looked at on both sides of a range of time. */
const SLACK_MS = 300_000;
const PROBE_BYTES = 64 * 1024;
const NOTHING: Stretch = { lo: 0, hi: 0, isComplete: true };

/** The files of a log from the oldest to the newest, as they were at one moment, and what of them a filter asks for. */
export class LogSequence {
  readonly files: readonly SequencedFile[];
  readonly #filter: LogFilter;
  readonly #handles = new Map<string, FileHandle>();
  readonly #stretches = new Map<string, Stretch>();

  private constructor(files: readonly SequencedFile[], filter: LogFilter) {
    this.files = files;
    this.#filter = filter;
  }

  /** `now` in epoch milliseconds says which files belong to this profile. A directory that is not there is empty. */
  static async open(given: LogPlace, now: number, filter: LogFilter): Promise<LogSequence> {
    const place = given.file === undefined ? await withRealDir(given) : given;
    const current = basename(currentLogPath(place, now));
    const listed = await listLogFiles(place).catch(() => []);
    const own = listed.filter(
      ({ path }) => place.file !== undefined || isSameProfile(basename(path), current),
    );
    const files = (await Promise.all(own.map(({ path }) => describe(path)))).filter(
      (file) => file !== undefined,
    );
    return new LogSequence(files.sort(byAge), filter);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#handles.values()].map((handle) => handle.close()));
  }

  /** What is wanted of a file. */
  async stretch(index: number): Promise<Stretch> {
    const file = this.files[index];
    if (!file) return NOTHING;
    const known = this.#stretches.get(file.id);
    if (known) return known;
    const found = await this.#findStretch(file, index === this.files.length - 1);
    this.#stretches.set(file.id, found);
    return found;
  }

  /** Rejects with LogMoved when the file has been renamed since. */
  async handle(index: number): Promise<FileHandle> {
    const file = this.files[index];
    const open = file && this.#handles.get(file.id);
    if (open) return open;
    const handle = file && (await openLogFile(file.path));
    if (!handle) throw new LogMoved();
    if (idOf(await handle.stat({ bigint: true })) !== file.id) {
      await handle.close();
      throw new LogMoved();
    }
    this.#handles.set(file.id, handle);
    return handle;
  }

  /** Where to begin; `isGone` when the position is no more. Undefined when nothing is there in this direction. */
  async bookmark(
    from: LogPosition | undefined,
    towards: Direction,
  ): Promise<(Bookmark & { isGone: boolean }) | undefined> {
    if (!from) return this.#begin(towards === 'older' ? this.files.length - 1 : 0, towards, false);
    const index = this.files.findIndex(({ id }) => id === from.file);
    // The oldest files are deleted first: before one that is gone there is nothing.
    if (index === -1) return towards === 'newer' ? this.#begin(0, towards, true) : undefined;
    const { lo, hi } = await this.stretch(index);
    const isGone = from.offset > (this.files[index]?.size ?? 0);
    const offset = isGone && towards === 'newer' ? lo : Math.min(Math.max(from.offset, lo), hi);
    return { index, offset, isGone };
  }

  next({ index }: Bookmark, towards: Direction): Promise<Bookmark | undefined> {
    return this.#edge(index + (towards === 'older' ? -1 : 1), towards);
  }

  position({ index, offset }: Bookmark): LogPosition | undefined {
    const file = this.files[index];
    return file && { file: file.id, offset };
  }

  /** Bytes from here on, in this direction. */
  bytesFrom({ index, offset }: Bookmark, towards: Direction): number {
    const others = towards === 'older' ? this.files.slice(0, index) : this.files.slice(index + 1);
    const own = towards === 'older' ? offset : (this.files[index]?.size ?? 0) - offset;
    return others.reduce((sum, { size }) => sum + size, own);
  }

  /** Moves to the last `bytes` of the newest file when more than that is left; returns the bytes left out. */
  async catchUp(bookmark: Bookmark, bytes: number): Promise<number> {
    const left = this.bytesFrom(bookmark, 'newer');
    if (left <= bytes) return 0;
    const index = this.files.length - 1;
    const size = this.files[index]?.size ?? 0;
    const offset = size <= bytes ? 0 : await nextLineStart(await this.handle(index), size - bytes, size);
    Object.assign(bookmark, { index, offset });
    return left - this.bytesFrom(bookmark, 'newer');
  }

  async #begin(index: number, towards: Direction, isGone: boolean) {
    const first = await this.#edge(index, towards);
    return first && { ...first, isGone };
  }

  async #edge(index: number, towards: Direction): Promise<Bookmark | undefined> {
    if (index < 0 || index >= this.files.length) return undefined;
    const { lo, hi } = await this.stretch(index);
    return { index, offset: towards === 'older' ? hi : lo };
  }

  async #findStretch(file: SequencedFile, isNewest: boolean): Promise<Stretch> {
    const { sinceMs, untilMs } = this.#filter;
    const isComplete = !isNewest;
    if (sinceMs !== undefined && file.modifiedMs < sinceMs - SLACK_MS) {
      return { lo: file.size, hi: file.size, isComplete };
    }
    const handle = await this.handle(this.files.indexOf(file));
    const end = isComplete ? file.size : await lastLineEnd(handle, file.size);
    const since = sinceMs === undefined ? undefined : await around(handle, file.size, sinceMs - SLACK_MS);
    const until = untilMs === undefined ? undefined : await around(handle, file.size, untilMs + SLACK_MS);
    const lo = Math.min(end, since?.before ?? 0);
    return { lo, hi: Math.max(lo, Math.min(end, until?.after ?? end)), isComplete };
  }
}

const withRealDir = async (place: LogPlace): Promise<LogPlace> => ({
  ...place,
  dir: await realpath(place.dir).catch(() => place.dir),
});

async function describe(path: string): Promise<SequencedFile | undefined> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return { path, id: idOf(found), size: Number(found.size), modifiedMs: Number(found.mtimeMs) };
}

const idOf = ({ ino, dev }: { ino: bigint; dev: bigint }): string => `${dev}-${ino}`;

const dayOf = (path: string): string => /(\d{4}-\d{2}-\d{2})\.log/.exec(basename(path))?.[1] ?? dirname(path);

const byAge = (one: SequencedFile, other: SequencedFile): number =>
  dayOf(one.path).localeCompare(dayOf(other.path)) || rotation(other.path) - rotation(one.path);

/** Beginnings of lines close to a time: all before the first one is older, all from the second one on is newer. */
async function around(
  handle: FileHandle,
  size: number,
  time: number,
): Promise<{ before: number; after: number }> {
  let lo = 0;
  let hi = size;
  while (hi - lo > 2 * PROBE_BYTES) {
    const middle = Math.floor((lo + hi) / 2);
    const found = await timeAfter(handle, middle);
    if (found === undefined) break;
    if (found > time) hi = middle;
    else lo = middle;
  }
  const before = lo === 0 ? 0 : await nextLineStart(handle, lo, size);
  return { before, after: hi === size ? size : await nextLineStart(handle, hi, size) };
}

/** The first readable time behind a byte. */
async function timeAfter(handle: FileHandle, offset: number): Promise<number | undefined> {
  const [, ...lines] = (await readBytes(handle, offset, offset + PROBE_BYTES)).toString('utf8').split('\n');
  for (const line of lines.slice(0, -1)) {
    const time = timeOf(parseLogLine(line));
    if (time !== undefined) return time;
  }
  return undefined;
}
