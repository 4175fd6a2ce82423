import type { Clock } from '../lib/clock.ts';
import type { LogRecord } from './record.ts';

const SUMMARY_AFTER_MS = 30_000;

export interface RepeatFilter {
  push(record: LogRecord): void;
  /** Writes the outstanding summary, if there is one. */
  drain(): void;
}

const sameLine = (one: LogRecord, other: LogRecord): boolean =>
  one.message === other.message &&
  one.level === other.level &&
  one.subsystem === other.subsystem &&
  JSON.stringify(one.fields) === JSON.stringify(other.fields);

/**
 * Passes a line on once and counts its immediate repetitions, which come out as one line
 * `last message repeated N times`: before the next different line, or after half a minute.
 */
export function createRepeatFilter(clock: Clock, emit: (record: LogRecord) => void): RepeatFilter {
  let last: LogRecord | undefined;
  let repeats = 0;
  let cancelTimer = (): void => {};

  const drain = (): void => {
    cancelTimer();
    if (last === undefined || repeats === 0) return;
    const times = repeats === 1 ? '1 time' : `${repeats} times`;
    repeats = 0;
    emit({
      level: last.level,
      subsystem: last.subsystem,
      message: `last message repeated ${times}`,
      time: clock.now(),
    });
  };

  return {
    push(record) {
      if (last !== undefined && sameLine(last, record)) {
        repeats += 1;
        if (repeats === 1) cancelTimer = clock.after(SUMMARY_AFTER_MS, drain);
        return;
      }
      drain();
      last = record;
      emit(record);
    },
    drain,
  };
}
