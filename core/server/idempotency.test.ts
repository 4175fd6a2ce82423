import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { IdempotencyCache } from './idempotency.ts';

function cacheAndCounter() {
  const clock = new FakeClock();
  const cache = new IdempotencyCache(clock);
  let acts = 0;
  const act = async (): Promise<number> => {
    acts += 1;
    return acts;
  };
  return { clock, cache, act, acts: () => acts };
}

describe('the cache of outcomes', () => {
  it('gives the first outcome to whoever comes with the same key, also while it is still under way', async () => {
    const { cache, act, acts } = cacheAndCounter();
    const outcomes = await Promise.all([
      cache.run('k', 'params', act),
      cache.run('k', 'params', act),
      cache.run('other', 'params', act),
    ]);
    expect(outcomes).toEqual([1, 1, 2]);
    expect(await cache.run('k', 'params', act)).toBe(1);
    expect(acts()).toBe(2);
  });

  it('forgets an outcome after five minutes, and a failure at once', async () => {
    const { clock, cache, act } = cacheAndCounter();
    await cache.run('k', 'params', act);
    clock.advance(299_999);
    expect(await cache.run('k', 'params', act)).toBe(1);
    clock.advance(1);
    expect(await cache.run('k', 'params', act)).toBe(2);
    await expect(cache.run('bad', 'params', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.run('bad', 'params', act)).toBe(3);
  });

  it('keeps a thousand, and drops the oldest for the next', async () => {
    const { cache, act } = cacheAndCounter();
    for (let n = 1; n <= 1_001; n += 1) await cache.run(`key ${n}`, 'params', act);
    expect(await cache.run('key 2', 'params', act)).toBe(2);
    expect(await cache.run('key 1001', 'params', act)).toBe(1_001);
    expect(await cache.run('key 1', 'params', act)).toBe(1_002);
  });

  it('gives no outcome to other params under the same key', async () => {
    const { clock, cache, act, acts } = cacheAndCounter();
    await cache.run('k', 'params', act);
    await expect(cache.run('k', 'others', act)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(acts()).toBe(1);
    clock.advance(300_000);
    expect(await cache.run('k', 'others', act)).toBe(2);
  });

  it('does not let a late failure take away the outcome of a later run', async () => {
    const { clock, cache, act } = cacheAndCounter();
    let fail: (error: Error) => void = () => {};
    const slow = cache.run('k', 'params', () => new Promise((_resolve, reject) => (fail = reject)));
    clock.advance(300_000);
    expect(await cache.run('k', 'params', act)).toBe(1);
    fail(new Error('late'));
    await expect(slow).rejects.toThrow('late');
    expect(await cache.run('k', 'params', act)).toBe(1);
  });
});
