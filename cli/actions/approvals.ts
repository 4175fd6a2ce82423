import { RpcError } from '../../core/protocol/errors.ts';
import { commandHint } from '../command-hint.ts';
import type { ApproveFlags } from '../commands/approvals.ts';
import { waitingApprovals } from '../conversation/approval-list.ts';
import {
  type Approval,
  approvalLines,
  approvalOf,
  commandLines,
  type Decision,
} from '../conversation/approval-text.ts';
import { type OpenGateway, withGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { tellLines } from '../told-lines.ts';

type Query = Invocation<QueryOptions>;

const WANT = { scopes: ['operator.approvals'] };

export const approvalsList: Action<QueryOptions> = (invocation) => {
  const { output, cli } = invocation;
  cli.endWhenInterrupted();
  return withGateway(invocation, WANT, async (gateway) => {
    const answer = await waitingApprovals(gateway.connection, limit(gateway));
    if (output.json) output.value(answer);
    else printList(invocation, approvalsOf(answer));
    return 0;
  });
};

export const approvalsApprove: Action<ApproveFlags & QueryOptions> = (invocation) =>
  decide(invocation, invocation.options.always ? 'allow-always' : 'allow-once');

export const approvalsDeny: Action<QueryOptions> = (invocation) => decide(invocation, 'deny');

const limit = ({ timeLeft }: OpenGateway): { timeoutMs: number } => ({ timeoutMs: timeLeft() });

const approvalsOf = (answer: unknown): Approval[] =>
  (Array.isArray(answer) ? answer : []).flatMap((value) => approvalOf(value) ?? []);

function printList(invocation: Query, approvals: readonly Approval[]): void {
  const { output, cli, language } = invocation;
  tellLines(invocation, `Approvals that wait: ${approvals.length}`);
  for (const approval of approvals) {
    output.line();
    output.line(`  ${output.style.bold(safeText(approval.id))}`);
    for (const line of approvalLines(approval, cli.clock.now(), output.width, language)) output.line(line);
  }
  if (approvals.length === 0) return;
  output.line();
  tellLines(invocation, `  Allow it: ${commandHint(invocation, 'approvals approve <id>')}`);
  tellLines(invocation, `  Deny it:  ${commandHint(invocation, 'approvals deny <id>')}`);
}

const DONE: Readonly<Record<Decision, string>> = {
  'allow-once': 'Allowed once:',
  'allow-always': 'Allowed from now on:',
  deny: 'Denied:',
};

/** Says what was decided about, so that nobody decides by an id alone. */
function decide(invocation: Query, decision: Decision): Promise<number> {
  const { output, cli, args } = invocation;
  const [id = ''] = args;
  cli.endWhenInterrupted();
  return withGateway(invocation, WANT, async (gateway) => {
    const { connection } = gateway;
    const waiting = approvalsOf(await waitingApprovals(connection, limit(gateway)));
    const approval = waiting.find((candidate) => candidate.id === id);
    if (!approval) throw unknownId(invocation, id, waiting.length);
    const result = await connection.request('exec.approval.resolve', { id, decision }, limit(gateway));
    if (output.json) output.value(result);
    else {
      tellLines(invocation, DONE[decision]);
      for (const line of commandLines(approval.command)) output.line(line);
    }
    return 0;
  });
}

const unknownId = (invocation: Query, id: string, waiting: number): RpcError =>
  new RpcError(
    'BAD_ARGUMENT',
    `${waiting === 0 ? 'No approval waits.' : `No approval with the id "${id}" waits.`}\nSee them: ${commandHint(invocation, 'approvals list')}`,
  );
