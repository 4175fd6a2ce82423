import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import type { LogLevel } from '../lib/log.ts';
import type { LogPlace } from './log-files.ts';
import { admits, fileLine, type LogRecord } from './record.ts';
import { createRepeatFilter, type RepeatFilter } from './repeat-filter.ts';
import { RollingFile, type RollingLimits } from './rolling-file.ts';

export interface FileLogOptions extends LogPlace, RollingLimits {
  level: LogLevel;
  clock: Clock;
}

export interface FileLogState {
  /** Lines that were never written since the log was opened: disk full, directory unusable, or faster than the disk. */
  droppedLines: number;
  /** Error code or message of the last failed write; undefined while writing works. */
  problem: string | undefined;
}

export interface FileLog {
  /** Queues one record. Never throws and never waits. */
  write(record: LogRecord): void;
  /** The file that a line written now goes to. */
  path(): string;
  state(): FileLogState;
  /** Resolves when everything queued is written, or when writing it has failed once more. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const MAX_BLOCK_BYTES = 256 * 1024;
const RETRY_MS = 1000;
const NEWLINE = 0x0a;

/**
 * The structured log file: `openclaw-YYYY-MM-DD.log` in `dir` (0600 in 0700), or always `file`.
 * Lines keep their order. When a file would pass `maxFileBytes` it becomes `.1`, `.2` …, and the
 * oldest log files go before the directory would hold more than `maxTotalBytes`. The program never
 * notices a disk that is full or read-only: lines wait in a bounded queue, then they are counted.
 */
export const openFileLog = (options: FileLogOptions): FileLog => new QueuedFileLog(options);

class QueuedFileLog implements FileLog {
  readonly #level: LogLevel;
  readonly #clock: Clock;
  readonly #file: RollingFile;
  readonly #filter: RepeatFilter;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #droppedLines = 0;
  #unreportedDrops = 0;
  #problem: string | undefined;
  #pump: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: FileLogOptions) {
    this.#level = options.level;
    this.#clock = options.clock;
    this.#file = new RollingFile(options, options, () => options.clock.now());
    this.#filter = createRepeatFilter(options.clock, (record) => this.#enqueue(record));
  }

  path(): string {
    return this.#file.path();
  }

  state(): FileLogState {
    return { droppedLines: this.#droppedLines, problem: this.#problem };
  }

  write(record: LogRecord): void {
    if (!this.#closed && admits(this.#level, record.level)) this.#filter.push(record);
  }

  async flush(): Promise<void> {
    this.#filter.drain();
    await this.#pump;
    this.#stopRetry();
    this.#start();
    await this.#pump;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#stopRetry();
    this.#drop(this.#queue.length);
    this.#queue = [];
    this.#queuedBytes = 0;
    await this.#file.close();
  }

  #enqueue(record: LogRecord): void {
    const line = Buffer.from(`${fileLine(record)}\n`);
    if (line.length > this.#file.fileLimit || this.#queuedBytes + line.length > MAX_QUEUED_BYTES) {
      this.#drop(1);
      return;
    }
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    this.#start();
  }

  #drop(lines: number): void {
    this.#droppedLines += lines;
    this.#unreportedDrops += lines;
  }

  #start(): void {
    if (this.#pump || this.#cancelRetry || this.#queue.length === 0) return;
    this.#pump = this.#writeQueue().finally(() => {
      this.#pump = undefined;
      this.#start();
    });
  }

  async #writeQueue(): Promise<void> {
    // One turn later, so that the lines of a burst share one write.
    await nextTurn();
    while (this.#queue.length > 0) {
      const block = this.#takeBlock();
      const { writtenBytes, error } = await this.#file.append(block);
      if (error !== undefined) {
        this.#keepForRetry(block, writtenBytes, error);
        return;
      }
      this.#problem = undefined;
      this.#reportDrops();
    }
  }

  #takeBlock(): Buffer {
    const limit = Math.min(MAX_BLOCK_BYTES, this.#file.fileLimit);
    let bytes = 0;
    let count = 0;
    for (const line of this.#queue) {
      if (count > 0 && bytes + line.length > limit) break;
      bytes += line.length;
      count += 1;
    }
    this.#queuedBytes -= bytes;
    return Buffer.concat(this.#queue.splice(0, count), bytes);
  }

  #keepForRetry(block: Buffer, writtenBytes: number, error: unknown): void {
    const wholeLines = writtenBytes === 0 ? 0 : block.lastIndexOf(NEWLINE, writtenBytes - 1) + 1;
    const rest = block.subarray(wholeLines);
    if (rest.length > 0) this.#queue.unshift(...splitLines(rest));
    this.#queuedBytes += rest.length;
    this.#problem = describeError(error);
    this.#cancelRetry = this.#clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.#start();
    });
  }

  #stopRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #reportDrops(): void {
    const lines = this.#unreportedDrops;
    if (lines === 0 || this.#queuedBytes > MAX_QUEUED_BYTES / 2) return;
    this.#unreportedDrops = 0;
    const message = `${lines} log lines could not be written and are lost`;
    this.#enqueue({ level: 'warn', subsystem: 'logs', message, time: this.#clock.now() });
  }
}

function splitLines(block: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(NEWLINE, start) + 1;
    lines.push(block.subarray(start, end));
    start = end;
  }
  return lines;
}

const describeError = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
