import { expect, test } from 'vitest';
import { commandHint, SAFE_WORD } from './command-hint.ts';
import { memoryCli } from './testing/memory-cli.ts';

test.each([
  [{ dev: false }, {}, 'openclaw sessions list'],
  [{ dev: true }, { port: 19_555 }, 'openclaw --dev sessions list --port 19555'],
  [{ dev: false, profile: 'work' }, {}, 'openclaw --profile work sessions list'],
  [
    { dev: false },
    { url: 'wss://host', token: 'canary' },
    'openclaw sessions list --url wss://host --token …',
  ],
])('with %j and %j it reaches the same gateway', (globals, options, line) => {
  expect(commandHint({ cli: memoryCli([]), globals, options }, 'sessions list')).toBe(line);
});

test.each(['$(id)', 'a b', '-rf', 'a;b', '', "a'b"])('%j is not put into a command', (word) => {
  expect(SAFE_WORD.test(word)).toBe(false);
});
