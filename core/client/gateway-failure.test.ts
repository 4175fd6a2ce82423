import { describe, expect, it } from 'vitest';
import { closedDuringCall, closedEarly, closeText, notReachable, responseError } from './gateway-failure.ts';

describe('the error of an answer', () => {
  it('keeps code, message, details and hints', () => {
    const error = responseError({
      code: 'FORBIDDEN',
      message: 'missing scope: operator.admin',
      details: { code: 'MISSING_SCOPE' },
      retryable: true,
      retryAfterMs: 500,
    });
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      message: 'missing scope: operator.admin',
      details: { code: 'MISSING_SCOPE' },
      retryable: true,
      retryAfterMs: 500,
    });
  });

  it('becomes UNAVAILABLE for an unknown code, which is kept and not retried unasked', () => {
    const error = responseError({ code: 'APPROVAL_NOT_FOUND', message: 'gone', details: { id: 'a' } });
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'gone',
      details: { code: 'APPROVAL_NOT_FOUND', id: 'a' },
      retryable: false,
    });
    expect(responseError({ code: 'NEW', message: 'x', details: { code: 'INNER' } }).details).toEqual({
      code: 'NEW',
      detailCode: 'INNER',
    });
  });

  it('may not claim what only this side can know', () => {
    expect(responseError({ code: 'GATEWAY_TRANSPORT', message: 'x' }).code).toBe('UNAVAILABLE');
    expect(responseError({ code: 'toString', message: 'x' }).code).toBe('UNAVAILABLE');
  });

  it('brings no control characters to a terminal', () => {
    expect(responseError({ code: 'UNAVAILABLE', message: 'a\u001b[2Jb\u0007\nc\u009b' }).message).toBe(
      'a[2Jb\nc',
    );
  });

  it.each([undefined, null, 'text', [], {}])('survives %j in its place', (shape) => {
    expect(responseError(shape)).toMatchObject({ code: 'UNAVAILABLE', details: { code: 'UNKNOWN' } });
  });
});

describe('a closed connection', () => {
  it('is told with code and reason', () => {
    expect(closeText({ code: 1008, reason: 'unauthorized' })).toBe('gateway closed (1008): unauthorized');
    expect(closeText({ code: 1006, reason: '' })).toBe(
      'gateway closed (1006 abnormal closure (no close frame)): no close reason',
    );
  });

  it('is worth another try before the hello, except when the protocol was refused', () => {
    expect(closedEarly({ code: 1013, reason: '' }).retryable).toBe(true);
    expect(closedEarly({ code: 1002, reason: 'protocol mismatch' }).retryable).toBe(false);
  });

  it('tells a call whether it may have arrived', () => {
    const info = { code: 1012, reason: 'service restart' };
    expect(closedDuringCall(info, true)).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      details: { sent: true },
    });
  });
});

describe('an address that cannot be reached', () => {
  it('names the address and the code of the system', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(notReachable('ws://127.0.0.1:1', cause)).toMatchObject({
      code: 'GATEWAY_TRANSPORT',
      message: 'Gateway not reachable at ws://127.0.0.1:1 (ECONNREFUSED).',
      details: { kind: 'closed', reason: 'connect ECONNREFUSED 127.0.0.1:1' },
    });
  });

  it('tells the reason of the first of several addresses', () => {
    const first = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    const cause = Object.assign(new AggregateError([first], ''), { code: 'ECONNREFUSED' });
    expect(notReachable('ws://localhost:1', cause).details?.reason).toBe('connect ECONNREFUSED ::1:1');
  });
});
