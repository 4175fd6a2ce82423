import type { Command } from 'commander';
import type { Action } from './invocation.ts';

/**
 * Turns the loader of an action into what commander calls. Actions are imported when they run, so that a
 * short question does not wait for code it does not need.
 */
export type Run = <O>(load: () => Promise<Action<O>>) => (...parsed: unknown[]) => Promise<void>;

/** A command line and what it does. */
export type Example = readonly [line: string, explanation: string];

export function withExamples(command: Command, examples: readonly Example[]): Command {
  const text = examples.map(([line, explanation]) => `  ${line}\n    ${explanation}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}

/** What adds commands to a parent, and their names. */
export type Branch = readonly [
  names: readonly string[],
  grow: (parent: Command, run: Run, word?: string) => void,
];

/**
 * When `word`, the next one of the command line, is a name of a branch, only that branch grows, because no other can be
 * meant. `next` is the word behind it.
 */
export function grow(
  parent: Command,
  run: Run,
  branches: readonly Branch[],
  [word = '', next]: readonly string[],
): void {
  const named = branches.filter(([names]) => names.includes(word));
  for (const [, add] of named.length > 0 ? named : branches) add(parent, run, next);
}

/** A command that holds others. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .description(summary)
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .enablePositionalOptions();
}

/** `<name>` for one that is needed, `[name]` for one that is not. */
export type ArgumentText = readonly [usage: string, explanation: string];

/** A command that does something. */
export function addLeaf(
  parent: Command,
  name: string,
  summary: string,
  args: readonly ArgumentText[] = [],
): Command {
  const leaf = parent
    .command(name)
    .description(summary)
    .helpOption('-h, --help', 'Show help')
    .allowExcessArguments(false);
  for (const [usage, explanation] of args) leaf.argument(usage, explanation);
  return leaf;
}
