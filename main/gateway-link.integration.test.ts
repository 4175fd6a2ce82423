import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { clientOptions } from '../core/client/testing/client-options.ts';
import { startScriptedGateway } from '../core/client/testing/scripted-gateway.ts';
import { systemClock } from '../core/lib/clock.ts';
import { messageIn } from './app-error.ts';
import type { GatewayLook } from './connection-state.ts';
import { GatewayLink } from './gateway-link.ts';

const GONE =
  'This pairing request is gone: it has expired, or was decided elsewhere. Let the device ask again.';

/** What is told of an approval that a gateway refuses with INVALID_REQUEST. */
async function toldOf(message: string): Promise<string> {
  const gateway = await startScriptedGateway(async (peer) => {
    await peer.greet();
    for (;;) {
      const request = await peer.next();
      if (request.method === 'device.pair.approve')
        peer.refuse(request, { code: 'INVALID_REQUEST', message });
      else peer.answer(request, {});
    }
  });
  const connected = new EventTarget();
  const link = new GatewayLink({
    clock: systemClock,
    onChange: () => {},
    onTurn: () => {},
    onConnected: () => connected.dispatchEvent(new Event('yes')),
    onEvent: () => {},
  });
  onTestFinished(() => link.close());
  const { clock: _, ...route } = clientOptions(gateway.url);
  const look = { isRunning: true, ok: true } as GatewayLook;
  const isIn = once(connected, 'yes');
  link.follow({ look, url: gateway.url, route });
  await isIn;
  return link.approve('r').then(String, (error) => messageIn(error, 'en'));
}

it('a request that the gateway does not know is told as gone, and no other refusal is', async () => {
  expect(await toldOf('unknown requestId')).toBe(GONE);
  expect(await toldOf('missing scope: operator.admin')).toBe('missing scope: operator.admin');
});
