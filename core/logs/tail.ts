import { type FileHandle, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  currentLogPath,
  isSameProfile,
  type LogPlace,
  listLogFiles,
  openLogFile,
  rotation,
} from './log-files.ts';

/** Either `dir` (daily files) or `file`; byte offsets count from the start of the file. */
export interface TailOptions {
  dir?: string;
  file?: string;
  profile?: string;
  /** The `cursor` of an earlier answer: only what came after it is read. */
  cursor?: number;
  /** Lines; 500 unless given. */
  limit?: number;
  /** 250000 unless given. */
  maxBytes?: number;
  /** Only lines at most this old, in milliseconds. */
  sinceMs?: number;
  /** Epoch milliseconds. */
  now: number;
}

export interface LogTail {
  file: string;
  cursor: number;
  size: number;
  lines: string[];
  /** Older lines exist in this file that the limits left out. */
  truncated: boolean;
  /** The cursor could not be continued: the file is another one by now, or too much was written since. */
  reset: boolean;
  /** How much lies between the given cursor and the first byte that was read. */
  skippedBytes?: number;
}

const DEFAULT_LINES = 500;
const DEFAULT_BYTES = 250_000;
const NEWLINE = 0x0a;

/**
 * The newest whole lines of the log, verbatim, as the method `logs.tail` returns them. A missing or
 * unreadable file, and one not named as a log, is an empty log. Links are not followed, so only the log itself can
 * be read.
 */
export async function tailLog(options: TailOptions): Promise<LogTail> {
  const path = await logPath(options);
  const handle = await openLogFile(path);
  if (!handle)
    return { file: path, cursor: 0, size: 0, lines: [], truncated: false, reset: isAhead(options, 0) };
  try {
    const { size } = await handle.stat();
    const window = chooseWindow(options, size);
    const { text, end, startsWhole } = await readWholeLines(handle, window.start, size);
    const { lines, truncated } = pickLines(text, options, window.start > 0 || !startsWhole);
    return {
      file: path,
      cursor: end,
      size,
      lines,
      truncated: truncated || (window.reset && window.start > 0),
      reset: window.reset,
      ...(window.skippedBytes > 0 ? { skippedBytes: window.skippedBytes } : {}),
    };
  } finally {
    await handle.close();
  }
}

/** Today's file; before its first line, the newest older one. */
async function logPath(options: TailOptions): Promise<string> {
  if (options.file !== undefined) return options.file;
  const place: LogPlace = { dir: options.dir ?? '.', profile: options.profile };
  const today = currentLogPath(place, options.now);
  const own = await realpath(place.dir).catch(() => undefined);
  if (own === undefined) return today;
  const unnumbered = (await listLogFiles({ ...place, dir: own })).filter((file) => rotation(file.path) === 0);
  const names = unnumbered
    .map((file) => basename(file.path))
    .filter((name) => isSameProfile(name, basename(today)));
  if (names.includes(basename(today))) return today;
  return join(place.dir, names.at(-1) ?? basename(today));
}

const isAhead = (options: TailOptions, size: number): boolean => (options.cursor ?? 0) > size;

function chooseWindow(
  options: TailOptions,
  size: number,
): { start: number; reset: boolean; skippedBytes: number } {
  const { cursor, maxBytes = DEFAULT_BYTES } = options;
  const earliest = Math.max(0, size - maxBytes);
  if (cursor === undefined) return { start: earliest, reset: false, skippedBytes: 0 };
  if (cursor > size) return { start: earliest, reset: true, skippedBytes: 0 };
  if (cursor < earliest) return { start: earliest, reset: true, skippedBytes: earliest - cursor };
  return { start: cursor, reset: false, skippedBytes: 0 };
}

/** Whole lines between `start` and `size`; cutting at newlines alone can never split a character. */
async function readWholeLines(
  handle: FileHandle,
  start: number,
  size: number,
): Promise<{ text: string; end: number; startsWhole: boolean }> {
  // One byte more to the left tells whether `start` is the beginning of a line.
  const from = Math.max(0, start - 1);
  const bytes = await readRange(handle, from, size);
  const lastNewline = bytes.lastIndexOf(NEWLINE);
  const end = lastNewline === -1 ? start : Math.max(start, from + lastNewline + 1);
  if (start === 0) return { text: bytes.toString('utf8', 0, end), end, startsWhole: true };
  const firstNewline = bytes.indexOf(NEWLINE);
  if (firstNewline === -1) return { text: '', end, startsWhole: false };
  return { text: bytes.toString('utf8', firstNewline + 1, end - from), end, startsWhole: firstNewline === 0 };
}

async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function pickLines(
  text: string,
  options: TailOptions,
  olderExist: boolean,
): { lines: string[]; truncated: boolean } {
  const all = text.split('\n').filter((line) => line !== '');
  const recent = options.sinceMs === undefined ? all : newerThan(all, options.now - options.sinceMs);
  const lines = recent.slice(-(options.limit ?? DEFAULT_LINES));
  const reachedOlder = recent.length < all.length;
  const isContinuation = options.cursor !== undefined;
  return {
    lines,
    truncated: lines.length < recent.length || (olderExist && !reachedOlder && !isContinuation),
  };
}

/** A line without a readable time counts as old as the one before it. */
function newerThan(lines: readonly string[], oldest: number): string[] {
  let isRecent = false;
  return lines.filter((line) => {
    const time = lineTime(line);
    if (time !== undefined) isRecent = time >= oldest;
    return isRecent;
  });
}

/** Epoch milliseconds of a log line, or undefined when it is not one of ours. */
function lineTime(line: string): number | undefined {
  try {
    const { time, _meta } = JSON.parse(line) as { time?: unknown; _meta?: { date?: unknown } };
    const parsed = Date.parse(String(time ?? _meta?.date));
    return Number.isNaN(parsed) ? undefined : parsed;
  } catch {
    return undefined;
  }
}
