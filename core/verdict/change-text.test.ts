import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines, publicLine } from './change-text.ts';

test('a diff shows what goes and comes, with a line around it', () => {
  expect(diffLines('a: 1\nb: 2\nc: 3\nd: 4\n', 'a: 1\nb: 5\nc: 3\nd: 4\n')).toEqual([
    '  a: 1',
    '- b: 2',
    '+ b: 5',
    '  c: 3',
  ]);
  expect(diffLines('', '{\n}\n')).toEqual(['+ {', '+ }']);
  expect(diffLines('same\n', 'same\n').filter((line) => !line.startsWith(' '))).toEqual([]);
});

const SECRET = 'kq3v9z7w1x5';

test.each([
  `  "token": "${SECRET}",`,
  `  token: '${SECRET}',`,
  `{"gateway":{"auth":{"mode":"token","token":"${SECRET}"}}}`,
  `  "password": "${SECRET}`,
  `  apiKey: ${SECRET}`,
  `  "url": "wss://user:${SECRET}@gateway.example",`,
  `    "${SECRET}",`,
  `${SECRET}\\`,
  `  "vars": { "MY_SERVICE": "${SECRET}" }`,
  `  "headers": { "X-Custom": "${SECRET}" }`,
  `"botToken" : "a\\"${SECRET}"`,
])('no secret is in %j when it is shown', (line) => {
  expect(publicLine(line)).not.toContain(SECRET);
});

test('what is no secret stays readable', () => {
  expect(publicLine('  "port": 18789,')).toBe('  "port": 18789,');
  expect(publicLine('  mode: "local", // here')).toBe('  mode: "local", // here');
});

test('a token is hidden wherever in a line it stands', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(word, word, (before, after) => {
      const line = `${before}x: 1, "token": "${SECRET}", ${after}x: "b"`;
      expect(publicLine(line)).not.toContain(SECRET);
    }),
  );
});
