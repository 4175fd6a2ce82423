import { expect, test, vi } from 'vitest';
import { type ChatActions, helpLines, parseCommand } from './chat-commands.ts';

function actions() {
  return {
    help: vi.fn(),
    startOver: vi.fn(),
    stop: vi.fn(),
    listSessions: vi.fn(),
    changeTo: vi.fn(),
    quit: vi.fn(),
  } satisfies Record<keyof ChatActions, unknown>;
}

test.each([
  ['/help', 'help', []],
  ['/new', 'startOver', []],
  ['/stop', 'stop', []],
  ['/sessions', 'listSessions', []],
  ['/sessions  agent:main:trip ', 'changeTo', ['agent:main:trip']],
  ['/quit', 'quit', []],
] as const)('%s does it', (text, name, args) => {
  const all = actions();
  void parseCommand(text)?.run(all);
  expect(all[name].mock.calls).toEqual([args]);
});

test.each(['hello', '/status', '/constructor', ' / help', 'say /help', '/help\nand more', '/stopping'])(
  '%j is meant for the agent',
  (text) => {
    expect(parseCommand(text)).toBeUndefined();
  },
);

test.each([
  ['terminal', ['/stop', '/quit']],
  ['pipe', ['/stop']],
] as const)('from a %s, only what ends something does not wait its turn', (from, expected) => {
  const all = ['/help', '/new', '/stop', '/sessions', '/quit'];
  expect(all.filter((text) => parseCommand(text)?.isUrgent(from))).toEqual(expected);
});

test('the help names every command and fits 80 columns', () => {
  const text = helpLines().join('\n');
  for (const name of ['/help', '/new', '/stop', '/sessions', '/quit', 'Ctrl-C']) expect(text).toContain(name);
  for (const line of helpLines()) expect(line.length, line).toBeLessThanOrEqual(80);
});
