import type { Clock } from '../core/lib/clock.ts';
import type { LogPlace } from '../core/logs/log-files.ts';
import type { LogFilter } from '../core/logs/log-filter.ts';
import type { LogPage, LogPageRequest, LogPosition, ShownLine } from '../core/logs/log-reader.ts';
import type { ErrorCode } from '../core/protocol/errors.ts';
import { AppError } from './app-error.ts';

export type LogAsk =
  | { kind: 'page'; request: LogPageRequest; waitMs: number }
  | { kind: 'line'; at: LogPosition }
  /** Of lines that are no file's here, those that match. */
  | { kind: 'match'; lines: readonly RawLine[]; filter: LogFilter };

export interface RawLine {
  at: LogPosition;
  raw: string;
}

export interface LogQuestion {
  id: number;
  place: LogPlace;
  ask: LogAsk;
}

export type LogAnswer = { id: number } & (
  | { ok: true; result: unknown }
  | { ok: false; code: ErrorCode; message: string }
);

/** Reads logs apart from everything else, so that neither a large file nor a hostile pattern holds up the app. */
export interface LogThread {
  ask(question: LogQuestion): void;
  /** At once, whatever it does. */
  end(): void;
}

export interface LogDeskOptions {
  clock: Clock;
  place(): LogPlace;
  spawn(onAnswer: (answer: LogAnswer) => void, onGone: () => void): LogThread;
}

interface Waiting {
  ask: LogAsk;
  settle(answer: LogAnswer): void;
  refuse(error: AppError): void;
  cancelTimer(): void;
}

/** Milliseconds for a page, which ends by itself long before, unless a pattern keeps it. */
const ANSWER_MS = 5_000;
/** Milliseconds after which a thread that nobody asks anything is let go. */
const IDLE_MS = 20_000;

/** Has log files read in a thread that is there while somebody looks at them. */
export class LogDesk {
  readonly #options: LogDeskOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: LogThread | undefined;
  #lastId = 0;
  #cancelIdle: () => void = () => {};

  constructor(options: LogDeskOptions) {
    this.#options = options;
  }

  page(request: LogPageRequest, waitMs: number): Promise<LogPage> {
    return this.#ask({ kind: 'page', request, waitMs }, waitMs) as Promise<LogPage>;
  }

  /** The line as it is in the file; undefined when it is gone. */
  line(at: LogPosition): Promise<string | undefined> {
    return this.#ask({ kind: 'line', at }, 0) as Promise<string | undefined>;
  }

  /** A pattern is applied in the thread, wherever the lines come from. */
  match(lines: readonly RawLine[], filter: LogFilter): Promise<ShownLine[]> {
    return this.#ask({ kind: 'match', lines, filter }, 0) as Promise<ShownLine[]>;
  }

  close(): void {
    this.#end(new AppError('UNAVAILABLE', (say) => say('appEnds')));
  }

  #ask(ask: LogAsk, waitMs: number): Promise<unknown> {
    const { clock, place } = this.#options;
    this.#lastId += 1;
    const id = this.#lastId;
    this.#cancelIdle();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        ask,
        settle: (answer) => (answer.ok ? resolve(answer.result) : reject(refusalOf(answer))),
        refuse: reject,
        cancelTimer: clock.after(ANSWER_MS + waitMs, () => this.#tooSlow()),
      });
      this.#thread ??= this.#spawn();
      this.#thread.ask({ id, place: place(), ask });
    });
  }

  #spawn(): LogThread {
    const thread = this.#options.spawn(
      (answer) => this.#answered(answer),
      () => this.#thread === thread && this.#end(new AppError('UNAVAILABLE', (say) => say('logCutOff'))),
    );
    return thread;
  }

  #answered(answer: LogAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    waiting.cancelTimer();
    waiting.settle(answer);
    if (this.#waiting.size > 0) return;
    this.#cancelIdle = this.#options.clock.after(IDLE_MS, () => this.#end());
  }

  #tooSlow(): void {
    const hasPattern = [...this.#waiting.values()].some(({ ask }) => filterOf(ask)?.isPattern === true);
    if (hasPattern) this.#end(new AppError('BAD_ARGUMENT', (say) => say('patternSlow')));
    else this.#end(new AppError('UNAVAILABLE', (say) => say('logSilent')));
  }

  /** `error`: for those who still wait. */
  #end(error = new AppError('UNAVAILABLE', (say) => say('logCutOff'))): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#cancelIdle();
    thread?.end();
    for (const { refuse, cancelTimer } of this.#waiting.values()) {
      cancelTimer();
      refuse(error);
    }
    this.#waiting.clear();
  }
}

function filterOf(ask: LogAsk): LogFilter | undefined {
  if (ask.kind === 'line') return undefined;
  return ask.kind === 'page' ? ask.request.filter : ask.filter;
}

/** What is asked for wrongly can only be the pattern. */
function refusalOf({ code, message }: Extract<LogAnswer, { ok: false }>): AppError {
  if (code !== 'BAD_ARGUMENT') return new AppError(code, (say) => say('logUnreadable'));
  const reason = message.replace(/^Not a regular expression: /, '');
  return new AppError(code, (say) => say('patternInvalid', { reason }));
}
