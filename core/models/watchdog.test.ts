import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { startWatchdog, type WaitLimit } from './watchdog.ts';

function watch(limits = { firstMs: 100, idleMs: 30, totalMs: 1000 }) {
  const clock = new FakeClock();
  const expired: WaitLimit[] = [];
  return { clock, expired, dog: startWatchdog(clock, limits, (limit) => expired.push(limit)) };
}

describe('the watchdog', () => {
  it('waits for the first sign of life, once', () => {
    const { clock, expired } = watch();
    clock.advance(99);
    expect(expired).toEqual([]);
    clock.advance(500);
    expect(expired).toEqual(['first']);
  });

  it('waits less once there was one, and starts again with each', () => {
    const { clock, expired, dog } = watch();
    for (let beat = 0; beat < 5; beat += 1) {
      dog.touch();
      clock.advance(29);
    }
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(['idle']);
  });

  it('ends what lives for too long', () => {
    const { clock, expired, dog } = watch();
    for (let beat = 0; beat < 60; beat += 1) {
      dog.touch();
      clock.advance(20);
    }
    expect(expired).toEqual(['total']);
  });

  it('is quiet after it was stopped, and holds no timer', () => {
    const { clock, expired, dog } = watch();
    dog.touch();
    dog.stop();
    clock.advance(5000);
    expect(expired).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
