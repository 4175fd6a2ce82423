import { Argument, type Command } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** `openclaw completion <shell>`. */
export function addCompletionCommand(program: Command, run: Run): void {
  const completion = addLeaf(program, 'completion', 'Print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'Your shell').choices(SHELLS))
    .action(run(() => import('../actions/completion.ts').then((module) => module.completion)));
  withExamples(completion, [
    ['source <(openclaw completion bash)', 'bash: in ~/.bashrc. zsh: the same in ~/.zshrc.'],
    ['openclaw completion fish > ~/.config/fish/completions/openclaw.fish', 'fish.'],
    ['openclaw completion powershell | Out-String | Invoke-Expression', 'PowerShell: in $PROFILE.'],
  ]);
}
