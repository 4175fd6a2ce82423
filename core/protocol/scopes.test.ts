import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from './contract.ts';
import { DEFAULT_SCOPES, firstMissing, holds, roleOf, SCOPES, type Scope, scopeOf } from './scopes.ts';

/** Which scopes each scope gives, itself included. Source: wire protocol, roles and scopes. */
const GIVES: Record<Scope, readonly Scope[]> = {
  'operator.admin': SCOPES,
  'operator.write': [
    'operator.write',
    'operator.read',
    'operator.talk',
    'operator.sessions.read',
    'operator.sessions.write',
  ],
  'operator.read': ['operator.read', 'operator.sessions.read'],
  'operator.sessions.write': ['operator.sessions.write', 'operator.sessions.read'],
  'operator.sessions.read': ['operator.sessions.read'],
  'operator.approvals': ['operator.approvals'],
  'operator.pairing': ['operator.pairing'],
  'operator.questions': ['operator.questions'],
  'operator.talk': ['operator.talk'],
  'operator.talk.secrets': ['operator.talk.secrets'],
};

describe('scopes', () => {
  for (const held of SCOPES) {
    it(`${held} gives ${GIVES[held].length === SCOPES.length ? 'everything' : GIVES[held].join(', ')}`, () => {
      expect(SCOPES.filter((needed) => holds([held], needed))).toEqual(
        SCOPES.filter((needed) => GIVES[held].includes(needed)),
      );
    });
  }

  it('give nothing when none is held, not even names that every object has', () => {
    for (const needed of [...SCOPES, 'constructor', '__proto__', 'toString', 'hasOwnProperty', '']) {
      expect(holds([], needed)).toBe(false);
      expect(holds(['operator.pairing'], needed)).toBe(needed === 'operator.pairing');
    }
  });

  it('that nobody knows are held only by who holds that very name, or is admin', () => {
    expect(holds(['operator.bogus'], 'operator.bogus')).toBe(true);
    expect(holds(['operator.write'], 'operator.bogus')).toBe(false);
    expect(holds(['operator.admin'], 'operator.bogus')).toBe(true);
    expect(holds(['operator.admin2', 'operator', 'admin', 'OPERATOR.ADMIN'], 'operator.read')).toBe(false);
  });

  it('hand on at most what they cover: who covers a set covers everything that set covers', () => {
    const scopes = fc.subarray([...SCOPES, 'operator.bogus', 'constructor']);
    fc.assert(
      fc.property(scopes, scopes, scopes, (granted, asked, more) => {
        if (firstMissing(granted, asked) !== undefined || firstMissing(asked, more) !== undefined) return;
        expect(firstMissing(granted, more)).toBeUndefined();
      }),
    );
  });

  it('name the first one missing', () => {
    expect(firstMissing(['operator.write'], ['operator.read', 'operator.pairing', 'operator.admin'])).toBe(
      'operator.pairing',
    );
    expect(firstMissing(DEFAULT_SCOPES, [...SCOPES])).toBeUndefined();
  });
});

describe('a method', () => {
  it('that the contract does not list needs admin and an operator', () => {
    for (const name of ['cron.list', 'constructor', '__proto__', 'toString', '', 'connect', 'HEALTH']) {
      expect(scopeOf(contract, name)).toBe('operator.admin');
      expect(roleOf(contract, name)).toBe('operator');
    }
  });

  it('may need a lesser scope for some params, and its own for all that are not known to be harmless', () => {
    const harmless = { key: 'main', label: 'x', model: 'a/b', thinkingLevel: null, pinned: true };
    expect(scopeOf(contract, 'sessions.patch', harmless)).toBe('operator.write');
    const own = JSON.parse('{"key":"main","__proto__":{"label":"x"}}');
    const others = [
      { ...harmless, execSecurity: 'full' },
      { label: 'x' },
      own,
      [],
      ['key'],
      {},
      null,
      7,
      'key',
    ];
    for (const params of [...others, undefined]) {
      expect(scopeOf(contract, 'sessions.patch', params), JSON.stringify(params)).toBe('operator.admin');
    }
    expect(scopeOf(contract, 'sessions.delete', { key: 'x' })).toBe('operator.admin');
  });

  it('says itself which role may call it', () => {
    const spec = { ...contract.health, role: 'node' as const };
    expect(roleOf({ 'node.event': spec }, 'node.event')).toBe('node');
    expect(roleOf(contract, 'status')).toBe('operator');
  });
});
