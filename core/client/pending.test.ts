import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { PendingCalls } from './pending.ts';

const answer = (id: string, payload: unknown) => ({ type: 'res', id, ok: true, payload });

describe('calls that wait', () => {
  it('get their own answers in whatever order these come', async () => {
    const pending = new PendingCalls(new FakeClock());
    const calls = [pending.add('1', 'a', {}), pending.add('2', 'b', {})];
    pending.settle(answer('2', 'second'));
    pending.settle(answer('1', 'first'));
    expect(await Promise.all(calls)).toEqual(['first', 'second']);
  });

  it('end at their deadline, half a minute unless told otherwise', async () => {
    const clock = new FakeClock();
    const pending = new PendingCalls(clock);
    const short = pending.add('1', 'health', { timeoutMs: 100 });
    const usual = pending.add('2', 'status', {});
    const endless = pending.add('3', 'agent', { timeoutMs: Number.POSITIVE_INFINITY });
    clock.advance(100);
    await expect(short).rejects.toMatchObject({
      code: 'GATEWAY_TIMEOUT',
      details: { method: 'health', timeoutMs: 100 },
    });
    clock.advance(29_900);
    await expect(usual).rejects.toMatchObject({ code: 'GATEWAY_TIMEOUT' });
    clock.advance(1e12);
    pending.settle(answer('3', 'done'));
    expect(await endless).toBe('done');
  });

  it('reject with the reason of their signal', async () => {
    const pending = new PendingCalls(new FakeClock());
    const abort = new AbortController();
    const call = pending.add('1', 'health', { signal: abort.signal });
    abort.abort('enough');
    await expect(call).rejects.toBe('enough');
  });

  it('leave nothing behind, neither timer nor entry', async () => {
    const clock = new FakeClock();
    const pending = new PendingCalls(clock);
    const call = pending.add('1', 'health', {});
    expect([pending.size, clock.waiting]).toEqual([1, 1]);
    pending.settle(answer('1', 'ok'));
    await call;
    expect([pending.size, clock.waiting]).toEqual([0, 0]);
  });

  it('are not disturbed by answers nobody waits for', async () => {
    const pending = new PendingCalls(new FakeClock());
    const call = pending.add('1', 'health', {});
    pending.settle(answer('99', 'late'));
    pending.settle({ type: 'res', id: 1, ok: true, payload: 'a number is another id' });
    pending.settle(answer('1', 'ok'));
    pending.settle(answer('1', 'again'));
    expect(await call).toBe('ok');
  });

  it('take the first answer, or the final one when asked to', async () => {
    const pending = new PendingCalls(new FakeClock());
    const first = pending.add('1', 'agent', {});
    const final = pending.add('2', 'agent', { expectFinal: true });
    for (const id of ['1', '2']) pending.settle(answer(id, { status: 'accepted' }));
    expect(await first).toEqual({ status: 'accepted' });
    expect(pending.size).toBe(1);
    pending.settle(answer('2', { status: 'ok' }));
    expect(await final).toEqual({ status: 'ok' });
  });

  it('reject when the final answer is a failure that carries a payload too', async () => {
    const pending = new PendingCalls(new FakeClock());
    const final = pending.add('1', 'agent', { expectFinal: true });
    pending.settle(answer('1', { status: 'accepted' }));
    const error = { code: 'UNAVAILABLE', message: 'model says no' };
    pending.settle({ type: 'res', id: '1', ok: false, payload: { status: 'error' }, error });
    await expect(final).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'model says no' });
  });
});
