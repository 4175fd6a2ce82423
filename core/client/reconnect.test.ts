import { describe, expect, it } from 'vitest';
import { RpcError, type RpcErrorOptions } from '../protocol/errors.ts';
import { BACKOFF, backoffDelay, hintedDelay, verdictOn } from './reconnect.ts';

const refused = (code: string, details: object = {}, hints: RpcErrorOptions = {}) =>
  new RpcError('INVALID_REQUEST', 'unauthorized', { code, ...details }, hints);

describe('the back-off', () => {
  it('doubles from one second to thirty', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => backoffDelay(failures, 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('leaves half of the wait to chance', () => {
    expect(backoffDelay(1, 0)).toBe(500);
    expect(backoffDelay(6, 0.5)).toBe(22_500);
  });

  it('never comes back earlier than the gateway asked, nor in a rush, nor never', () => {
    expect(hintedDelay(5_988, 0)).toBe(5_988);
    expect(hintedDelay(5_000, 1)).toBe(5_500);
    expect(hintedDelay(0, 0)).toBe(BACKOFF.shortestHintMs);
    expect(hintedDelay(1e12, 0)).toBe(BACKOFF.longestHintMs);
  });
});

describe('the verdict on a failure', () => {
  it.each([
    refused('AUTH_TOKEN_MISMATCH'),
    refused('AUTH_TOKEN_MISSING'),
    refused('AUTH_PASSWORD_MISMATCH'),
    refused('AUTH_DEVICE_TOKEN_MISMATCH'),
    refused('AUTH_SCOPE_MISMATCH'),
    refused('DEVICE_AUTH_SIGNATURE_INVALID'),
    refused('PROTOCOL_MISMATCH'),
    new RpcError('INVALID_REQUEST', 'invalid connect params: …'),
    new RpcError('NOT_PAIRED', 'device identity required', { code: 'DEVICE_IDENTITY_REQUIRED' }),
    new RpcError('BAD_ARGUMENT', 'not an address'),
    new RpcError('UNAVAILABLE', 'reload', { code: 'PROTOCOL_MISMATCH' }, { retryable: false }),
    new RpcError('GATEWAY_TRANSPORT', 'pin', { kind: 'tls-pin' }, { retryable: false }),
    new TypeError('a bug'),
  ])('stops on $message $details.code', (error) => {
    expect(verdictOn(error)).toEqual({ kind: 'stop' });
  });

  it.each([
    new RpcError('GATEWAY_TRANSPORT', 'ECONNREFUSED'),
    new RpcError('GATEWAY_TIMEOUT', 'silent'),
    new RpcError('UNAVAILABLE', 'gateway closed (1012): service restart'),
  ])('tries again after $message', (error) => {
    expect(verdictOn(error)).toEqual({ kind: 'retry' });
  });

  it('waits as long as the gateway asks', () => {
    const starting = new RpcError(
      'UNAVAILABLE',
      'gateway starting',
      {},
      { retryable: true, retryAfterMs: 500 },
    );
    expect(verdictOn(starting)).toEqual({ kind: 'retry', afterMs: 500 });
  });

  it('waits out a lock-out, for a minute when its length is unknown', () => {
    expect(verdictOn(refused('AUTH_RATE_LIMITED', {}, { retryable: true, retryAfterMs: 5_988 }))).toEqual({
      kind: 'retry',
      afterMs: 5_988,
    });
    expect(verdictOn(refused('AUTH_RATE_LIMITED'))).toEqual({ kind: 'retry', afterMs: 60_000 });
  });

  it('knows a pairing that a person has to approve from one that decides itself', () => {
    const needed = (details: object) =>
      new RpcError('NOT_PAIRED', 'pairing required', { code: 'PAIRING_REQUIRED', ...details });
    expect(verdictOn(needed({ requestId: 'r1' }))).toEqual({ kind: 'pairing', requestId: 'r1' });
    expect(verdictOn(needed({ retryable: true }))).toEqual({ kind: 'retry', afterMs: BACKOFF.pairingMs });
  });
});
