import { expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { HostRequests } from './host-requests.ts';
import { RestartDesk } from './restart-desk.ts';

function fakeClock() {
  let now = 0;
  const tasks = new Set<{ at: number; task: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: async () => {},
    every: () => () => {},
    after: (ms, task) => {
      const entry = { at: now + ms, task };
      tasks.add(entry);
      return () => tasks.delete(entry);
    },
  };
  const advance = (ms: number): void => {
    now += ms;
    for (const entry of [...tasks].filter(({ at }) => at <= now)) {
      tasks.delete(entry);
      entry.task();
    }
  };
  return { clock, advance };
}

it('lets the earliest of several requests decide, and restarts once for all of them', async () => {
  const { clock, advance } = fakeClock();
  const requests = new HostRequests();
  const desk = new RestartDesk(clock, requests);
  expect(desk.request({ reason: 'config.apply', delayMs: 2000 }).coalesced).toBe(false);
  expect(desk.request({ reason: 'config.patch', delayMs: 500 }).coalesced).toBe(true);
  expect(desk.request({ reason: 'late', delayMs: 9000 }).coalesced).toBe(true);
  advance(500);
  expect(await requests.next()).toEqual({ kind: 'restart', why: 'config.patch', manual: false });
  advance(10_000);
  requests.add({ kind: 'stop', signal: 'SIGTERM' });
  expect(await requests.next()).toMatchObject({ kind: 'stop' });
});

it('forgets a waiting request once a restart has served it', async () => {
  const { clock, advance } = fakeClock();
  const requests = new HostRequests();
  const desk = new RestartDesk(clock, requests);
  desk.request({ reason: 'config.apply', delayMs: 2000 });
  desk.clear();
  advance(5000);
  requests.add({ kind: 'stop', signal: 'SIGTERM' });
  expect(await requests.next()).toMatchObject({ kind: 'stop' });
});
