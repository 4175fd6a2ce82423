import { describe, expect, it } from 'vitest';
import {
  addressMatcher,
  budgetKey,
  canonicalAddress,
  isLoopback,
  isLoopbackHost,
  parseAuthority,
} from './address.ts';

describe('addresses', () => {
  it('gives IPv4-mapped IPv6 the same spelling as IPv4', () => {
    expect(canonicalAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(canonicalAddress('::FFFF:c000:207')).toBe('192.0.2.7');
    expect(canonicalAddress('192.0.2.7')).toBe('192.0.2.7');
  });

  it('compresses IPv6 and drops the zone', () => {
    expect(canonicalAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
  });

  it('takes names that look like loopback for what they are', () => {
    for (const text of ['127.evil.com', 'localhost.evil.com', '127.0.0.1.evil.com', '', undefined]) {
      expect(isLoopback(text)).toBe(false);
    }
    expect(isLoopback('127.9.9.9')).toBe(true);
    expect(isLoopback('::ffff:127.0.0.1')).toBe(true);
    expect(isLoopbackHost('[::1]')).toBe(true);
    expect(isLoopbackHost('LOCALHOST')).toBe(true);
    expect(isLoopbackHost('127.0.0.1.nip.io')).toBe(false);
  });

  it('gives nobody a second budget for another address of the same machine or network', () => {
    for (const text of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
      expect(budgetKey(text)).toBe('loopback');
    for (const text of ['2001:db8::1', '2001:db8::ffff:1:2:3', '2001:DB8:0:0:1::', '2001:db8::1%eth0'])
      expect(budgetKey(text)).toBe('2001:db8:0:0::/64');
    expect(budgetKey('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64');
    expect(budgetKey('1:2:3:4:5:6:7:8')).toBe('1:2:3:4::/64');
    expect(budgetKey('::7')).toBe('0:0:0:0::/64');
    expect(budgetKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(budgetKey('192.0.2.8')).toBe('192.0.2.8');
    for (const text of [undefined, '', 'nonsense']) expect(budgetKey(text)).toBe('unknown');
  });

  it('splits authorities and refuses what is none', () => {
    expect(parseAuthority('localhost:18789')).toEqual({ host: 'localhost', port: 18789 });
    expect(parseAuthority('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(parseAuthority('user@host')).toBeUndefined();
    expect(parseAuthority('a b')).toBeUndefined();
    expect(parseAuthority(undefined)).toBeUndefined();
  });

  it('matches addresses and ranges, and ignores rules that make no sense', () => {
    const matches = addressMatcher(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', 'nonsense', '1.2.3.4/99']);
    expect(matches('10.200.3.4')).toBe(true);
    expect(matches('::ffff:192.0.2.1')).toBe(true);
    expect(matches('2001:db8:1::5')).toBe(true);
    expect(matches('11.0.0.1')).toBe(false);
    expect(matches('9.255.255.255')).toBe(false);
    expect(matches('192.0.2.2')).toBe(false);
    expect(matches('2001:db9::1')).toBe(false);
    expect(addressMatcher(['172.16.0.0/12'])('172.31.255.255')).toBe(true);
    expect(addressMatcher(['172.16.9.9/12'])('172.32.0.0')).toBe(false);
    expect(addressMatcher(['0.0.0.0/0'])('255.255.255.255')).toBe(true);
    expect(addressMatcher(['::1'])('::1')).toBe(true);
    expect(matches(undefined)).toBe(false);
  });
});
