import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortCode } from './short-code.ts';

describe('a short code', () => {
  it('is six digits in two groups, the same for the same texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, request) => {
        expect(shortCode(key, request)).toMatch(/^\d{3} \d{3}$/);
        expect(shortCode(key, request)).toBe(shortCode(key, request));
      }),
    );
  });

  it('is another one for another text, and does not run texts together', () => {
    expect(shortCode('key', 'request')).toBe('323 384');
    expect(shortCode('key', 'another')).not.toBe(shortCode('key', 'request'));
    expect(shortCode('ke', 'yrequest')).not.toBe(shortCode('key', 'request'));
  });
});
