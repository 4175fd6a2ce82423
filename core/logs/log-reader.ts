import { RpcError } from '../protocol/errors.ts';
import { chunkAfter, chunkBefore, type LogChunk, readBytes } from './log-chunks.ts';
import type { LogPlace } from './log-files.ts';
import { compileFilter, type LineTest, type LogFilter } from './log-filter.ts';
import { bodyOf, parseLogLine } from './log-line.ts';
import { type Bookmark, LogMoved, LogSequence } from './log-sequence.ts';

/** The beginning of a line, or the end of the log so far. */
export interface LogPosition {
  /** Which file, also after it was renamed; names no path. */
  file: string;
  /** Bytes from its start. */
  offset: number;
}

export interface LogPageRequest {
  filter: LogFilter;
  towards: 'older' | 'newer';
  /** Absent: the newest end for `older`, the oldest one for `newer`. */
  from?: LogPosition;
  /** Lines at most. */
  limit: number;
  /** Leave out what is too far from the newest end to be caught up with. */
  follow?: boolean;
}

export interface ShownLine {
  at: LogPosition;
  /** ISO, as written. */
  time?: string;
  level?: string;
  subsystem?: string;
  /** Message and fields; a line without them as it is. Cut where it is very long. */
  text: string;
}

export interface LogPage {
  /** Oldest first. */
  lines: ShownLine[];
  /** The stretch that was looked through; to go on, `older` from its start and `newer` from its end. */
  start: LogPosition | undefined;
  end: LogPosition | undefined;
  /** There is nothing more in this direction now. */
  isEnd: boolean;
  scannedBytes: number;
  /** Not looked through yet, in this direction. */
  leftBytes: number;
  /** The position that was given is gone: the file was deleted or cut short. */
  wasReset: boolean;
  /** Left out because of `follow`. */
  skippedBytes: number;
}

export interface LogReaderOptions {
  place: LogPlace;
  /** Epoch milliseconds. */
  now(): number;
}

/** Milliseconds for one page: what is not found by then is found by the next one. */
const PAGE_MS = 120;
const FOLLOWED_BYTES = 8 * 1024 * 1024;
const PAGE_CHARS = 2_000_000;
const LINE_CHARS = 4_096;
const ATTEMPTS = 5;

/**
 * One page of a log whose files are read as one. A piece of them at a time is in memory. Rejects with BAD_ARGUMENT for a
 * pattern that is none.
 */
export async function readLogPage(options: LogReaderOptions, request: LogPageRequest): Promise<LogPage> {
  const test = compileFilter(request.filter);
  return withFiles(options, request.filter, (files) => new Paging(files, request, test, options.now).run());
}

/** The line at a position as it is in the file, cut at `maxBytes`; undefined when it is gone. */
export function readLogLine(
  options: LogReaderOptions,
  { file, offset }: LogPosition,
  maxBytes: number,
): Promise<string | undefined> {
  return withFiles(options, {}, async (files) => {
    const index = files.files.findIndex(({ id }) => id === file);
    if (index === -1) return undefined;
    const bytes = await readBytes(await files.handle(index), offset, offset + maxBytes);
    const [line] = bytes.toString('utf8').split('\n', 1);
    return line === '' ? undefined : line;
  });
}

/** Files are renamed while they are read: then everything is looked at once more. */
async function withFiles<T>(
  { place, now }: LogReaderOptions,
  filter: LogFilter,
  use: (files: LogSequence) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const files = await LogSequence.open(place, now(), filter);
    try {
      return await use(files);
    } catch (error) {
      if (!(error instanceof LogMoved)) throw error;
      if (attempt === ATTEMPTS) throw new RpcError('UNAVAILABLE', 'The log files cannot be read.');
    } finally {
      await files.close();
    }
  }
}

/** The line as it is shown; undefined for one that is not wanted. */
export function shownLine(raw: string, at: LogPosition, test: LineTest): ShownLine | undefined {
  const line = parseLogLine(raw);
  if (raw === '' || !test.matches(line, raw)) return undefined;
  const { time, level, subsystem } = line ?? {};
  return {
    at,
    ...(time !== undefined && { time: time.slice(0, 40) }),
    ...(level !== undefined && { level }),
    ...(subsystem !== undefined && { subsystem: subsystem.slice(0, 120) }),
    text: ((line && bodyOf(line)) || raw).slice(0, LINE_CHARS),
  };
}

/** One page on its way. */
class Paging {
  readonly #files: LogSequence;
  readonly #request: LogPageRequest;
  readonly #test: LineTest;
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #isOlder: boolean;
  readonly #lines: ShownLine[] = [];
  #chars = 0;
  #scannedBytes = 0;

  constructor(files: LogSequence, request: LogPageRequest, test: LineTest, now: () => number) {
    this.#files = files;
    this.#request = request;
    this.#test = test;
    this.#now = now;
    this.#deadline = now() + PAGE_MS;
    this.#isOlder = request.towards === 'older';
  }

  async run(): Promise<LogPage> {
    const { towards, follow } = this.#request;
    const first = await this.#files.bookmark(this.#request.from, towards);
    if (!first) return { ...EMPTY, wasReset: this.#request.from !== undefined };
    const skippedBytes = follow ? await this.#files.catchUp(first, FOLLOWED_BYTES) : 0;
    const from = this.#files.position(first);
    const { at, isEnd } = await this.#readFrom(first);
    const to = this.#files.position(at);
    if (this.#isOlder) this.#lines.reverse();
    return {
      lines: this.#lines,
      start: this.#isOlder ? to : from,
      end: this.#isOlder ? from : to,
      isEnd,
      scannedBytes: this.#scannedBytes,
      leftBytes: isEnd ? 0 : this.#files.bytesFrom(at, towards),
      wasReset: first.isGone,
      skippedBytes,
    };
  }

  async #readFrom(first: Bookmark): Promise<{ at: Bookmark; isEnd: boolean }> {
    let at = { ...first };
    // However late it is, a page gets further.
    do {
      if (await this.#readChunk(at)) continue;
      const next = await this.#files.next(at, this.#request.towards);
      if (!next) return { at, isEnd: true };
      at = next;
    } while (!this.#isFull());
    return { at, isEnd: false };
  }

  /** Takes what matches, and moves the bookmark along; false at the end of the file. */
  async #readChunk(at: Bookmark): Promise<boolean> {
    const before = at.offset;
    const stretch = await this.#files.stretch(at.index);
    if (this.#isOlder ? before <= stretch.lo : before >= stretch.hi) return false;
    const handle = await this.#files.handle(at.index);
    const chunk = await (this.#isOlder ? chunkBefore : chunkAfter)(handle, stretch, before);
    if (!chunk) return false;
    at.offset = this.#takeLines(at, chunk);
    this.#scannedBytes += Math.abs(at.offset - before);
    return true;
  }

  /** Where it stopped. */
  #takeLines({ index }: Bookmark, chunk: LogChunk): number {
    const file = this.#files.files[index]?.id ?? '';
    for (const [start, end] of chunk.lines(this.#test, this.#isOlder)) {
      this.#take(chunk.text(start, end), { file, offset: chunk.start + start });
      if (this.#isFull())
        return this.#isOlder ? chunk.start + start : Math.min(chunk.end, chunk.start + end + 1);
    }
    return this.#isOlder ? chunk.start : chunk.end;
  }

  #take(raw: string, at: LogPosition): void {
    const shown = shownLine(raw, at, this.#test);
    if (!shown) return;
    this.#chars += shown.text.length;
    this.#lines.push(shown);
  }

  #isFull(): boolean {
    const { limit } = this.#request;
    return this.#lines.length >= limit || this.#chars > PAGE_CHARS || this.#now() > this.#deadline;
  }
}

const EMPTY: LogPage = {
  lines: [],
  start: undefined,
  end: undefined,
  isEnd: true,
  scannedBytes: 0,
  leftBytes: 0,
  wasReset: false,
  skippedBytes: 0,
};
