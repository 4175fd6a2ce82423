import { expect, test } from 'vitest';
import { clipWidth, displayWidth } from './text-width.ts';

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
