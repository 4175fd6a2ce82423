import { expect, test } from 'vitest';
import { ago, fieldLines, wrap } from './layout.ts';

test('values stand in one column and are wrapped at blanks', () => {
  const scopes = 'operator.admin, operator.approvals, operator.pairing, operator.read, operator.write';
  const lines = fieldLines(
    [
      ['Name', 'Tablet'],
      ['Scopes', scopes],
    ],
    50,
  );
  expect(lines).toEqual([
    '    Name    Tablet',
    '    Scopes  operator.admin, operator.approvals,',
    '            operator.pairing, operator.read,',
    '            operator.write',
  ]);
});

test('a field without a value is left out', () => {
  expect(
    fieldLines(
      [
        ['Address', undefined],
        ['Role', 'node'],
      ],
      80,
    ),
  ).toEqual(['    Role  node']);
});

test('a word that is too long is not broken', () => {
  expect(wrap(`a ${'x'.repeat(64)} b`, 20)).toEqual(['a', 'x'.repeat(64), 'b']);
});

test('a name cannot add lines or colours', () => {
  expect(fieldLines([['Name', 'x\nRole admin\u001b[2J']], 80)).toEqual([
    '    Name  x\\nRole admin\\u001b[2J',
  ]);
});

test.each([
  [0, 'just now'],
  [999, 'just now'],
  [59_000, '59 s ago'],
  [60_000, '1 min ago'],
  [3_600_000 * 5, '5 h ago'],
  [86_400_000 * 3, '3 d ago'],
  [-5000, 'just now'],
])('%d ms is %s', (ms, text) => {
  expect(ago(1_000_000_000 - ms, 1_000_000_000)).toBe(text);
});

test('counts what takes two columns as two', () => {
  expect(wrap('旅行の 計画を 京都へ', 13)).toEqual(['旅行の 計画を', '京都へ']);
});
