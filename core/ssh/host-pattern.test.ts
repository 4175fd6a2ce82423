import { expect, test } from 'vitest';
import { matchesPatterns } from './host-pattern.ts';

test.each([
  ['*', 'host', true],
  ['host', 'HOST', false],
  ['*.example', 'a.b.example', true],
  ['*.example', 'example', false],
  ['h?st', 'host', true],
  ['h?st', 'hst', false],
  ['10.0.0.*', '10.0.0.17', true],
  ['[host]:22*', '[host]:2222', true],
  ['a.c', 'abc', false],
  ['*a*b*c', 'xxaxxbxxc', true],
  ['', 'host', false],
])('%j and %s: %s', (pattern, name, expected) => {
  expect(matchesPatterns([pattern], name)).toBe(expected);
});

test('one pattern that excludes wins, wherever it stands', () => {
  expect(matchesPatterns(['*', '!evil'], 'evil')).toBe(false);
  expect(matchesPatterns(['!evil', '*'], 'evil')).toBe(false);
  expect(matchesPatterns(['!evil', '*'], 'good')).toBe(true);
  expect(matchesPatterns(['!evil'], 'good')).toBe(false);
});

test('a pattern of many stars is judged at once', () => {
  expect(matchesPatterns([`${'*a'.repeat(2000)}b`], 'a'.repeat(5000))).toBe(false);
});
