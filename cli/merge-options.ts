import type { Command, Option } from 'commander';
import type { Language } from '../core/messages/language.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { GlobalOptions } from './invocation.ts';
import { GLOBAL_GROUP } from './options.ts';

type Values = Record<string, unknown>;

export interface MergedOptions {
  options: Values;
  globals: GlobalOptions;
  color: boolean;
}

const isGlobal = (option: Option): boolean => option.helpGroupHeading === GLOBAL_GROUP;

const optionOf = (command: Command, key: string): Option | undefined =>
  command.options.find((option) => option.attributeName() === key);

const typedOptions = (command: Command): Option[] =>
  command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');

/** `openclaw gateway health`: the words that lead to a command. */
export const commandPath = (command: Command): string =>
  command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();

/** Where to read on, as it has to be typed. */
export const helpHint = (command: Command, program: string): string =>
  `Try: ${[program, ...commandPath(command).split(' ').slice(1)].join(' ')} --help`;

/**
 * The options of `command` together with those typed before its name; what stands closest to the end wins.
 * An option the command does not know is an error wherever it stands. One word has two meanings: `--dev` is
 * the profile right after `openclaw`, and the flag of `gateway run` after `gateway` or `run`.
 */
export function mergeOptions(command: Command, program = 'openclaw'): MergedOptions {
  const options: Values = { ...command.opts() };
  const settled = new Set(typedOptions(command).map((option) => option.attributeName()));
  let isRootDev = false;
  for (const { parent, option } of typedBefore(command)) {
    const key = option.attributeName();
    const own = optionOf(command, key);
    if (!own) throw unknownOption(option, command, program);
    if (key === 'dev' && isGlobal(option) && !isGlobal(own)) isRootDev = true;
    else if (!settled.has(key)) options[key] = parent.getOptionValue(key);
    settled.add(key);
  }
  return { options, globals: globalsOf(command, options, isRootDev), color: options.color !== false };
}

/** What was typed before the name of `command`, the closest word first. */
function typedBefore({ parent }: Command): { parent: Command; option: Option }[] {
  if (!parent) return [];
  return [...typedOptions(parent).map((option) => ({ parent, option })), ...typedBefore(parent)];
}

function globalsOf(command: Command, options: Values, isRootDev: boolean): GlobalOptions {
  const own = optionOf(command, 'dev');
  const dev = isRootDev || (options.dev === true && own !== undefined && isGlobal(own));
  const lang = options.lang as Language | undefined;
  if (options.profile === undefined) return { dev, lang };
  if (!dev) return { profile: profileName(String(options.profile)), dev, lang };
  throw new RpcError('BAD_ARGUMENT', 'Use either --profile or --dev.');
}

/** No name is a slip, such as a variable that is not set, and must not mean the profile everybody has. */
function profileName(name: string): string {
  if (name.trim() !== '') return name;
  throw new RpcError(
    'BAD_ARGUMENT',
    'Invalid --profile. Use letters, digits, "-" and "_" only, at most 64 of them, for example work.',
  );
}

const unknownOption = (option: Option, command: Command, program: string): RpcError =>
  new RpcError('BAD_ARGUMENT', `Unknown option "${option.long}".\n${helpHint(command, program)}`);
