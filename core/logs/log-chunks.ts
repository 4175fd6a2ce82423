import type { FileHandle } from 'node:fs/promises';
import type { LineTest } from './log-filter.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1024 * 1024;
/** A line longer than this is shown in pieces. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Bytes `from` up to `to`, or up to the end of the file where that comes first. */
export async function readBytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Whole lines of a file, as many as are read at once. */
export class LogChunk {
  /** Byte offsets in the file. */
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;

  constructor(start: number, bytes: Buffer) {
    this.start = start;
    this.end = start + bytes.length;
    this.#bytes = bytes;
  }

  /** Where in the chunk the lines stand that may match, without their line breaks. */
  *lines({ hint, mayMatch }: LineTest, isNewestFirst: boolean): Iterable<[start: number, end: number]> {
    const text = this.#bytes.toString('latin1');
    const all = hint ? hinted(text, hint, isNewestFirst) : isNewestFirst ? backwards(text) : forwards(text);
    for (const [start, end] of all) if (mayMatch(text.slice(start, end))) yield [start, end];
  }

  text(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }
}

function* forwards(text: string): Iterable<[number, number]> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield [start, end];
    start = end + 1;
  }
}

function* backwards(text: string): Iterable<[number, number]> {
  for (let end = text.endsWith('\n') ? text.length - 1 : text.length; end >= 0; ) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    yield [start, end];
    end = start - 1;
  }
}

function hinted(text: string, hint: RegExp, isNewestFirst: boolean): [number, number][] {
  const found: [number, number][] = [];
  hint.lastIndex = 0;
  for (let match = hint.exec(text); match; match = hint.exec(text)) {
    const stop = text.indexOf('\n', match.index);
    const end = stop === -1 ? text.length : stop;
    found.push([text.lastIndexOf('\n', match.index) + 1, end]);
    hint.lastIndex = end + 1;
  }
  return isNewestFirst ? found.reverse() : found;
}

export interface Stretch {
  /** Byte offsets; nothing outside of them is read. Both are beginnings of lines. */
  lo: number;
  hi: number;
  /** Nothing will be added: what stands behind the last line break is a line too. */
  isComplete: boolean;
}

/** The lines that end at `offset`; undefined when there are none. */
export async function chunkBefore(
  handle: FileHandle,
  { lo }: Stretch,
  offset: number,
): Promise<LogChunk | undefined> {
  if (offset <= lo) return undefined;
  for (let size = CHUNK_BYTES; ; size *= 4) {
    const from = Math.max(lo, offset - size);
    const bytes = await readBytes(handle, from, offset);
    const newline = from === lo ? -1 : bytes.indexOf(NEWLINE);
    const startsWhole = newline !== -1 && newline < bytes.length - 1;
    if (startsWhole) return new LogChunk(from + newline + 1, bytes.subarray(newline + 1));
    if (from === lo || size >= MOST_BYTES) return new LogChunk(from, bytes);
  }
}

/** The lines that begin at `offset`; undefined when there is no whole one yet. */
export async function chunkAfter(
  handle: FileHandle,
  stretch: Stretch,
  offset: number,
): Promise<LogChunk | undefined> {
  const { hi } = stretch;
  for (let size = CHUNK_BYTES; offset < hi; size *= 4) {
    const bytes = await readBytes(handle, offset, Math.min(hi, offset + size));
    const newline = bytes.lastIndexOf(NEWLINE);
    if (newline !== -1) return new LogChunk(offset, bytes.subarray(0, newline + 1));
    if (bytes.length < size) return unended(stretch, offset, bytes);
    if (size >= MOST_BYTES) return new LogChunk(offset, bytes);
  }
  return undefined;
}

const unended = ({ isComplete }: Stretch, offset: number, bytes: Buffer): LogChunk | undefined =>
  isComplete && bytes.length > 0 ? new LogChunk(offset, bytes) : undefined;

/** Where the line after the one at `offset` begins; `size` when there is none. */
export async function nextLineStart(handle: FileHandle, offset: number, size: number): Promise<number> {
  for (let from = offset; from < size; from += CHUNK_BYTES) {
    const newline = (await readBytes(handle, from, Math.min(size, from + CHUNK_BYTES))).indexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
  }
  return size;
}

/** Where the last whole line ends; 0 when there is none. */
export async function lastLineEnd(handle: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= CHUNK_BYTES) {
    const from = Math.max(0, to - CHUNK_BYTES);
    const newline = (await readBytes(handle, from, to)).lastIndexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
  }
  return 0;
}
