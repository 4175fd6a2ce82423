import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha1 } from './sha1.ts';

it('makes the digest of the standard', () => {
  expect(sha1('abc').toString('hex')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  expect(sha1('').toString('hex')).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
});

it('agrees with Node for texts of every length up to some blocks', () => {
  const text = 'dGhlIHNhbXBsZSBub25jZQ==258EAFA5-'.repeat(10);
  for (let length = 0; length <= 200; length += 1) {
    const part = text.slice(0, length);
    expect(sha1(part).toString('hex')).toBe(createHash('sha1').update(part).digest('hex'));
  }
});
