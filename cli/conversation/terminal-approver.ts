import { createInterface } from 'node:readline';
import { inLanguage } from '../../core/messages/in-language.ts';
import { commandHint, SAFE_WORD } from '../command-hint.ts';
import type { Cli, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { type Approval, approvalLines, type Decision, decisionOf, questionOf } from './approval-text.ts';
import { type Approver, DECIDED_ELSEWHERE } from './approval-watch.ts';

export interface ApproverParts {
  /** A line on stderr that does not cut one on stdout in two. */
  aside(line: string): void;
  /** Ctrl-C while the question was open. */
  interrupted(): void;
}

/** Long enough for everything that waits in the terminal to arrive. */
const TYPED_MS = 50;

/** Asks on the terminal; where there is none, says how to decide elsewhere. */
export function terminalApprover(invocation: Invocation<QueryOptions>, parts: ApproverParts): Approver {
  const { cli, output, language } = invocation;
  const inOwn = inLanguage(language);
  const tell = (line: string): void => parts.aside(safeText(inOwn(line)));
  return {
    tell,
    async decide(approval, signal) {
      tell('The agent asks for permission:');
      const width = cli.stderr.columns ?? 80;
      for (const line of approvalLines(approval, cli.clock.now(), width, language)) output.note(line);
      const mayAsk = cli.stdin.isTTY === true && cli.stderr.isTTY === true && !output.json;
      if (mayAsk) return question(invocation, approval, parts, signal);
      for (const line of elsewhere(invocation, approval)) output.note(inOwn(line));
      return undefined;
    },
  };
}

/** An id that could be more than an id is not put into a command. */
export function elsewhere(invocation: Invocation<QueryOptions>, { id }: Approval): string[] {
  if (!SAFE_WORD.test(id)) return [`Decide elsewhere: ${commandHint(invocation, 'approvals list')}`];
  return [
    `Allow it: ${commandHint(invocation, `approvals approve ${id}`)}`,
    `Deny it:  ${commandHint(invocation, `approvals deny ${id}`)}`,
  ];
}

/** What was typed before the question was asked cannot be the answer to it. */
export async function forgetTyped({ stdin, clock }: Cli): Promise<void> {
  const ignore = (): void => {};
  stdin.setRawMode?.(true);
  stdin.on('data', ignore);
  await clock.sleep(TYPED_MS);
  stdin.off('data', ignore);
  stdin.pause();
}

async function question(
  { cli, output, language }: Invocation<QueryOptions>,
  approval: Approval,
  parts: ApproverParts,
  signal: AbortSignal,
): Promise<Decision | undefined> {
  await forgetTyped(cli);
  if (signal.aborted) return undefined;
  const lines = createInterface({ input: cli.stdin, output: cli.stderr, historySize: 0 });
  return new Promise((resolve) => {
    const end = (decision: Decision | undefined): void => {
      signal.removeEventListener('abort', decided);
      resolve(decision);
      lines.close();
    };
    const decided = (): void => {
      const why = signal.reason === DECIDED_ELSEWHERE ? '\nThis has been decided elsewhere.' : '';
      output.note(inLanguage(language)(why));
      end(undefined);
    };
    signal.addEventListener('abort', decided, { once: true });
    lines.on('close', () => end('deny'));
    lines.on('SIGINT', () => {
      output.note('');
      end(undefined);
      parts.interrupted();
    });
    lines.question(questionOf(approval), (answer) => end(decisionOf(answer, approval)));
  });
}
