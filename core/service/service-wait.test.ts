import { expect, test } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import type { RunningGateway } from './service-desk.ts';
import type { ServiceFacts } from './service-facts.ts';
import type { ServiceManager } from './service-manager.ts';
import { untilAnswers, untilGone } from './service-wait.ts';

const before: RunningGateway = { pid: 10, port: 18789, bootId: 'first' };
const facts = (more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  manager: 'systemd',
  name: 'x.service',
  scope: 'user',
  state: 'running',
  isEnabled: true,
  pid: 10,
  ...more,
});

/** Time passes only in sleeps; `gateways` are seen one after the other, the last one from then on. */
function place(gateways: (RunningGateway | undefined)[], service: ServiceFacts) {
  let now = 0;
  let at = 0;
  const seen = async () => gateways[Math.min(at++, gateways.length - 1)];
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, sleep } as unknown as Clock;
  const manager = {
    service: 'x.service',
    facts: async () => service,
    lastWords: async () => [],
  } as unknown as ServiceManager;
  const watch = {
    running: seen,
    process: seen,
    holder: async () => undefined,
    logLines: async () => ['a line'],
  };
  return { clock, manager, watch };
}

test('a restart is not done while the gateway of before answers', async () => {
  const answer = await untilAnswers(place([before], facts()), { before, since: 0 });
  expect(answer).toMatchObject({ ok: false, problem: { code: 'DOES_NOT_ANSWER', lastWords: ['a line'] } });
});

test.each([
  ['another boot in the process of before', { ...before, bootId: 'second' }],
  ['another process with the boot id of before', { ...before, pid: 11 }],
])('a restart is not done with %s', async (_, gateway) => {
  expect((await untilAnswers(place([gateway], facts()), { before, since: 0 })).ok).toBe(false);
});

test('a restart is done as soon as another process answers with another boot id', async () => {
  const after = { pid: 11, port: 18789, bootId: 'second' };
  const answer = await untilAnswers(place([before, undefined, after], facts()), { before, since: 0 });
  expect(answer).toEqual({ ok: true, gateway: after });
});

test.each([
  ['has failed', facts({ state: 'failed', lastExit: { code: 78 } }), '78'],
  ['is killed again and again', facts({ state: 'starting', lastExit: { signal: 'SIGKILL' } }), 'SIGKILL'],
])('nobody waits for a gateway whose service %s', async (_, service, exit) => {
  const answer = await untilAnswers(place([undefined], service), { before: undefined, since: 0 });
  expect(answer).toMatchObject({ ok: false, problem: { code: 'ENDED_AT_ONCE', values: { exit } } });
});

test('a stop is done when the process is gone, and says when it does not go', async () => {
  const { pid, port } = before;
  expect(
    await untilGone(place([before, before, undefined], facts()), facts(), { pid, port }),
  ).toBeUndefined();
  const stuck = await untilGone(place([before], facts()), facts(), { pid, port });
  expect(stuck).toMatchObject({ code: 'DOES_NOT_STOP', values: { pid: 10 } });
  expect(await untilGone(place([before], facts()), facts({ pid: 99 }), { pid, port })).toBeUndefined();
});
