import type { RunDesk } from '../runs/run-desk.ts';
import { type Ender, endable } from '../runs/run-ownership.ts';
import type { CallContext } from './context.ts';

export const enderOf = ({ connId, deviceId, scopes }: CallContext): Ender => ({
  connId,
  deviceId,
  isAdmin: scopes.includes('operator.admin'),
});

/**
 * Ends the runs of a session that `by` may end, or the one named, and resolves with their ids when they have said so
 * to everybody. Throws INVALID_REQUEST `unauthorized` when all of them are somebody else's.
 */
export async function abortRuns(
  desk: RunDesk,
  { key, runId }: { key: string; runId?: string | undefined },
  by: Ender,
): Promise<string[]> {
  const meant = desk
    .active()
    .filter((run) => run.sessionKey === key && (runId === undefined || run.runId === runId));
  const runIds = endable(meant, by).flatMap((run) => desk.abort(key, run.runId, 'rpc'));
  await desk.settled(runIds);
  return runIds;
}
