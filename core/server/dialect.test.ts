import { describe, expect, it } from 'vitest';
import { contract } from '../protocol/contract.ts';
import { EVENTS, type EventName } from '../protocol/events.ts';
import type { ErrorShape } from '../protocol/frames.ts';
import { rateLimitedError, scopeMismatchError } from './auth-errors.ts';
import { type Dialect, v3, v4 } from './dialect.ts';

const shapeOf = ({ code, message, details, retryable, retryAfterMs }: ErrorShape): ErrorShape =>
  JSON.parse(JSON.stringify({ code, message, details, retryable, retryAfterMs }));

describe('errors', () => {
  it('go to v4 clients as they are', () => {
    for (const error of [scopeMismatchError(), rateLimitedError(5)]) {
      const shape = shapeOf(error as ErrorShape);
      expect(v4.error(shape)).toBe(shape);
    }
  });

  it('of a missing scope are a bad request without details in v3', () => {
    const details = { code: 'MISSING_SCOPE', missingScope: 'x', requiredScopes: ['x'] };
    expect(v3.error({ code: 'FORBIDDEN', message: 'missing scope: x', details })).toEqual({
      code: 'INVALID_REQUEST',
      message: 'missing scope: x',
    });
  });

  it('of a limit say nothing of the wait in v3', () => {
    const shape = shapeOf(rateLimitedError(5_000) as ErrorShape);
    expect(shape).toMatchObject({ retryable: true, retryAfterMs: 5_000 });
    expect(Object.keys(v3.error(shape)).sort()).toEqual(['code', 'details', 'message']);
  });

  it('that v3 words like v4 stay as they are', () => {
    const shape = { code: 'INVALID_REQUEST', message: 'device nonce mismatch', details: { code: 'X' } };
    expect(v3.error(shape)).toBe(shape);
  });

  it('whose message is the name of an object member stay as they are', () => {
    for (const message of ['constructor', '__proto__', 'toString']) {
      expect(v3.error({ code: 'INVALID_REQUEST', message }).message).toBe(message);
    }
  });
});

describe('results', () => {
  const rotated = { deviceId: 'd', role: 'operator', token: 'secret', scopes: [], rotatedAtMs: 1 };

  it('of a rotation show v4 clients the token only when it is their own', () => {
    const withheld = { ...rotated, tokenDelivery: 'withheld-cross-device' };
    expect(v4.result('device.token.rotate', withheld)).not.toHaveProperty('token');
    const own = { ...rotated, tokenDelivery: 'in-band' };
    expect(v4.result('device.token.rotate', own)).toEqual(own);
    expect(v3.result('device.token.rotate', withheld)).toEqual(rotated);
  });

  it('of methods without a v3 form are the same in both', () => {
    for (const method of [
      'logs.tail',
      'gateway.identity.get',
      'nope',
      'constructor',
      '__proto__',
      'toString',
    ]) {
      const result = { some: 'thing' };
      expect(v4.result(method, result), method).toBe(result);
      expect(v3.result(method, result), method).toBe(result);
    }
  });
});

describe('scopes', () => {
  it('of methods are those of the contract, but for the schema, which v3 kept for admins', () => {
    for (const [name, { scope }] of Object.entries(contract)) {
      expect(v4.methodScope(name, scope)).toBe(scope);
      expect(v3.methodScope(name, scope)).toBe(name === 'config.schema' ? 'operator.admin' : scope);
    }
    for (const name of ['constructor', '__proto__', 'hasOwnProperty']) {
      expect(v3.methodScope(name, 'operator.admin')).toBe('operator.admin');
    }
  });

  const scopesOf = (dialect: Dialect) =>
    Object.fromEntries(
      (Object.keys(EVENTS) as EventName[]).map((event) => [event, dialect.eventScope(event)]),
    );

  it('of events are those of the wire protocol', () => {
    const shared = {
      tick: 'any',
      health: 'any',
      heartbeat: 'any',
      shutdown: 'any',
      'device.pair.requested': 'operator.pairing',
      'device.pair.resolved': 'operator.pairing',
    };
    expect(scopesOf(v4)).toMatchObject({
      ...shared,
      presence: 'operator.read',
      'config.changed': 'operator.read',
    });
    expect(scopesOf(v3)).toMatchObject({ ...shared, presence: 'any', 'config.changed': undefined });
  });
});

describe('events', () => {
  it('of the end name no restart in v3 as null, and one as it is', () => {
    expect(v3.event('shutdown', { reason: 'x' })).toEqual({ reason: 'x', restartExpectedMs: null });
    expect(v3.event('shutdown', { reason: 'x', restartExpectedMs: 5 })).toEqual({
      reason: 'x',
      restartExpectedMs: 5,
    });
    expect(v4.event('shutdown', { reason: 'x' })).toEqual({ reason: 'x' });
  });

  it('of presence leave v3 clients the fields they know', () => {
    const row = { ts: 1, host: 'h', timeZone: 'UTC', onlineSince: 1, lastActivityAt: 2 };
    expect(v3.event('presence', { presence: [row] })).toEqual({ presence: [{ ts: 1, host: 'h' }] });
  });
});
