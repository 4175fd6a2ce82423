import { describe, expect, it } from 'vitest';
import { rangeOf, type Sample, SampleRing, startSampling } from './sample-ring.ts';

const sample = (at: number, connections: number | null): Sample => ({
  at,
  connections,
  answerMs: null,
  loopDelayMs: null,
  memoryBytes: null,
});

describe('samples of a gateway', () => {
  it('are kept for a while and no longer', () => {
    const ring = new SampleRing(10);
    for (let at = 0; at < 30; at += 1) ring.push(sample(at, at));
    expect(ring.samples.map(({ at }) => at)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('do not stay behind a clock that was set back', () => {
    const ring = new SampleRing(10);
    ring.push(sample(100, 1));
    ring.push(sample(50, 2));
    expect(ring.samples.map(({ at }) => at)).toEqual([50]);
  });

  it('say what is, what was least and what was most, and nothing of what nobody told', () => {
    const samples = [sample(1, 3), sample(2, null), sample(3, 1), sample(4, 2)];
    expect(rangeOf(samples, 'connections')).toEqual({ now: 2, lowest: 1, highest: 3 });
    expect(rangeOf([...samples, sample(5, null)], 'connections').now).toBe(null);
    expect(rangeOf(samples, 'answerMs')).toEqual({ now: null, lowest: null, highest: null });
  });
});

describe('sampling', () => {
  it('has a timer while the window can be seen, and none while it cannot', () => {
    let isVisible = true;
    let taken = 0;
    const timers = new Set<() => void>();
    const listeners = new Set<() => void>();
    const add = (set: Set<() => void>, one: () => void) => {
      set.add(one);
      return () => void set.delete(one);
    };
    const end = startSampling({
      isVisible: () => isVisible,
      onVisibility: (listener) => add(listeners, listener),
      repeat: (task) => add(timers, task),
      take: () => {
        taken += 1;
        return new Promise(() => {});
      },
    });
    expect([timers.size, taken]).toEqual([1, 1]);
    for (const tick of timers) tick();
    expect(taken, 'no second question before the first is answered').toBe(1);
    isVisible = false;
    for (const listener of listeners) listener();
    expect(timers.size).toBe(0);
    isVisible = true;
    for (const listener of listeners) listener();
    expect(timers.size).toBe(1);
    end();
    expect([timers.size, listeners.size]).toEqual([0, 0]);
  });
});
