import { expect, test } from 'vitest';
import { parseEndpoint } from '../client/endpoint.ts';
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
