import { expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { HostRequests } from './host-requests.ts';
import { RestartDesk } from './restart-desk.ts';

it('lets the earliest of several requests decide, and restarts once for all of them', async () => {
  const clock = new FakeClock();
  const requests = new HostRequests();
  const desk = new RestartDesk(clock, requests);
  expect(desk.request({ reason: 'config.apply', delayMs: 2000 }).coalesced).toBe(false);
  expect(desk.request({ reason: 'config.patch', delayMs: 500 }).coalesced).toBe(true);
  expect(desk.request({ reason: 'late', delayMs: 9000 }).coalesced).toBe(true);
  clock.advance(500);
  expect(await requests.next()).toEqual({ kind: 'restart', why: 'config.patch', manual: false });
  clock.advance(10_000);
  requests.add({ kind: 'stop', signal: 'SIGTERM' });
  expect(await requests.next()).toMatchObject({ kind: 'stop' });
});

it('forgets a waiting request once a restart has served it', async () => {
  const clock = new FakeClock();
  const requests = new HostRequests();
  const desk = new RestartDesk(clock, requests);
  desk.request({ reason: 'config.apply', delayMs: 2000 });
  desk.clear();
  clock.advance(5000);
  requests.add({ kind: 'stop', signal: 'SIGTERM' });
  expect(await requests.next()).toMatchObject({ kind: 'stop' });
});
