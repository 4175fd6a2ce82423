import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandPath } from './merge-options.ts';
import { buildProgram } from './program.ts';

const manual = readFileSync(join(import.meta.dirname, '..', 'docs', 'cli.md'), 'utf8');
const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];
const tree = everyCommand(buildProgram(() => async () => {}));

test('docs/cli.md names every command', () => {
  for (const command of tree) expect(manual).toContain(commandPath(command));
});

test('docs/cli.md names every option, and none that does not exist', () => {
  const known = new Set([
    '--help',
    ...tree.flatMap((command) => command.options.map(({ long }) => long ?? '')),
  ]);
  const named = new Set(manual.match(/(?<![\w-])--[a-z][a-z-]*/g));
  expect([...named].filter((word) => !known.has(word))).toEqual([]);
  expect([...known].filter((word) => !named.has(word))).toEqual([]);
});
