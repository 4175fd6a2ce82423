import { expect, test } from 'vitest';
import { closest } from './spelling.ts';

const words = ['health', 'call', 'run', 'approve', '--password', '--password-file'];

test.each([
  ['helth', 'health'],
  ['heatlh', 'health'],
  ['healthy', 'health'],
  ['cal', 'call'],
  ['rum', 'run'],
  ['aprove', 'approve'],
  ['--pasword', '--password'],
])('%s is a slip for %s', (slip, word) => {
  expect(closest(slip, words)).toBe(word);
});

test.each(['frobnicate', 'x', '', 'status', 'probe'])('%s is no slip for anything', (word) => {
  expect(closest(word, words)).toBeUndefined();
});
