import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { type Attempt, AuthRateLimiter, DEFAULT_RATE_LIMIT, type RateLimitSettings } from './rate-limit.ts';

const remote = (address: string): Attempt => ({ address, fromBrowser: false, directLocal: false });
const LOCAL: Attempt = { address: '127.0.0.1', fromBrowser: false, directLocal: true };

function limiterWith(settings: Partial<RateLimitSettings> = {}) {
  const clock = new FakeClock();
  const limiter = new AuthRateLimiter(clock, () => ({ ...DEFAULT_RATE_LIMIT, ...settings }));
  const fail = (attempt: Attempt, times: number): number[] =>
    Array.from({ length: times }, () => limiter.fail(attempt, 'shared').delayMs);
  /** Milliseconds until each of `times` wrong guesses, made one after the other, has its answer. */
  const guess = (attempt: Attempt, times: number): number[] =>
    Array.from({ length: times }, () => {
      const before = limiter.takeTurnMs(attempt, 'shared');
      clock.advance(before);
      const { delayMs } = limiter.fail(attempt, 'shared');
      clock.advance(delayMs);
      return before + delayMs;
    });
  return { clock, limiter, fail, guess };
}

describe('the limiter of wrong credentials', () => {
  it('locks at the tenth failure in a minute, for five minutes', () => {
    const { clock, limiter, fail } = limiterWith();
    fail(remote('192.0.2.7'), 9);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(0);
    fail(remote('192.0.2.7'), 1);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(300_000);
    clock.advance(299_999);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(1);
    clock.advance(1);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(0);
  });

  it('starts to count anew after a lock', () => {
    const { clock, limiter, fail } = limiterWith();
    fail(remote('192.0.2.7'), 10);
    clock.advance(300_000);
    fail(remote('192.0.2.7'), 9);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(0);
  });

  it('forgets a failure after its minute', () => {
    const { clock, limiter, fail } = limiterWith();
    fail(remote('192.0.2.7'), 5);
    clock.advance(60_000);
    fail(remote('192.0.2.7'), 9);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(0);
    fail(remote('192.0.2.7'), 1);
    expect(limiter.lockedForMs(remote('192.0.2.7'), 'shared')).toBe(300_000);
  });

  it('knows an address in each of its spellings', () => {
    const { limiter, fail } = limiterWith();
    fail(remote('192.0.2.7'), 5);
    fail(remote('::ffff:192.0.2.7'), 4);
    fail(remote('::FFFF:C000:0207'), 1);
    for (const spelling of ['192.0.2.7', '::ffff:192.0.2.7', '0:0:0:0:0:ffff:c000:207']) {
      expect(limiter.lockedForMs(remote(spelling), 'shared')).toBe(300_000);
    }
    expect(limiter.lockedForMs(remote('192.0.2.8'), 'shared')).toBe(0);
  });

  it('counts all addresses of one IPv6 network together, for whoever has one has them all', () => {
    const { limiter, fail } = limiterWith();
    for (let host = 1; host <= 10; host += 1) fail(remote(`2001:db8::${host}`), 1);
    expect(limiter.lockedForMs(remote('2001:db8::ffff'), 'shared')).toBe(300_000);
    expect(limiter.lockedForMs(remote('2001:db8:0:1::1'), 'shared')).toBe(0);
  });

  it('makes a local caller wait who changes from one loopback address to another', () => {
    const { limiter, fail } = limiterWith();
    fail(LOCAL, 2);
    for (const address of ['::1', '127.0.0.2'])
      expect(limiter.takeTurnMs({ ...LOCAL, address }, 'shared')).toBeGreaterThan(0);
  });

  it('counts each class of credentials on its own, and forgives only that of the success', () => {
    const { limiter, fail } = limiterWith();
    const address = remote('192.0.2.7');
    fail(address, 10);
    expect(limiter.lockedForMs(address, 'device')).toBe(0);
    limiter.succeed(address, 'device');
    expect(limiter.lockedForMs(address, 'shared')).toBe(300_000);
    limiter.succeed(address, 'shared');
    expect(limiter.lockedForMs(address, 'shared')).toBe(0);
  });

  it('never locks direct local callers, and makes them wait longer each time', () => {
    const { clock, limiter, guess } = limiterWith();
    expect(guess(LOCAL, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    expect(limiter.lockedForMs(LOCAL, 'shared')).toBe(0);
    expect(limiter.takeTurnMs(LOCAL, 'device')).toBe(0);
    clock.advance(60_000);
    expect(guess(LOCAL, 1)).toEqual([250]);
  });

  it('makes local callers who guess side by side take turns, and holds back whoever would wait too long', () => {
    const { clock, limiter, fail } = limiterWith();
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(0);
    fail(LOCAL, 3);
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(2_000);
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(4_000);
    expect(limiter.lockedForMs(LOCAL, 'shared')).toBe(1_000);
    expect(limiter.lockedForMs(LOCAL, 'device')).toBe(0);
    clock.advance(1_000);
    expect(limiter.lockedForMs(LOCAL, 'shared')).toBe(0);
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(5_000);
    clock.advance(60_000);
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(0);
  });

  it('lets a local caller who was right begin anew', () => {
    const { limiter, fail } = limiterWith();
    fail(LOCAL, 8);
    limiter.succeed(LOCAL, 'shared');
    expect(limiter.takeTurnMs(LOCAL, 'shared')).toBe(0);
  });

  it('exempts no browser and nobody behind a proxy, though their address be loopback', () => {
    for (const attempt of [
      { ...LOCAL, fromBrowser: true },
      { ...LOCAL, directLocal: false },
    ]) {
      const { limiter, fail } = limiterWith();
      expect(fail(attempt, 10)).toEqual(Array.from({ length: 10 }, () => 0));
      expect(limiter.takeTurnMs(attempt, 'shared')).toBe(0);
      expect(limiter.lockedForMs(attempt, 'shared')).toBe(300_000);
    }
  });

  it('lets no page lock its own user out: browsers and programs have separate accounts', () => {
    const { limiter, fail } = limiterWith({ exemptLoopback: false });
    fail({ ...LOCAL, fromBrowser: true }, 10);
    expect(limiter.lockedForMs(LOCAL, 'shared')).toBe(0);
  });

  it('exempts nobody when told so', () => {
    const { limiter, fail } = limiterWith({ exemptLoopback: false, maxAttempts: 2, lockoutMs: 1_000 });
    fail(LOCAL, 2);
    expect(limiter.lockedForMs(LOCAL, 'shared')).toBe(1_000);
  });

  it('keeps a bounded table, and the lock that is youngest', () => {
    const { limiter } = limiterWith({ maxAttempts: 1 });
    for (let n = 0; n < 10_050; n += 1) limiter.fail(remote(`10.0.${n >> 8}.${n & 255}`), 'shared');
    expect(limiter.lockedForMs(remote('10.0.0.0'), 'shared')).toBe(0);
    expect(limiter.lockedForMs(remote(`10.0.${10_049 >> 8}.${10_049 & 255}`), 'shared')).toBe(300_000);
  });
});
