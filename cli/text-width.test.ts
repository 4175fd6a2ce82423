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

test('a long line gives the command at its end a line of its own, and breaks neither that nor what is in backticks', () => {
  const command = `openclaw config set gateway.remote.tlsFingerprint ${'ab'.repeat(32)}`;
  expect(wrapLines(`If it is the same, save it: ${command}`, 40)).toEqual([
    'If it is the same, save it:',
    `  ${command}`,
  ]);
  expect(wrapLines(command, 40)).toEqual([command]);
  expect(wrapLines(`如果一致，请保存：${command}`, 40)).toEqual(['如果一致，请保存：', `  ${command}`]);
  expect(wrapLines('Start it with `openclaw gateway run` or look at `openclaw logs`.', 32)).toEqual([
    'Start it with',
    '`openclaw gateway run` or look',
    'at `openclaw logs`.',
  ]);
  expect(wrapLines('openclaw devices needs a command, and says which.', 30)).toEqual([
    'openclaw devices needs a',
    'command, and says which.',
  ]);
});

test('a sentence that begins with the name of a program is wrapped in Chinese too', () => {
  const sentence = 'tailscale funnel 要求 gateway.auth.mode 为 password（请设置 gateway.auth.password）';
  const lines = wrapLines(sentence, 40);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(40);
});

test('an item of a list goes on below its own words', () => {
  expect(wrapLines('Problem:\n  - one two three four\n    Set it to another word.', 16)).toEqual([
    'Problem:',
    '  - one two',
    '    three four',
    '    Set it to',
    '    another',
    '    word.',
  ]);
});

test('no line of Chinese begins with a closing mark or ends with an opening one', () => {
  const text = '设置密码（或环境变量），然后重试。'.repeat(6);
  for (let width = 12; width < 40; width += 1)
    for (const line of wrapLines(text, width)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(line).toMatch(/^[^，。）].*[^（]$/);
    }
});
