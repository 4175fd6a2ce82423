import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

describe('the system clock', () => {
  it('wakes a sleeper at once when its signal aborts, or had aborted before', async () => {
    const stop = new AbortController();
    const slept = systemClock.sleep(60_000, stop.signal);
    stop.abort();
    await slept;
    await systemClock.sleep(60_000, AbortSignal.abort());
  });

  it('runs a task once, another again and again, and none that was cancelled', async () => {
    const seen: string[] = [];
    systemClock.after(1, () => seen.push('cancelled'))();
    await new Promise<void>((resolve) => {
      systemClock.after(1, () => seen.push('once'));
      const stop = systemClock.every(2, () => {
        seen.push('again');
        if (seen.filter((each) => each === 'again').length < 3) return;
        stop();
        resolve();
      });
    });
    await systemClock.sleep(10);
    expect(seen.filter((each) => each !== 'again')).toEqual(['once']);
    expect(seen.filter((each) => each === 'again')).toHaveLength(3);
  });
});
