import { type Command, CommanderError } from 'commander';
import { RpcError } from '../core/protocol/errors.ts';
import { commandPath } from './merge-options.ts';
import { closest } from './spelling.ts';

/** The user asked for help or the version and has got it. */
export const isHelp = (error: unknown): boolean => error instanceof CommanderError && error.exitCode === 0;

/** Makes every command of the tree report wrong usage as BAD_ARGUMENT, worded as the recorded CLI does. */
export function refineParserErrors(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(command, error);
  });
  for (const child of command.commands) refineParserErrors(child);
}

function usageError(command: Command, error: CommanderError): RpcError {
  const lines = [problemOf(command, error), `Try: ${commandPath(command)} --help`];
  return new RpcError('BAD_ARGUMENT', lines.join('\n'));
}

function problemOf(command: Command, error: CommanderError): string {
  const word = firstOperand(command);
  if (command.commands.length > 0 && word !== undefined) return unknownCommand(command, word);
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.missingArgument':
      return `Missing required argument "${named}".`;
    case 'commander.optionMissingArgument':
      return `Option "${named}" needs a value.`;
    case 'commander.unknownOption':
      return unknownOption(command, named.replace(/=.*/s, ''));
    case 'commander.excessArguments':
      return `Too many arguments: ${commandPath(command)} takes ${command.registeredArguments.length}, got ${command.args.length}.`;
    case 'commander.help':
      return `${commandPath(command)} needs a command.`;
    default:
      return error.message.replace(/^error: /, '');
  }
}

const firstOperand = (command: Command): string | undefined => {
  const [word] = command.args;
  return word === undefined || word.startsWith('-') ? undefined : word;
};

/** Source: CLI samples, unknown-sub. */
function unknownCommand(command: Command, word: string): string {
  const group = ['OpenClaw', ...commandPath(command).split(' ').slice(1)].join(' ');
  const guess = closest(
    word,
    command.commands.map((child) => child.name()),
  );
  return `${group} has no command "${word}".${guess ? `\nDid you mean "${guess}"?` : ''}`;
}

/** Without the value that may stick to it: it may be a secret. */
function unknownOption(command: Command, flag: string): string {
  const known = command.options.filter((option) => !option.hidden).flatMap(({ long }) => long ?? []);
  const guess = closest(flag, known);
  return `Unknown option "${flag}".${guess ? `\nDid you mean "${guess}"?` : ''}`;
}
