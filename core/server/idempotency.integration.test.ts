import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { testDevice } from '../testing/test-peer.ts';
import { join, operator, startFakeTimeGateway, TOKEN } from './testing/server-fixtures.ts';

const RESTART = { reason: 'test', idempotencyKey: 'once' };

describe('a request with an idempotency key', () => {
  it('acts once for its device, also over another socket, and gives the same answer', async () => {
    await using gateway = await startTestGateway();
    const request = { auth: TOKEN, device: testDevice() };
    const { peer } = await join(gateway.url, request);
    const first = await peer.request('gateway.restart.request', RESTART);
    expect(await peer.request('gateway.restart.request', RESTART)).toEqual(first);
    const { peer: again } = await join(gateway.url, request);
    expect(await again.request('gateway.restart.request', RESTART)).toEqual(first);
    expect(gateway.restarts).toHaveLength(1);
    await Promise.all([peer.close(), again.close()]);
  });

  it('has nothing to do with the same key of another device, or of another method', async () => {
    await using gateway = await startTestGateway();
    for (const device of [testDevice(), testDevice()]) {
      const { peer } = await join(gateway.url, { auth: TOKEN, device });
      await peer.request('system-event', { text: 'x', idempotencyKey: 'once' });
      await peer.request('gateway.restart.request', RESTART);
      await peer.close();
    }
    expect(gateway.restarts).toHaveLength(2);
  });

  it('is not answered, nor taken away, by somebody who names the device of another as its instance', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const client = { instanceId: device.deviceId };
    const { peer: impostor } = await join(gateway.url, { auth: TOKEN, client });
    const early = await impostor.request('gateway.restart.request', RESTART);
    const { peer } = await join(gateway.url, { auth: TOKEN, device });
    expect(await peer.request('gateway.restart.request', RESTART)).toEqual(early);
    expect(gateway.restarts).toHaveLength(2);
    await impostor.request('gateway.restart.request', RESTART);
    const { peer: other } = await join(gateway.url, { auth: TOKEN, client });
    await other.request('gateway.restart.request', RESTART);
    expect(gateway.restarts).toHaveLength(3);
    await Promise.all([impostor.close(), peer.close(), other.close()]);
  });

  it('and other params than before is refused, for its answer would be that of another request', async () => {
    await using gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    await peer.request('gateway.restart.request', RESTART);
    const other = peer.request('gateway.restart.request', { ...RESTART, reason: 'another' });
    await expect(other).rejects.toEqual({
      code: 'INVALID_REQUEST',
      message: 'idempotencyKey was used before with other params; choose a new one',
    });
    expect(gateway.restarts).toHaveLength(1);
    await peer.close();
  });

  it('and params too deep to compare is refused', async () => {
    await using gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    peer.socket.send(
      `{"type":"req","id":"d","method":"system-event","params":{"text":"x","idempotencyKey":"k","y":${deep}}}`,
    );
    expect(await peer.waitFor(({ id }) => id === 'd')).toMatchObject({
      error: { code: 'INVALID_REQUEST', message: 'params are nested too deeply' },
    });
    await peer.close();
  });

  it('may be sent again when it failed, and after five minutes', async () => {
    await using gateway = await startFakeTimeGateway();
    const device = testDevice();
    const { peer } = await join(gateway.url, { auth: TOKEN, device });
    const empty = { text: ' ', idempotencyKey: 'again' };
    for (let n = 0; n < 2; n += 1) {
      await expect(peer.request('system-event', empty)).rejects.toMatchObject({ message: 'text required' });
    }
    await peer.request('system-event', { text: 'now', idempotencyKey: 'again' });
    await peer.request('gateway.restart.request', RESTART);
    await peer.close();
    gateway.clock.advance(300_000);
    const { peer: later } = await join(gateway.url, { auth: TOKEN, device });
    await later.request('gateway.restart.request', RESTART);
    expect(gateway.restarts).toHaveLength(2);
    await later.close();
  });

  it('is authorized like any other, whoever asked before', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const { peer } = await join(gateway.url, { auth: TOKEN, device });
    await peer.request('gateway.restart.request', RESTART);
    const { peer: weak } = await join(gateway.url, { auth: TOKEN, device, scopes: ['operator.read'] });
    await expect(weak.request('gateway.restart.request', RESTART)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await Promise.all([peer.close(), weak.close()]);
  });

  it('whose key is empty acts each time, and one whose key is no text is refused', async () => {
    await using gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    for (let n = 0; n < 2; n += 1) await peer.request('gateway.restart.request', { idempotencyKey: '' });
    await peer.request('gateway.restart.request');
    expect(gateway.restarts).toHaveLength(3);
    await expect(peer.request('gateway.restart.request', { idempotencyKey: 7 })).rejects.toMatchObject({
      message: 'invalid gateway.restart.request params: at /idempotencyKey: must be string',
    });
    await peer.close();
  });
});
