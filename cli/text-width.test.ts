import { expect, test } from 'vitest';
import { clipWidth, displayWidth, wrapAround, wrapLines } from './text-width.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['你好', 4],
  ['カナ', 4],
  ['한국', 4],
  ['e\u0301', 1],
  ['🙂', 2],
  ['，。', 4],
  ['naïve — …', 9],
])('%j takes %d columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a text that fits is not touched', () => {
  expect(clipWidth('计划去京都', 10)).toBe('计划去京都');
});

test('a text that does not fit ends between characters, and says so', () => {
  expect(clipWidth('计划去京都', 9)).toBe('计划去京…');
  expect(clipWidth('计划去京都', 8)).toBe('计划去…');
  expect(clipWidth('abcdef', 4)).toBe('abc…');
});

test('lines that begin with a blank, and commands, stay whole; the words around them are wrapped', () => {
  const key = `  ${'ab'.repeat(60)}`;
  expect(wrapLines(`one two three\n${key}`, 8)).toEqual(['one two', 'three', key]);
  const line = 'Make this the command: openclaw --profile work gateway run';
  expect(wrapAround(line, 'openclaw --profile work', 30)).toEqual([
    'Make this the command:',
    '  openclaw --profile work gateway run',
  ]);
  expect(wrapAround(line, 'openclaw --profile work', 80)).toEqual([line]);
  expect(wrapAround('openclaw gateway install --force', 'openclaw', 10)).toEqual([
    'openclaw gateway install --force',
  ]);
  expect(wrapAround('one two three', 'openclaw', 8)).toEqual(['one two', 'three']);
});
