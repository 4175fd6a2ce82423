import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Language } from '../../core/messages/language.ts';
import { parseWith } from '../../core/protocol/parse.ts';
import { at, samples, withMoreKeys, withOtherTypes } from '../testing/hostile-calls.ts';
import { type BridgeMethod, bridgeContract, type View } from './contract.ts';
import { answerCall, type BridgeHandlers } from './serve.ts';

const METHODS = Object.keys(bridgeContract) as BridgeMethod[];
const refused = (message: string) => ({
  ok: false,
  error: { code: 'BAD_ARGUMENT', message, details: undefined },
});

/** Judged by the contract of the gateway, and by the schema of the configuration. */
const isForOthers = (method: BridgeMethod, [first, , , last]: readonly (string | number)[]): boolean =>
  (method === 'gateway.call' && first === 'params') ||
  (method.startsWith('config.file.') && last === 'value');

const OPTIONAL = new Set(
  'view identityFile remotePort tlsFingerprint name level subsystem sinceMs untilMs text isPattern from follow waitMs'.split(
    ' ',
  ),
);
/** Nothing in the place of what nobody has to say. */
const isLeftOut = (path: readonly (string | number)[], params: unknown): boolean =>
  OPTIONAL.has(String(path.at(-1))) && at(params, path) === undefined;

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

  it.each(METHODS)(
    'hands nothing to the handler of %s that is of another type or has more in it',
    async (method) => {
      const { call, ran } = bridge();
      const all = samples()[method];
      for (const params of all) {
        await call(method, params);
        expect(ran.splice(0), 'what is well-formed').toEqual(method === 'view.get' ? [] : [params]);
        for (const { path, params: hostile } of [...withOtherTypes(params), ...withMoreKeys(params)]) {
          if (isForOthers(method, path) || isLeftOut(path, hostile)) continue;
          const answer = await call(method, hostile);
          expect([path, answer]).toEqual([path, refused(`Invalid ${method} params.`)]);
          expect(ran).toEqual([]);
        }
      }
      expect(Object.getPrototypeOf({})).not.toHaveProperty('hostile');
    },
  );

  it('hands on what is well-formed as it is, and nothing else, whatever it is asked', async () => {
    const { call, ran } = bridge();
    const params = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record({ do: fc.oneof(fc.string(), fc.constantFrom('approve', 'setLanguage', 'setRunAtLogin')) }),
      fc.record({ do: fc.constant('start'), more: fc.anything() }),
      fc.record({ method: fc.oneof(fc.string(), fc.constant('status')), params: fc.anything() }),
      fc.record({ text: fc.anything() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), params, async (method, some) => {
        const answer = await call(method, some);
        const accepted = parseWith(bridgeContract[method].params, some);
        if (accepted.ok) for (const heard of ran.splice(0)) expect(heard).toEqual(accepted.value);
        else expect([answer, ran]).toEqual([refused(`Invalid ${method} params.`), []]);
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
