import type { Clock } from '../core/lib/clock.ts';
import type { LogFilter } from '../core/logs/log-filter.ts';
import type { LogPage, LogPageRequest, LogPosition, ShownLine } from '../core/logs/log-reader.ts';
import type { WindowCall } from './bridge/contract.ts';
import type { RawLine } from './log-desk.ts';

type Tail = WindowCall<'logs.tail'>;

export interface RemoteLogOptions {
  clock: Clock;
  /** Another one where the log is another gateway's. */
  gateway(): string;
  /** Calls `logs.tail` of that gateway. */
  tail(params: NonNullable<Tail['params']>): Promise<Tail['result']>;
  match(lines: readonly RawLine[], filter: LogFilter): Promise<ShownLine[]>;
}

/** What a gateway gives at once, at most. */
const WINDOW = { limit: 5_000, maxBytes: 1_000_000 } as const;
/** Lines in memory at most. */
const MOST_LINES = 20_000;
/** Milliseconds between two questions of whoever waits for new lines. */
const ASK_AGAIN_MS = 1_000;
const LINE_CHARS = 256 * 1024;

/**
 * The newest lines of the log of a gateway elsewhere, in pages like those of the files of this computer. A gateway gives
 * the end of its newest file and what comes then, so what is older is not to be had. Offsets count lines.
 */
export class RemoteLog {
  readonly #options: RemoteLogOptions;
  #gateway: string | undefined;
  #round = 0;
  #lines: string[] = [];
  /** Offset of the first one that is kept. */
  #base = 0;
  #cursor: number | undefined;
  #asking: Promise<number> | undefined;

  constructor(options: RemoteLogOptions) {
    this.#options = options;
  }

  /** Rejects with what the gateway says, BAD_ARGUMENT for a pattern that is none. */
  async page(request: LogPageRequest, waitMs: number): Promise<LogPage> {
    const { clock, gateway } = this.#options;
    if (gateway() !== this.#gateway) this.#begin(gateway());
    const from = request.from?.file === this.#file ? request.from.offset : undefined;
    const isOlder = request.towards === 'older';
    if (waitMs > 0) await clock.sleep(Math.min(waitMs, ASK_AGAIN_MS));
    const skippedBytes = isOlder && from !== undefined ? 0 : await this.#askShared();
    const page = isOlder ? await this.#older(request, from) : await this.#newer(request, from);
    const wasReset = request.from !== undefined && from === undefined;
    return { ...page, leftBytes: 0, wasReset, skippedBytes };
  }

  /** The line as the gateway has given it; undefined when it is not kept any more. */
  line({ file, offset }: LogPosition): string | undefined {
    return file === this.#file ? this.#lines[offset - this.#base]?.slice(0, LINE_CHARS) : undefined;
  }

  get #file(): string {
    return `0-${this.#round}`;
  }

  get #end(): number {
    return this.#base + this.#lines.length;
  }

  #begin(gateway: string): void {
    this.#gateway = gateway;
    this.#round += 1;
    this.#lines = [];
    this.#base = 0;
    this.#cursor = undefined;
    this.#asking = undefined;
  }

  /** Two who ask at once get the same lines, and those once. */
  #askShared(): Promise<number> {
    if (this.#asking) return this.#asking;
    const asking = this.#ask().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }

  /** How many bytes the gateway has left out. */
  async #ask(): Promise<number> {
    const round = this.#round;
    const cursor = this.#cursor;
    const told = await this.#options.tail({ ...WINDOW, ...(cursor === undefined ? {} : { cursor }) });
    if (round !== this.#round) return 0;
    this.#cursor = told.cursor;
    this.#lines.push(...told.lines);
    const dropped = Math.max(0, this.#lines.length - MOST_LINES);
    this.#lines.splice(0, dropped);
    this.#base += dropped;
    return told.skippedBytes ?? 0;
  }

  async #older({ filter, limit }: LogPageRequest, from = this.#end) {
    const found = await this.#match(filter, this.#base, from);
    const lines = found.lines.slice(-limit);
    const isEnd = lines.length === found.lines.length;
    const start = isEnd ? found.start : lines[0]?.at;
    return { ...found, lines, start, isEnd };
  }

  async #newer({ filter, limit }: LogPageRequest, from = this.#base) {
    const found = await this.#match(filter, from, this.#end);
    const lines = found.lines.slice(0, limit);
    const next = found.lines[limit];
    return { ...found, lines, end: next?.at ?? found.end, isEnd: next === undefined };
  }

  async #match(filter: LogFilter, from: number, to: number) {
    const file = this.#file;
    const first = Math.max(from, this.#base);
    const raws = this.#lines.slice(first - this.#base, Math.max(0, to - this.#base));
    const rawLines = raws.map((raw, index) => ({ raw, at: { file, offset: first + index } }));
    return {
      lines: rawLines.length === 0 ? [] : await this.#options.match(rawLines, filter),
      start: { file, offset: first },
      end: { file, offset: first + raws.length },
      scannedBytes: raws.reduce((sum, raw) => sum + raw.length, 0),
    };
  }
}
