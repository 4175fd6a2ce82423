import { describe, expect, it } from 'vitest';
import { testDevice } from '../testing/test-peer.ts';
import { join, startFakeTimeGateway, TOKEN } from './testing/server-fixtures.ts';

const exceeded = (method: string, seconds: number) => ({
  code: 'UNAVAILABLE',
  message: `rate limit exceeded for ${method}; retry after ${seconds}s`,
  retryable: true,
  retryAfterMs: seconds * 1_000,
});

describe('a device that floods the gateway with writes', () => {
  it('is told to wait after thirty of one method in a minute, also over another socket', async () => {
    await using gateway = await startFakeTimeGateway();
    const request = { auth: TOKEN, device: testDevice() };
    const { peer } = await join(gateway.url, request);
    for (let n = 0; n < 30; n += 1) await peer.request('gateway.restart.request');
    gateway.clock.advance(15_000);
    const { peer: again } = await join(gateway.url, request);
    for (const each of [peer, again]) {
      await expect(each.request('gateway.restart.request')).rejects.toEqual(
        exceeded('gateway.restart.request', 45),
      );
    }
    expect(gateway.restarts).toHaveLength(30);
    const { hash } = (await peer.request('config.get')) as { hash: string };
    await peer.request('config.patch', { raw: '{}', baseHash: hash });
    const { peer: other } = await join(gateway.url, { auth: TOKEN, device: testDevice() });
    await other.request('gateway.restart.request');
    await Promise.all([peer, again, other].map((each) => each.close()));
    gateway.clock.advance(45_000);
    const { peer: later } = await join(gateway.url, request);
    await later.request('gateway.restart.request');
    await later.close();
  });

  it('is held back in every method that writes the configuration, and in none that reads it', async () => {
    await using gateway = await startFakeTimeGateway();
    const { peer } = await join(gateway.url, { auth: TOKEN, device: testDevice() });
    for (const method of ['config.set', 'config.patch', 'config.apply']) {
      const params = { raw: '{}', baseHash: 'stale' };
      for (let n = 0; n < 30; n += 1) {
        await expect(peer.request(method, params)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      }
      await expect(peer.request(method, params)).rejects.toEqual(exceeded(method, 60));
    }
    for (let n = 0; n < 40; n += 1) await peer.request('config.get');
    await peer.close();
  });

  it('gets the outcome of a restart it repeats with the same key, which is no new one', async () => {
    await using gateway = await startFakeTimeGateway();
    const { peer } = await join(gateway.url, { auth: TOKEN, device: testDevice() });
    for (let n = 0; n < 40; n += 1) await peer.request('gateway.restart.request', { idempotencyKey: 'k' });
    expect(gateway.restarts).toHaveLength(1);
    await peer.close();
  });
});
