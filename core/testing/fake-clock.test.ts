import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

describe('the fake clock', () => {
  it('runs what comes due in the order of the due times, and repeats what repeats', () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    clock.every(30, () => seen.push('every'));
    clock.after(50, () => seen.push('late'));
    clock.after(10, () => seen.push('early'));
    clock.after(20, () => seen.push('cancelled'))();
    clock.advance(65);
    expect(seen).toEqual(['early', 'every', 'late', 'every']);
    expect(clock.waiting).toBe(1);
  });

  it('wakes a sleeper when its time has come or its signal aborts', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = Promise.all([clock.sleep(100), clock.sleep(1_000, stop.signal)]);
    clock.advance(100);
    stop.abort();
    await slept;
    expect(clock.waiting).toBe(0);
  });

  it('drives work that waits for it to its end', async () => {
    const clock = new FakeClock();
    const start = clock.now();
    await clock.drive(clock.sleep(500).then(() => clock.sleep(500)));
    expect(clock.now() - start).toBeGreaterThanOrEqual(1_000);
  });
});
