import type { CallError } from '../bridge.ts';
import { useSay } from '../state.ts';
import { problemMessages } from '../words/problem-messages.ts';

const NEXT = {
  UNAVAILABLE: 'unavailable',
  GATEWAY_TIMEOUT: 'timeout',
  FORBIDDEN: 'forbidden',
  STORE_UNUSABLE: 'store',
  INVALID_REQUEST: 'request',
  BAD_ARGUMENT: 'request',
} as const;

/** What was refused, its stable code, and what to do next. */
export function CallProblem({ error }: { error: Pick<CallError, 'code' | 'message'> }) {
  const say = useSay(problemMessages);
  const next = Object.hasOwn(NEXT, error.code) ? NEXT[error.code as keyof typeof NEXT] : 'other';
  return (
    <p className="problem" role="alert">
      {error.message} <code>{error.code}</code> <span className="quiet">{say(next)}</span>
    </p>
  );
}
