import { expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { waitUntilReady } from './wait-ready.ts';

const waiting = (readyAt: number, timeoutMs = 60_000) => {
  const clock = new FakeClock();
  const began = clock.now();
  const times: number[] = [];
  const work = waitUntilReady({
    clock,
    timeoutMs,
    look: async () => {
      times.push(clock.now() - began);
      return clock.now() - began >= readyAt;
    },
    isReady: (seen) => seen,
  });
  return { times, ended: clock.drive(work, 10) };
};

test('a gateway that is ready is not waited for', async () => {
  const { times, ended } = waiting(0);
  expect(await ended).toEqual({ ready: true, last: true, looks: 1, waitedMs: 0 });
  expect(times).toEqual([0]);
});

test('the pauses grow up to a second, so that waiting is no work', async () => {
  const { times, ended } = waiting(5_000);
  expect((await ended).ready).toBe(true);
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
});

test('it gives up when the time is over, with what it saw last', async () => {
  const { times, ended } = waiting(60_000, 1_000);
  expect(await ended).toMatchObject({ ready: false, last: false, waitedMs: 1_000 });
  expect(times.at(-1)).toBe(1_000);
});

test('a look that the end cuts short does not replace what one before it had the time to see', async () => {
  const clock = new FakeClock();
  const ended = clock.drive(
    waitUntilReady({
      clock,
      timeoutMs: 1_000,
      look: async (timeoutMs) => {
        await clock.sleep(Math.min(500, timeoutMs));
        return timeoutMs < 500 ? 'silent' : 'refused';
      },
      isReady: () => false,
    }),
    10,
  );
  expect(await ended).toMatchObject({ ready: false, last: 'refused', looks: 2, waitedMs: 1_000 });
});
