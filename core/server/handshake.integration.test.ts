import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { ALL_SCOPES, TestPeer, testDevice } from '../testing/test-peer.ts';

const TOKEN = { token: 'test-token' };

describe('hello', () => {
  it('gives a v4 client everything its schema requires', async () => {
    await using gateway = await startTestGateway();
    const { peer, response } = await TestPeer.connect(gateway.url, { auth: TOKEN, device: testDevice() });
    const hello = response.payload as any;
    expect(hello).toMatchObject({
      type: 'hello-ok',
      protocol: 4,
      auth: { method: 'token', role: 'operator', scopes: ALL_SCOPES },
      policy: { maxPayload: 26214400, maxBufferedBytes: 52428800, tickIntervalMs: 30000 },
      snapshot: { stateVersion: { presence: 1, health: 1 }, authMode: 'token' },
    });
    expect(hello.auth.deviceToken).toMatch(/^[\w-]{43}$/);
    await peer.close();
  });
});
