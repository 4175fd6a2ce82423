import { expect, test } from 'vitest';
import { isDnsServer, isOwnServer } from './wide-area.ts';

test.each([
  ['127.0.0.1', true],
  ['127.0.0.1:5300', true],
  ['::1', true],
  ['[::1]:5300', true],
  ['127.0.0.1:99999', false],
  ['[::1]:0', false],
  ['localhost', false],
])('whether %s is the address of a name server: %s', (text, isOne) => {
  expect(isDnsServer(text)).toBe(isOne);
});

test.each([
  ['127.0.0.1', true],
  ['127.0.0.53:5300', true],
  ['::1', true],
  ['[::1]:5300', true],
  ['100.64.0.1', false],
  ['[fd7a::1]:53', false],
])('whether the name server %s is one of this machine: %s', (text, isOne) => {
  expect(isOwnServer(text)).toBe(isOne);
});
