import type { Command, Option } from 'commander';

/** A word and what a shell may show beside it. */
export interface Word {
  word: string;
  summary: string;
}

export interface Flag {
  /** `--port`, `-f`. */
  words: string[];
  summary: string;
  takesValue: boolean;
  /** The values to offer; empty when anything goes. */
  values: readonly string[];
}

/** What may follow one command of the tree. */
export interface WordNode {
  /** `openclaw gateway call`. */
  path: string;
  commands: Word[];
  flags: Flag[];
  /** Values of its first argument. */
  values: readonly string[];
}

/** First arguments by command path, where commander does not check them and so does not know them. */
export type OpenValues = Readonly<Record<string, readonly string[]>>;

/** Every command with what may follow it, the program first. Hidden words are not offered. */
export function wordTree(command: Command, open: OpenValues, path = command.name()): WordNode[] {
  const children = command.commands;
  const node: WordNode = {
    path,
    commands: children.map((child) => ({ word: child.name(), summary: child.description() })),
    flags: [...command.options.filter((option) => !option.hidden).map(flagOf), help],
    values: command.registeredArguments[0]?.argChoices ?? open[path] ?? [],
  };
  return [node, ...children.flatMap((child) => wordTree(child, open, `${path} ${child.name()}`))];
}

const help: Flag = { words: ['-h', '--help'], summary: 'Show help', takesValue: false, values: [] };

const flagOf = (option: Option): Flag => ({
  words: [option.short, option.long].filter((word): word is string => word !== undefined),
  summary: option.description,
  takesValue: option.required || option.optional,
  values: option.argChoices ?? [],
});
