import { describe, expect, it } from 'vitest';
import { agentRoster, durationMs } from './roster.ts';

const roster = (config: Record<string, unknown>) => agentRoster(config, '/workspace');

describe('the roster', () => {
  it('has the agent main when no other is configured, whatever stands in its place', () => {
    for (const agents of [
      undefined,
      {},
      { list: [] },
      { entries: {} },
      { list: 'x' },
      { list: [{}, 7, null] },
      [],
    ]) {
      expect(roster({ agents })).toMatchObject({
        defaultId: 'main',
        mainKey: 'main',
        scope: 'per-sender',
        agents: [{ id: 'main', workspace: '/workspace', heartbeat: { enabled: true, every: '30m' } }],
      });
    }
  });

  it('reads the list of 2026.3 and the entries of 2026.9 alike', () => {
    const row = { name: 'Ann', workspace: '/a', model: 'p/m', identity: { emoji: '🦀' } };
    const expected = [
      { id: 'ann', name: 'Ann', workspace: '/a', model: { primary: 'p/m' }, identity: { emoji: '🦀' } },
    ];
    expect(roster({ agents: { list: [{ id: 'ann', ...row }] } }).agents).toMatchObject(expected);
    expect(roster({ agents: { entries: { ann: row } } }).agents).toMatchObject(expected);
  });

  it('takes an agent once, as the entries have it', () => {
    const { agents } = roster({
      agents: {
        entries: { ann: { name: 'new' } },
        list: [{ id: 'ann', name: 'old' }, { id: 'bob' }, { id: 'bob' }],
      },
    });
    expect(agents.map(({ id, name }) => [id, name])).toEqual([
      ['ann', 'new'],
      ['bob', undefined],
    ]);
  });

  it('has for default the one that says so, or else the first', () => {
    const list = [{ id: 'ann' }, { id: 'bob', default: true }, { id: 'cid', default: true }];
    expect(roster({ agents: { list } }).defaultId).toBe('bob');
    expect(roster({ agents: { list: [{ id: 'ann' }, { id: 'bob', default: 'yes' }] } }).defaultId).toBe(
      'ann',
    );
  });

  it('gives each agent the defaults it does not state', () => {
    const agents = {
      defaults: {
        workspace: '/shared',
        model: { primary: 'p/big', fallbacks: ['p/small'] },
        heartbeat: { every: '1h', target: 'last' },
      },
      list: [{ id: 'ann' }, { id: 'bob', model: { primary: 'q/own' }, heartbeat: { every: '5m' } }],
    };
    const [ann, bob] = roster({ agents }).agents;
    expect(ann).toMatchObject({
      workspace: '/shared',
      model: { primary: 'p/big', fallbacks: ['p/small'] },
      heartbeat: { every: '1h', everyMs: 3_600_000, target: 'last' },
    });
    expect(bob).toMatchObject({ model: { primary: 'q/own' }, heartbeat: { every: '5m', target: 'last' } });
  });

  it('shows a heartbeat without a pace as off', () => {
    for (const every of ['0', '0m', 'never', '-5m', '5 m']) {
      const [agent] = roster({ agents: { defaults: { heartbeat: { every } } } }).agents;
      expect(agent?.heartbeat, every).toMatchObject({ enabled: false, every: 'disabled', everyMs: null });
    }
  });

  it('reads the session scope and main key', () => {
    expect(roster({ session: { scope: 'global', mainKey: 'home' } })).toMatchObject({
      scope: 'global',
      mainKey: 'home',
    });
    expect(roster({ session: { scope: 'other' } })).toMatchObject({ scope: 'per-sender', mainKey: 'main' });
  });
});

describe('a duration', () => {
  const rows: [string, number | undefined][] = [
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['45s', 45_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['15', 900_000],
    [' 10S ', 10_000],
    ['', undefined],
    ['m', undefined],
    ['10x', undefined],
    ['10m5', undefined],
    ['1e3', undefined],
  ];
  for (const [text, ms] of rows) {
    it(`of '${text}' is ${ms === undefined ? 'none' : `${ms} ms`}`, () => expect(durationMs(text)).toBe(ms));
  }
});
