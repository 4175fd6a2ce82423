import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BridgeMethod, bridgeContract, trayAction, type View } from './contract.ts';
import { serveCall } from './serve.ts';

const view: View = {
  tone: 'ok',
  needsYou: false,
  tooltip: '',
  status: '',
  details: [],
  language: 'en',
  entries: [],
};

function bridge(result: unknown = view) {
  const ran: unknown[] = [];
  const handlers = {
    'view.get': () => result as View,
    'action.run': (action: unknown) => {
      ran.push(action);
      return { done: true };
    },
  };
  const call = (method: unknown, params: unknown, isTrusted = true) =>
    serveCall(handlers, { isTrusted }, method, params);
  return { call, ran };
}

describe('the bridge to the window', () => {
  it('answers what the contract knows', async () => {
    const { call, ran } = bridge();
    expect(await call('view.get', undefined)).toEqual(view);
    expect(await call('action.run', { do: 'start' })).toEqual({ done: true });
    expect(ran).toEqual([{ do: 'start' }]);
  });

  it('answers no frame but the page of the app', async () => {
    const { call, ran } = bridge();
    await expect(call('action.run', { do: 'quit' }, false)).rejects.toThrow('may not ask');
    expect(ran).toEqual([]);
  });

  it('knows no other method, also none that every object has', async () => {
    const { call } = bridge();
    for (const name of ['nothing', 'constructor', '__proto__', 7, null])
      await expect(call(name, undefined)).rejects.toThrow('Unknown method.');
  });

  it('hands nothing to a handler that its schema does not accept', async () => {
    const { call, ran } = bridge();
    const methods = fc.constantFrom(...(Object.keys(bridgeContract) as BridgeMethod[]));
    const params = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record({ do: fc.oneof(fc.string(), fc.constantFrom('approve', 'setLanguage', 'setRunAtLogin')) }),
      fc.record({ do: fc.constant('start'), more: fc.anything() }),
    );
    await fc.assert(
      fc.asyncProperty(methods, params, async (method, some) => {
        await call(method, some).catch((error: unknown) =>
          expect(String(error)).toMatch(/Invalid \S+ params/),
        );
      }),
    );
    for (const action of ran) expect(trayAction.safeParse(action).success).toBe(true);
  });

  it('shows the window no result that is not what was promised', async () => {
    await expect(bridge({ ...view, secret: 'x' }).call('view.get', undefined)).rejects.toThrow(
      'Bad view.get',
    );
  });
});
