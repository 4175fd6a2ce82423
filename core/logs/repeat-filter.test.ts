import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { LogRecord } from './record.ts';
import { createRepeatFilter } from './repeat-filter.ts';

function filterWithTimer() {
  const emitted: string[] = [];
  const timers: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    after: (_ms, task) => {
      timers.push(task);
      return () => void timers.splice(timers.indexOf(task), 1);
    },
  };
  const filter = createRepeatFilter(clock, (record) => void emitted.push(record.message));
  const push = (message: string, extra: Partial<LogRecord> = {}): void =>
    filter.push({ level: 'info', subsystem: 'a', message, time: 0, ...extra });
  return { push, filter, emitted, elapse: () => timers.splice(0).forEach((task) => void task()) };
}

describe('the repeat filter', () => {
  it('counts identical lines and tells the number before the next different one', () => {
    const { push, emitted } = filterWithTimer();
    for (const message of ['x', 'x', 'x', 'y', 'y', 'z']) push(message);
    expect(emitted).toEqual(['x', 'last message repeated 2 times', 'y', 'last message repeated 1 time', 'z']);
  });

  it('takes lines with other fields, another level or another subsystem for different ones', () => {
    const { push, emitted } = filterWithTimer();
    push('x', { fields: { n: 1 } });
    push('x', { fields: { n: 2 } });
    push('x', { level: 'warn' });
    push('x', { subsystem: 'b' });
    expect(emitted).toEqual(['x', 'x', 'x', 'x']);
  });

  it('reports an endless repetition from time to time', () => {
    const { push, emitted, elapse } = filterWithTimer();
    for (const message of ['x', 'x', 'x']) push(message);
    elapse();
    push('x');
    elapse();
    expect(emitted).toEqual(['x', 'last message repeated 2 times', 'last message repeated 1 time']);
  });

  it('tells the outstanding number when drained, once', () => {
    const { push, filter, emitted } = filterWithTimer();
    push('x');
    push('x');
    filter.drain();
    filter.drain();
    expect(emitted).toEqual(['x', 'last message repeated 1 time']);
  });
});
