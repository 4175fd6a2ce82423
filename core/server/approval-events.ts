import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { PendingApproval } from '../approvals/pending-approvals.ts';
import type { Json } from '../lib/json.ts';
import type { Broadcaster } from './broadcast.ts';

/** Tells those who may decide of every question and of its end. Returns what stops it. */
export function announceApprovals(desk: ApprovalDesk, broadcaster: Broadcaster): () => void {
  const stops = [
    desk.onRequested((pending) => broadcaster.emit('exec.approval.requested', approvalRow(pending))),
    desk.onResolved(({ id, decision, resolvedBy, ts }, pending) =>
      broadcaster.emit('exec.approval.resolved', {
        id,
        decision,
        resolvedBy,
        ts,
        request: requestView(pending),
      }),
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** A question as `exec.approval.list` and the event show it. */
export function approvalRow(pending: PendingApproval) {
  const { id, createdAtMs, expiresAtMs } = pending;
  return { approvalKind: 'exec' as const, id, request: requestView(pending), createdAtMs, expiresAtMs };
}

/** Names that clients expect and this gateway has nothing to say under are null. */
function requestView({ request, allowedDecisions }: PendingApproval) {
  const envKeys = Object.keys(request.env ?? {}).sort();
  const nothing: Json = {
    systemRunBinding: null,
    systemRunPlan: null,
    scope: null,
    turnSourceChannel: null,
    turnSourceTo: null,
    turnSourceAccountId: null,
    turnSourceThreadId: null,
  };
  return { ...nothing, ...request, ...(envKeys.length > 0 && { envKeys }), allowedDecisions };
}
