import type { Command } from 'commander';
import type { SHELLS } from '../commands/completion.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { powershellScript } from '../completion/powershell.ts';
import { type WordNode, wordTree } from '../completion/word-tree.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Action } from '../invocation.ts';

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (nodes: readonly WordNode[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** The words of the very tree that parses the command line, so that the two cannot differ. */
export const completion: Action = async ({ args, cli, command }) => {
  const shell = args[0] as (typeof SHELLS)[number];
  cli.endWhenInterrupted();
  const { contract } = await import('../../core/protocol/contract.ts');
  const open = { 'openclaw gateway call': Object.keys(contract) };
  cli.stdout.write(SCRIPTS[shell](wordTree(rootOf(command), open)));
  return 0;
};

const rootOf = (command: Command): Command => (command.parent ? rootOf(command.parent) : command);
