import { describe, expect, it } from 'vitest';
import { bindPlan } from './bind-addresses.ts';

describe('where a gateway listens', () => {
  it('is loopback in both families by default, and every address for lan', () => {
    expect(bindPlan('loopback', undefined)).toEqual({ addresses: ['127.0.0.1', '::1'], loopbackOnly: true });
    expect(bindPlan('lan', undefined)).toEqual({ addresses: ['0.0.0.0'], loopbackOnly: false });
  });

  it('keeps loopback beside a custom address, so that commands of this machine find it', () => {
    expect(bindPlan('custom', '192.0.2.7')).toEqual({
      addresses: ['192.0.2.7', '127.0.0.1'],
      loopbackOnly: false,
    });
    expect(bindPlan('custom', '0.0.0.0').addresses).toEqual(['0.0.0.0']);
  });

  it('judges a custom address by what it is', () => {
    expect(bindPlan('custom', 'localhost')).toEqual({ addresses: ['127.0.0.1'], loopbackOnly: true });
    expect(bindPlan('custom', '::ffff:127.0.0.1').loopbackOnly).toBe(true);
    expect(() => bindPlan('custom', undefined)).toThrow('requires gateway.customBindHost');
    expect(() => bindPlan('custom', '127.evil.com')).toThrow('must be an IP address');
  });
});
