import { expect, test } from 'vitest';
import { createOutput, jsonText, proseText, safeText } from './output.ts';
import { memoryCli } from './testing/memory-cli.ts';

const hostile = 'a\u001b[31mred\u0007\u009b2J\u202eevil\r';

test('text of others keeps its line breaks and loses its power over the terminal', () => {
  const shown = safeText(`${hostile}\nb`);
  expect(shown).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(shown.split('\n')).toHaveLength(2);
  expect(shown).toContain('red');
});

test('prose keeps its tabs and lines too, whatever they end with', () => {
  expect(proseText('a:\r\n\tb\rc\u001b[0m\n')).toBe('a:\n\tb\\rc\\u001b[0m\n');
});

test('JSON says the same as before, without characters a terminal would obey', () => {
  const value = { [hostile]: hostile, nested: ['\u2028', 1, null] };
  const text = jsonText(value);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}/u);
  expect(JSON.parse(text)).toEqual(value);
});

test('what JSON cannot say is null', () => {
  expect(jsonText(undefined)).toBe('null');
});

test.each([
  ['a terminal', { isTTY: true }, { json: false, color: true }, true],
  ['no terminal', {}, { json: false, color: true }, false],
  ['NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, { json: false, color: true }, false],
  ['TERM=dumb', { isTTY: true, env: { TERM: 'dumb' } }, { json: false, color: true }, false],
  ['--no-color', { isTTY: true }, { json: false, color: false }, false],
  ['--json', { isTTY: true }, { json: true, color: true }, false],
])('colours with %s', (_, cli, options, coloured) => {
  const { style } = createOutput(memoryCli([], cli), options);
  expect(style.bold('x') !== 'x').toBe(coloured);
});

test('results go to stdout, remarks to stderr', () => {
  const cli = memoryCli([]);
  const output = createOutput(cli, { json: false, color: true });
  output.line('a');
  output.record({ b: [1] });
  output.note('c');
  expect([cli.written('stdout'), cli.written('stderr')]).toEqual(['a\n{"b":[1]}\n', 'c\n']);
});
