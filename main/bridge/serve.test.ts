import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Language } from '../../core/messages/language.ts';
import { type BridgeMethod, bridgeContract, type View } from './contract.ts';
import { answerCall, type BridgeHandlers } from './serve.ts';

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
  const heard = (params: unknown) => {
    ran.push(params);
    return {};
  };
  const all = Object.fromEntries(Object.keys(bridgeContract).map((name) => [name, heard]));
  const handlers = {
    ...(all as unknown as BridgeHandlers),
    'view.get': () => result as View,
    'action.run': (action: unknown) => {
      ran.push(action);
      return { done: true };
    },
  } as unknown as BridgeHandlers;
  const call = (method: unknown, params: unknown, isTrusted = true, language: Language = 'en') =>
    answerCall(handlers, { isTrusted, language }, method, params);
  return { call, ran, handlers };
}

describe('the bridge to the window', () => {
  it('answers what the contract knows', async () => {
    const { call, ran } = bridge();
    expect(await call('view.get', undefined)).toEqual({ ok: true, result: view });
    expect(await call('action.run', { do: 'start' })).toEqual({ ok: true, result: { done: true } });
    expect(ran).toEqual([{ do: 'start' }]);
  });

  it('answers no frame but the page of the app', async () => {
    const { call, ran } = bridge();
    expect(await call('action.run', { do: 'quit' }, false)).toMatchObject({
      ok: false,
      error: { code: 'BAD_ARGUMENT', message: expect.stringContaining('may not ask') },
    });
    expect(ran).toEqual([]);
  });

  it('says what it refuses in the language of the app, with the same code', async () => {
    const { call } = bridge();
    const error = { code: 'BAD_ARGUMENT', message: '未知的方法。', details: undefined };
    expect(await call('nothing', undefined, true, 'zh-CN')).toEqual({ ok: false, error });
  });

  it('knows no other method, also none that every object has', async () => {
    const { call } = bridge();
    for (const name of ['nothing', 'constructor', '__proto__', 7, null])
      expect(await call(name, undefined)).toMatchObject({ error: { message: 'Unknown method.' } });
  });

  it('hands nothing to a handler that its schema does not accept', async () => {
    const { call, ran } = bridge();
    const methods = fc.constantFrom(...(Object.keys(bridgeContract) as BridgeMethod[]));
    const params = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record({ do: fc.oneof(fc.string(), fc.constantFrom('approve', 'setLanguage', 'setRunAtLogin')) }),
      fc.record({ do: fc.constant('start'), more: fc.anything() }),
      fc.record({ method: fc.oneof(fc.string(), fc.constant('status')), params: fc.anything() }),
      fc.record({ at: fc.record({ file: fc.oneof(fc.string(), fc.constant('1-2')), offset: fc.double() }) }),
      fc.record({ text: fc.anything() }),
      fc.record({ url: fc.webUrl(), more: fc.anything() }, { requiredKeys: ['url'] }),
    );
    await fc.assert(
      fc.asyncProperty(methods, params, async (method, some) => {
        const before = ran.length;
        const answer = await call(method, some);
        const accepted = bridgeContract[method].params.safeParse(some);
        if (accepted.success) {
          if (ran.length > before) expect(ran.at(-1)).toEqual(accepted.data);
        } else {
          expect(answer).toMatchObject({ ok: false, error: { message: `Invalid ${method} params.` } });
          expect(ran.length).toBe(before);
        }
      }),
    );
  });

  it('shows the window no result that is not what was promised', async () => {
    const answer = await bridge({ ...view, secret: 'x' }).call('view.get', undefined);
    expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL', message: 'Bad view.get result.' } });
  });

  it('tells the window nothing of an error that is not made for people', async () => {
    const handlers = {
      ...bridge().handlers,
      'action.run': () => {
        throw new Error('/home/somebody/.openclaw: no');
      },
    };
    const answer = await answerCall(handlers, { isTrusted: true, language: 'en' }, 'action.run', {
      do: 'quit',
    });
    expect(JSON.stringify(answer)).not.toContain('somebody');
    expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  });
});
