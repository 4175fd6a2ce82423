import type { Command } from 'commander';
import type { Action } from './invocation.ts';
import { addGlobalOptions } from './options.ts';

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

/** A command that holds others. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  const group = parent
    .command(name)
    .description(summary)
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .enablePositionalOptions();
  return addGlobalOptions(group, { dev: true });
}

/** A command that does something; `usage` holds its name and arguments, such as `approve [requestId]`. */
export function addLeaf(parent: Command, usage: string, summary: string): Command {
  const leaf = parent
    .command(usage)
    .description(summary)
    .helpOption('-h, --help', 'Show help')
    .allowExcessArguments(false);
  return addGlobalOptions(leaf, { dev: true });
}
