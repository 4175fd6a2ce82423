import { invalidRequest } from '../protocol/errors.ts';
import type { RunIdentity } from './run-event.ts';

/** Who starts a run, or wants one to end: the device it proved to be, else its connection. */
export interface Requester {
  connId: string;
  deviceId?: string | undefined;
}

/** One who asks for runs to end. An admin may end any. */
export interface Ender extends Requester {
  isAdmin: boolean;
}

/** Runs that no client began, such as those of a tool, belong to everybody. */
function mayEnd({ owner }: RunIdentity, by: Ender): boolean {
  if (by.isAdmin || owner === undefined || owner.connId === by.connId) return true;
  return owner.deviceId !== undefined && owner.deviceId === by.deviceId;
}

/** Those of the runs that `by` may end. Throws INVALID_REQUEST when there are runs and none of them is. */
export function endable<T extends RunIdentity>(runs: readonly T[], by: Ender): T[] {
  const own = runs.filter((run) => mayEnd(run, by));
  if (own.length === 0 && runs.length > 0) throw refusal();
  return own;
}

/** Throws INVALID_REQUEST when there is one among the runs that `by` may not end. */
export function needEndable(runs: readonly RunIdentity[], by: Ender | undefined): void {
  if (by && !runs.every((run) => mayEnd(run, by))) throw refusal();
}

const refusal = () =>
  invalidRequest(
    'unauthorized: another client started this run; only that client, its device or one with operator.admin can end it',
    { code: 'RUN_OF_ANOTHER_CLIENT' },
  );
