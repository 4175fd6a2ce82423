import { Argument, type Command } from 'commander';
import { RpcError } from '../../core/protocol/errors.ts';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { listed } from '../options.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

function shellArgument(): Argument {
  const shell = new Argument('<shell>', 'Your shell').choices(SHELLS);
  return shell.argParser((text: string) => {
    if (SHELLS.some((known) => known === text)) return text;
    throw new RpcError('BAD_ARGUMENT', `Invalid <shell>. Use ${listed(SHELLS)}.`);
  });
}

/** `openclaw completion <shell>`. */
export function addCompletionCommand(program: Command, run: Run): void {
  const completion = addLeaf(program, 'completion', 'Print a completion script for a shell')
    .addArgument(shellArgument())
    .action(run(() => import('../actions/completion.ts').then((module) => module.completion)));
  withExamples(completion, [
    ['source <(openclaw completion bash)', 'bash: in ~/.bashrc. zsh: the same in ~/.zshrc.'],
    ['openclaw completion fish > ~/.config/fish/completions/openclaw.fish', 'fish.'],
    ['openclaw completion powershell | Out-String | Invoke-Expression', 'PowerShell: in $PROFILE.'],
  ]);
}
