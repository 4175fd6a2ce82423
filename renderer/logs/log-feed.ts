import type { BridgeParams, LogFilter, LogPage, LogPosition, ShownLine } from '../../main/bridge/contract.ts';
import type { CallError } from '../bridge.ts';

export interface LogFeedEffects {
  page(params: BridgeParams<'logs.page'>): Promise<LogPage>;
  /** Something is different now. */
  changed(): void;
  /** Resolves when somebody can see the window. */
  seen(): Promise<void>;
  /** Resolves after a while; a log that cannot be read is asked for again then. */
  pause(): Promise<void>;
}

/** What the window shows of a log. */
export interface LogShown {
  lines: readonly ShownLine[];
  /** Rises by one with each line dropped at the old end, falls with each that is put there. */
  origin: number;
  isSearching: boolean;
  scannedBytes: number;
  leftBytes: number;
  reachedStart: boolean;
  /** There are newer lines than the ones shown. */
  isBehind: boolean;
  /** Of those, the ones that came while the feed did not follow; bytes that nobody could follow. */
  missedLines: number;
  skippedBytes: number;
  subsystems: readonly string[];
  error: CallError | undefined;
}

/** Lines in memory at most. */
export const MOST_LINES = 20_000;
const PAGE_LINES = 500;
const TAIL_LINES = 1_000;
const MOST_SUBSYSTEMS = 100;
const WAIT_MS = 1_500;

const NOTHING: LogShown = {
  lines: [],
  origin: 0,
  isSearching: false,
  scannedBytes: 0,
  leftBytes: 0,
  reachedStart: false,
  isBehind: false,
  missedLines: 0,
  skippedBytes: 0,
  subsystems: [],
  error: undefined,
};

/** Pages of a log as one list that grows at both ends, and never beyond what memory is given to it. */
export class LogFeed {
  shown: LogShown = NOTHING;
  readonly #effects: LogFeedEffects;
  #filter: LogFilter = {};
  /** Another one with every beginning: answers to earlier questions are nobody's any more. */
  #round = 0;
  #search = 0;
  #follows = true;
  #start: LogPosition | undefined;
  #end: LogPosition | undefined;
  /** How far the newest end was followed, also while it was not shown. */
  #tail: LogPosition | undefined;
  readonly #subsystems = new Set<string>();

  constructor(effects: LogFeedEffects) {
    this.#effects = effects;
  }

  /** Begins at the newest end. */
  async open(filter: LogFilter): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    this.#filter = filter;
    this.#follows = true;
    this.#start = undefined;
    this.#end = undefined;
    // Nothing else is asked for before it is known where the newest end is.
    this.#set({ ...NOTHING, subsystems: this.shown.subsystems, isSearching: true });
    if ((await this.#page(round, 'older', {})) === undefined) return;
    this.#tail = this.#end;
    this.#set({ isSearching: false });
    if (filter.untilMs === undefined) void this.#followEnd(round);
    if (this.shown.lines.length < PAGE_LINES) await this.loadOlder();
  }

  close(): void {
    this.#round += 1;
  }

  /** Ends the search that is under way; what it has found stays. */
  cancel(): void {
    this.#search += 1;
    this.#set({ isSearching: false });
  }

  /** Looks for more at the old end until there is a page of it. */
  async loadOlder(): Promise<void> {
    if (this.shown.isSearching || this.shown.reachedStart) return;
    await this.#load('older', () => this.shown.reachedStart);
  }

  /** Looks for more at the new end, where the feed has not followed it. */
  async loadNewer(): Promise<void> {
    if (this.shown.isSearching || !this.shown.isBehind) return;
    await this.#load('newer', () => !this.shown.isBehind);
  }

  /** Whether new lines are shown as they come. */
  follow(isOn: boolean): void {
    this.#follows = isOn;
  }

  /** Shows the newest lines, whatever lies between. */
  async jumpToNewest(): Promise<void> {
    this.#follows = true;
    if (this.shown.isBehind) await this.open(this.#filter);
  }

  async #load(towards: 'older' | 'newer', isDone: () => boolean): Promise<void> {
    this.#search += 1;
    const search = this.#search;
    const round = this.#round;
    let found = 0;
    this.#set({ isSearching: true, scannedBytes: 0 });
    while (found < PAGE_LINES && !isDone() && search === this.#search) {
      const from = towards === 'older' ? this.#start : this.#end;
      const lines = await this.#page(round, towards, from ? { from } : {});
      if (lines === undefined) return;
      found += lines;
    }
    if (search === this.#search && round === this.#round) this.#set({ isSearching: false });
  }

  /** How many lines came; undefined when nobody waits for them any more, or they cannot be had. */
  async #page(
    round: number,
    towards: 'older' | 'newer',
    from: { from?: LogPosition },
  ): Promise<number | undefined> {
    try {
      const page = await this.#effects.page({ filter: this.#filter, towards, limit: PAGE_LINES, ...from });
      if (round !== this.#round) return undefined;
      if (towards === 'older') this.#putBefore(page);
      else this.#putBehind(page);
      return page.lines.length;
    } catch (error) {
      if (round === this.#round) this.#set({ isSearching: false, error: error as CallError });
      return undefined;
    }
  }

  #putBefore(page: LogPage): void {
    this.#start = page.start ?? this.#start;
    this.#end ??= page.end;
    this.#note(page.lines);
    const all = [...page.lines, ...this.shown.lines];
    const lines = all.slice(0, MOST_LINES);
    const dropped = all[MOST_LINES];
    if (dropped) this.#end = dropped.at;
    this.#set({
      lines,
      origin: this.shown.origin - page.lines.length,
      reachedStart: page.isEnd,
      isBehind: this.shown.isBehind || dropped !== undefined,
      scannedBytes: this.shown.scannedBytes + page.scannedBytes,
      leftBytes: page.leftBytes,
      error: undefined,
    });
  }

  #putBehind(page: LogPage): void {
    this.#end = page.end ?? this.#end;
    this.#note(page.lines);
    const all = [...this.shown.lines, ...page.lines];
    const dropped = Math.max(0, all.length - MOST_LINES);
    const lines = dropped === 0 ? all : all.slice(dropped);
    if (dropped > 0) this.#start = lines[0]?.at;
    if (page.isEnd) this.#tail = this.#end;
    this.#set({
      lines,
      origin: this.shown.origin + dropped,
      reachedStart: this.shown.reachedStart && dropped === 0,
      isBehind: !page.isEnd,
      missedLines: page.isEnd ? 0 : this.shown.missedLines,
      skippedBytes: this.shown.skippedBytes + page.skippedBytes,
      scannedBytes: this.shown.scannedBytes + page.scannedBytes,
      leftBytes: page.leftBytes,
      error: undefined,
    });
  }

  async #followEnd(round: number): Promise<void> {
    while (round === this.#round) {
      await this.#effects.seen();
      try {
        await this.#followOnce(round);
      } catch (error) {
        if (round === this.#round) this.#set({ error: error as CallError });
        await this.#effects.pause();
      }
    }
  }

  async #followOnce(round: number): Promise<void> {
    const from = this.#tail;
    const page = await this.#effects.page({
      filter: this.#filter,
      towards: 'newer',
      limit: TAIL_LINES,
      follow: true,
      waitMs: WAIT_MS,
      ...(from && { from }),
    });
    // What was loaded meanwhile goes further than this answer.
    if (round !== this.#round || from !== this.#tail) return;
    this.#tail = page.end ?? this.#tail;
    if (this.#follows && !this.shown.isBehind) this.#showNews(page);
    else this.#countNews(page);
  }

  #showNews(page: LogPage): void {
    if (page.lines.length > 0 || page.skippedBytes > 0) this.#putBehind({ ...page, isEnd: true });
    else if (this.shown.error) this.#set({ error: undefined });
    this.#end = this.#tail;
  }

  #countNews({ lines, skippedBytes }: LogPage): void {
    if (lines.length + skippedBytes === 0) return;
    this.#set({
      isBehind: true,
      missedLines: this.shown.missedLines + lines.length,
      skippedBytes: this.shown.skippedBytes + skippedBytes,
    });
  }

  #note(lines: readonly ShownLine[]): void {
    for (const { subsystem } of lines)
      if (subsystem && this.#subsystems.size < MOST_SUBSYSTEMS) this.#subsystems.add(subsystem);
    if (this.#subsystems.size !== this.shown.subsystems.length)
      this.#set({ subsystems: [...this.#subsystems].sort() });
  }

  #set(change: Partial<LogShown>): void {
    this.shown = { ...this.shown, ...change };
    this.#effects.changed();
  }
}
