import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addTargetOptions, parseSeconds } from '../options.ts';

export interface AgentFlags {
  message?: string;
  agent?: string;
  session?: string;
  thinking?: string;
  /** Seconds. */
  timeout?: number;
  stream: boolean;
}

/** `openclaw agent`: one message, one answer. */
export function addAgentCommand(program: Command, run: Run): void {
  const agent = addLeaf(program, 'agent', 'Send one message to an agent and print the answer as it comes in')
    .option('-m, --message <text>', 'What to say; - reads it from stdin')
    .option('--agent <id>', 'Which agent (default: the default agent)')
    .option('--session <key>', 'Which session, such as main or agent:main:trip (default: main)')
    .option('--thinking <level>', 'How hard to think: off, minimal, low, medium, high, …')
    .addOption(
      new Option(
        '--timeout <seconds>',
        'Time for the answer; 0 means no limit (default: the one of the gateway)',
      ).argParser(parseSeconds),
    )
    .option('--no-stream', 'Print the answer when it is complete');
  addTargetOptions(agent).action(run(() => import('../actions/agent.ts').then((module) => module.agent)));
  withExamples(agent, [
    ['openclaw agent --message "What is on today?"', 'Ask in the main session.'],
    ['git diff | openclaw agent --session review --message -', 'Take the message from stdin.'],
    ['openclaw agent -m "Sum it up" --json | jq .result', 'Everything about the answer, for a script.'],
  ]);
}
