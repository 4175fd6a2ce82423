import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { ApprovalInput } from '../approvals/approval-request.ts';
import type { ApprovalOutcome } from '../approvals/pending-approvals.ts';
import { type ToolContext, ToolRefusal } from './tool.ts';

/** Who asks, as a person who decides needs to know it. */
export const askedBy = (ctx: ToolContext): Partial<ApprovalInput> => ({
  agentId: ctx.agentId,
  sessionKey: ctx.sessionKey,
  sessionId: ctx.sessionId ?? null,
  runId: ctx.runId,
  toolCallId: ctx.toolCallId,
});

/**
 * Asks a person and waits. Returns the id of an allowed question, to be claimed with the same input right
 * before the deed; throws a refusal otherwise. A question nobody waits for any more is taken back.
 */
export async function askApproval(
  desk: ApprovalDesk,
  input: ApprovalInput,
  signal: AbortSignal,
): Promise<string> {
  const { id } = desk.request(input);
  const outcome = await desk.waitDecision(id, signal);
  if (outcome === undefined) {
    desk.withdraw(id);
    throw new ToolRefusal('The run was stopped before anybody decided.', { status: 'aborted' });
  }
  if (outcome.decision === 'deny') throw new ToolRefusal(refusalText(outcome), { status: 'approval-denied' });
  return id;
}

const REFUSALS: Record<ApprovalOutcome['reason'], string> = {
  decided:
    'A person looked at this and denied it. Do not try it again in another way; ask what to do instead.',
  expired: 'Nobody approved this in time, so it was denied. Say what you need it for, then ask again.',
  cancelled: 'The approval was taken back, so nothing was done.',
};

const refusalText = (outcome: ApprovalOutcome): string => REFUSALS[outcome.reason];

/** Uses an approval up. Throws a refusal when it was not given for exactly this. */
export function claimApproval(desk: ApprovalDesk, id: string, input: ApprovalInput): void {
  if (!desk.claim(id, input)) {
    throw new ToolRefusal('What was approved is not what would run now, so nothing was run.');
  }
}
