import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MAX_LINE_BYTES } from './journal-line.ts';

export interface RawLine {
  /** Without the line break; undefined for a line that is too long to hold in memory. */
  bytes: Buffer | undefined;
  offset: number;
  length: number;
  /** False for what stands behind the last line break. */
  complete: boolean;
}

const LINE_BREAK = 10;
const FORWARD_CHUNK = 256 * 1024;
const FIRST_BACKWARD_CHUNK = 64 * 1024;
const LARGEST_BACKWARD_CHUNK = 1024 * 1024;

/** A line that is being put together from chunks; it forgets its bytes when there are too many. */
class LineParts {
  #parts: Buffer[] = [];
  length = 0;

  add(part: Buffer, side: 'front' | 'back'): void {
    this.length += part.length;
    if (this.length > MAX_LINE_BYTES) this.#parts = [];
    else if (side === 'front') this.#parts.unshift(part);
    else this.#parts.push(part);
  }

  take(): { bytes: Buffer | undefined; length: number } {
    const { length } = this;
    const parts = this.#parts;
    this.#parts = [];
    this.length = 0;
    if (length > MAX_LINE_BYTES) return { bytes: undefined, length };
    return { bytes: parts.length === 1 ? parts[0] : Buffer.concat(parts), length };
  }
}

/** Bytes that can be read from any position on; fewer than asked for only at the end. */
export interface ByteSource {
  readonly size: number;
  read(position: number, length: number): Promise<Buffer>;
  close(): void;
}

type ReadInto = (buffer: Buffer, offset: number, length: number, position: number) => Promise<number>;

async function readFully(readInto: ReadInto, position: number, length: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const bytesRead = await readInto(chunk, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return chunk.subarray(0, filled);
}

/** The caller closes the handle. */
export const handleSource = (file: FileHandle, size: number): ByteSource => ({
  size,
  read: (position, length) =>
    readFully(async (...range) => (await file.read(...range)).bytesRead, position, length),
  close: () => {},
});

/** Read at once: that takes less than asking the thread pool four times. */
const SMALL_FILE = 64 * 1024;
const readAt = promisify(read);

/** Undefined when there is no such file. Follows no symbolic link. */
export function fileSource(path: string): ByteSource | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size <= SMALL_FILE) return smallSource(file, size);
    const readInto: ReadInto = async (...range) => (await readAt(file, ...range)).bytesRead;
    return {
      size,
      read: (position, length) => readFully(readInto, position, length),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function smallSource(file: number, size: number): ByteSource {
  const content = Buffer.allocUnsafe(size);
  const filled = readSync(file, content, 0, size, 0);
  closeSync(file);
  return {
    size,
    read: async (position, length) => content.subarray(position, Math.min(position + length, filled)),
    close: () => {},
  };
}

/** The lines from `from` (a line start) on, a chunk's worth at a time; the last one may be incomplete. */
export async function* linesForward(source: ByteSource, from: number): AsyncGenerator<RawLine[]> {
  const { size } = source;
  const parts = new LineParts();
  let position = from;
  while (position < size) {
    const chunk = await source.read(position, Math.min(FORWARD_CHUNK, size - position));
    const lines: RawLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
      parts.add(chunk.subarray(start, end), 'back');
      const offset = position + end - parts.length;
      lines.push({ ...parts.take(), offset, complete: true });
      start = end + 1;
    }
    parts.add(chunk.subarray(start), 'back');
    position += chunk.length;
    if (chunk.length === 0) return;
    yield lines;
  }
  const offset = position - parts.length;
  if (parts.length > 0) yield [{ ...parts.take(), offset, complete: false }];
}

/**
 * The lines before the byte `before`, newest first, a chunk's worth at a time. The very first one is what
 * stands behind the last line break: incomplete, and empty when `before` is a line start.
 */
export async function* linesBackward(source: ByteSource, before: number): AsyncGenerator<RawLine[]> {
  const parts = new LineParts();
  let position = before;
  let complete = false;
  let size = FIRST_BACKWARD_CHUNK;
  while (position > 0) {
    const length = Math.min(size, position);
    const chunk = await source.read(position - length, length);
    if (chunk.length < length) return;
    position -= length;
    const lines: RawLine[] = [];
    let end = chunk.length;
    for (let at = breakBefore(chunk, end); at !== -1; at = breakBefore(chunk, end)) {
      parts.add(chunk.subarray(at + 1, end), 'front');
      lines.push({ ...parts.take(), offset: position + at + 1, complete });
      complete = true;
      end = at;
    }
    parts.add(chunk.subarray(0, end), 'front');
    if (position === 0) lines.push({ ...parts.take(), offset: 0, complete });
    if (lines.length > 0) yield lines;
    size = Math.min(size * 2, LARGEST_BACKWARD_CHUNK);
  }
}

const breakBefore = (chunk: Buffer, end: number): number =>
  end === 0 ? -1 : chunk.lastIndexOf(LINE_BREAK, end - 1);
