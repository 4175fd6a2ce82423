import { expect, test } from 'vitest';
import { parseEndpoint } from '../client/endpoint.ts';
import { closedEarly, responseError } from '../client/gateway-failure.ts';
import { RpcError } from '../protocol/errors.ts';
import { faultOf } from './connect-faults.ts';

test.each([
  ['ws', 'http', 'HTTP_NOT_A_GATEWAY'],
  ['wss', 'tls', 'TLS_NOT_SPOKEN'],
] as const)(
  '%s:// to a program that hangs up at once is broken at %s, whoever is quicker',
  (scheme, layer, code) => {
    const error = new RpcError('GATEWAY_TRANSPORT', 'Gateway not reachable at x (ECONNRESET).');
    const endpoint = parseEndpoint(`${scheme}://127.0.0.1:1`);
    for (const reached of [undefined, 'tcp'] as const)
      expect(faultOf({ endpoint, reached, error })).toMatchObject({ layer, finding: { code } });
  },
);

const STARTING = {
  code: 'UNAVAILABLE',
  message: 'gateway starting; retry shortly',
  retryable: true,
  retryAfterMs: 500,
  details: { reason: 'startup-sidecars' },
};

test.each([
  ['refuses as one to be tried again', 'challenge', responseError(STARTING)],
  ['closes with 1013 before it greets', 'websocket', closedEarly({ code: 1013, reason: '' })],
  ['closes with 1012 instead of an answer', 'challenge', closedEarly({ code: 1012, reason: '' })],
] as const)('a gateway that %s needs nothing but time', (_, reached, error) => {
  const endpoint = parseEndpoint('ws://127.0.0.1:1');
  const finding = { code: 'CONNECT_NOT_READY', values: { reason: error.message } };
  expect(faultOf({ endpoint, reached, error })).toMatchObject({ layer: 'auth', finding });
});

test('a refusal for good, and one that says why, are not told as a matter of time', () => {
  const endpoint = parseEndpoint('ws://127.0.0.1:1');
  const codeOf = (shape: object) =>
    faultOf({ endpoint, reached: 'challenge', error: responseError({ ...STARTING, ...shape }) }).finding
      ?.code;
  expect(codeOf({ retryable: false })).toBe('AUTH_REFUSED');
  expect(codeOf({ details: { code: 'AUTH_RATE_LIMITED' } })).toBe('AUTH_RATE_LIMITED');
  expect(codeOf({ details: { code: 'PROTOCOL_MISMATCH' }, retryable: false })).toBe('PROTOCOL_UNSUPPORTED');
});
