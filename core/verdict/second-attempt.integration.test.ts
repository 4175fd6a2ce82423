import { expect, test } from 'vitest';
import { connect } from '../client/connect.ts';
import { clientOptions } from '../client/testing/client-options.ts';
import { startScriptedGateway } from '../client/testing/scripted-gateway.ts';
import { systemClock } from '../lib/clock.ts';
import { lookAtNetwork } from './network-look.ts';
import { judge } from './verdict.ts';

const STARTING = {
  code: 'UNAVAILABLE',
  message: 'gateway starting; retry shortly',
  retryable: true,
  retryAfterMs: 500,
};
/** Longer than any look at a gateway of this machine takes; only the clock of the test moves so far. */
const AN_HOUR = 3_600_000;

test('what was waited for between two attempts is not the time of a layer', async () => {
  let isStarting = true;
  const gateway = await startScriptedGateway(async (peer) => {
    if (isStarting) return peer.turnAway(STARTING);
    await peer.greet();
    peer.answer(await peer.next(), {});
  });
  let passed = 0;
  const clock = { ...systemClock, now: () => Date.now() + passed };
  const { url } = gateway;
  const attempt = (hooks: object) => connect(clientOptions(url, { clock, ...hooks }));
  const look = await lookAtNetwork(
    {
      url,
      dial: {},
      async connect(hooks) {
        await expect(attempt(hooks)).rejects.toThrow('gateway starting');
        isStarting = false;
        passed += AN_HOUR;
        return attempt(hooks);
      },
    },
    { clock, timeoutMs: 2 * AN_HOUR, methods: ['status'] },
  );
  expect(judge(look.evidence).ok).toBe(true);
  const timed = look.evidence.filter(({ ms }) => ms !== undefined);
  expect(timed.filter(({ ms = 0 }) => ms >= AN_HOUR)).toEqual([]);
  expect(timed.find(({ layer }) => layer === 'tcp')?.startMs).toBeGreaterThanOrEqual(AN_HOUR);
});

test('a gateway that goes on starting is told as that', async () => {
  const gateway = await startScriptedGateway((peer) => peer.turnAway(STARTING));
  const { url } = gateway;
  const look = await lookAtNetwork(
    { url, dial: {}, connect: (hooks) => connect(clientOptions(url, { clock: systemClock, ...hooks })) },
    { clock: systemClock, timeoutMs: 8_000, methods: ['status'] },
  );
  expect(judge(look.evidence)).toMatchObject({
    ok: false,
    layer: 'auth',
    finding: { code: 'CONNECT_NOT_READY', values: { reason: STARTING.message } },
  });
});
