import { describe, expect, it } from 'vitest';
import { reachOf } from './exposure.ts';

describe('who can reach a gateway', () => {
  it.each([
    [['127.0.0.1', '::1'], 'loopback'],
    [['100.101.2.3', '127.0.0.1'], 'tailnet'],
    [['192.0.2.7', '127.0.0.1'], 'network'],
    [['0.0.0.0'], 'network'],
    [['100.101.2.3', '192.0.2.7'], 'network'],
  ] as const)('is told by the farthest of its addresses: %j is %s', (addresses, reach) => {
    expect(reachOf({ addresses: [...addresses], port: 1 }, {}).reach).toBe(reach);
  });
});
