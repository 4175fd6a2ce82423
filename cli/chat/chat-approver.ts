import type { AnswerPrinter } from '../conversation/answer-printer.ts';
import { type Approval, approvalLines, decisionOf, questionOf } from '../conversation/approval-text.ts';
import { type Approver, DECIDED_ELSEWHERE } from '../conversation/approval-watch.ts';
import { elsewhere } from '../conversation/terminal-approver.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import type { ChatScreen } from './chat-screen.ts';

/** Asks where the conversation is; without a terminal it says how to decide elsewhere. */
export function chatApprover(
  invocation: Invocation<QueryOptions>,
  screen: ChatScreen,
  printer: AnswerPrinter,
): Approver {
  const show = (approval: Approval): void => {
    printer.aside(screen.inOwn('The agent asks for permission:'));
    const now = invocation.cli.clock.now();
    for (const line of approvalLines(approval, now, screen.width, invocation.language)) screen.say(line);
  };
  const leave = (approval: Approval): void => {
    for (const line of elsewhere(invocation, approval)) screen.say(screen.inOwn(line));
  };
  return {
    tell: (line) => printer.aside(safeText(screen.inOwn(line))),
    async decide(approval, signal) {
      show(approval);
      if (!screen.isTerminal) leave(approval);
      const answer = screen.isTerminal ? await screen.ask(questionOf(approval), signal) : undefined;
      if (answer !== undefined) return decisionOf(answer, approval);
      if (signal.reason === DECIDED_ELSEWHERE) screen.remark('This has been decided elsewhere.');
      return undefined;
    },
  };
}
