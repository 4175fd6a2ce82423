import { describe, expect, it } from 'vitest';
import { type AppSettings, DEFAULTS } from '../app-settings.ts';
import type { TrayAction } from '../bridge/contract.ts';
import { firstRunHandlers } from './first-run.ts';

const ANSWERS = {
  language: 'en',
  startNow: false,
  startsWithApp: false,
  runAtLogin: false,
  installsCommand: false,
} as const;

function start(
  facts: {
    isNew?: boolean;
    isTold?: boolean;
    hasConfig?: boolean;
    isRunning?: boolean;
    refuses?: string;
  } = {},
) {
  const done: unknown[] = [];
  const { isNew = true, isTold = false, hasConfig = false, isRunning = false } = facts;
  const settings = {
    current: { ...DEFAULTS, startsGateway: false },
    isNew,
    settled: async () => {},
    change: async (fields: Partial<AppSettings>) => void done.push(fields),
  };
  const handlers = firstRunHandlers({
    settings,
    isToldWhatToDo: isTold,
    hasConfig: () => hasConfig,
    isGatewayRunning: async () => isRunning,
    run: async (action: TrayAction) => {
      done.push(action);
      return action.do !== facts.refuses;
    },
    isLoginItem: () => false,
    canInstallCommand: () => true,
  });
  return { done, ...handlers };
}

describe('the first start', () => {
  it.each([
    ['has begun already', { isNew: false }],
    ['has a configuration', { hasConfig: true }],
    ['has a gateway', { isRunning: true }],
    ['has said what to do', { isTold: true }],
  ])('asks nobody who %s', async (_, facts) => {
    expect(await start(facts)['firstRun.get'](undefined)).toMatchObject({ isFirst: false });
  });

  it('asks everybody else, and writes nothing by that', async () => {
    const first = start();
    expect(await first['firstRun.get'](undefined)).toEqual({ isFirst: true, canInstallCommand: true });
    expect(first.done).toEqual([]);
  });

  it('does what was agreed to and nothing else; what is stored last is what was said', async () => {
    const nothing = start();
    expect(await nothing['firstRun.finish'](ANSWERS)).toEqual({ done: true });
    expect(nothing.done).toEqual([{ do: 'setLanguage', language: 'en' }, { startsGateway: false }]);
    const all = start();
    const everything = { startNow: true, startsWithApp: true, runAtLogin: true, installsCommand: true };
    await all['firstRun.finish']({ ...ANSWERS, ...everything });
    expect(all.done).toEqual([
      { do: 'setLanguage', language: 'en' },
      { do: 'start' },
      { do: 'setRunAtLogin', on: true },
      { startsGateway: true },
      { do: 'installCommand' },
    ]);
  });

  it('says when something of it is not offered', async () => {
    const refused = start({ refuses: 'start' });
    expect(await refused['firstRun.finish']({ ...ANSWERS, startNow: true })).toEqual({ done: false });
  });
});
