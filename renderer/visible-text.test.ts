import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';
import { oneLine, toTheLetter } from './visible-text.ts';

test('text of others neither breaks nor reorders a line', () => {
  expect(oneLine('\u001b[31mred\n\u202eback 漢字 é')).toBe('\\u001b[31mred\\n\\u202eback 漢字 é');
});

test('a command shows every character, its line breaks as such', () => {
  expect(toTheLetter('ls\u200b -l\u00a0x\n\trm')).toBe('ls\\u200b -l\\u00a0x\n\\trm');
});

test('an address names a view and what it shows', () => {
  const { view, params } = parseAddress('#chat?session=agent%3Amain%3Aa%26b&x=1?2');
  expect([view, params.get('session'), params.get('x')]).toEqual(['chat', 'agent:main:a&b', '1?2']);
  expect(parseAddress('').view).toBe('');
});
