import { type Command, CommanderError } from 'commander';
import { RpcError } from '../core/protocol/errors.ts';
import { commandPath, helpHint } from './merge-options.ts';
import { closest } from './spelling.ts';

/** The user asked for help or the version and has got it. */
export const isHelp = (error: unknown): boolean => error instanceof CommanderError && error.exitCode === 0;

/** Makes every command of the tree report wrong usage as BAD_ARGUMENT, worded as the recorded CLI does. */
export function refineParserErrors(command: Command, program = 'openclaw'): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(command, error, program);
  });
  for (const child of command.commands) refineParserErrors(child, program);
}

function usageError(command: Command, error: CommanderError, program: string): RpcError {
  const lines = [problemOf(command, error), ...insteadOf(command, program), helpHint(command, program)];
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

/** `gateway help cal` asks about `cal`. */
const firstOperand = (command: Command): string | undefined => {
  const [first, second] = command.args;
  const word = first === 'help' ? second : first;
  return word === undefined || word.startsWith('-') ? undefined : word;
};

/** What others call a command, and what does the same here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'openclaw setup': 'config set gateway.mode local',
  'openclaw onboard': 'config set gateway.mode local',
  'openclaw configure': 'config set gateway.mode local',
  'openclaw health': 'gateway health',
  'openclaw status': 'gateway status',
  'openclaw probe': 'gateway probe',
};

function insteadOf(command: Command, program: string): string[] {
  const words = `${commandPath(command)} ${firstOperand(command)}`;
  if (!Object.hasOwn(ELSEWHERE, words)) return [];
  return [`Here it is: ${program} ${ELSEWHERE[words]}`];
}

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
