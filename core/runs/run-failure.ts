import { ModelError } from '../models/model-error.ts';
import { RpcError } from '../protocol/errors.ts';
import type { RunStatus } from '../sessions/session-types.ts';
import type { RunEnd } from './run-event.ts';
import type { Progress } from './turn.ts';

export function abortOrigin(signal: AbortSignal): 'rpc' | 'timeout' | 'shutdown' {
  return signal.reason === 'timeout' || signal.reason === 'shutdown' ? signal.reason : 'rpc';
}

/** How a run ends that did not come to its end. */
export function failure(
  error: unknown,
  signal: AbortSignal,
  startedAt: number,
  endedAt: number,
  progress: Progress,
): RunEnd {
  if (signal.aborted)
    return { type: 'aborted', startedAt, endedAt, origin: abortOrigin(signal), text: progress.text };
  const times = { startedAt, endedAt };
  if (!(error instanceof ModelError)) {
    const message = error instanceof RpcError ? error.message : 'internal error';
    return {
      type: 'error',
      ...times,
      message,
      detail: { kind: error instanceof RpcError ? 'store' : 'internal' },
    };
  }
  const { kind, provider, model, status } = error;
  const detail = { kind, provider, model, ...(status === undefined ? {} : { httpStatus: status }) };
  return { type: 'error', ...times, message: error.message, detail };
}

/** The same as the transcript keeps it. */
export function endStatus(end: RunEnd): RunStatus {
  if (end.type !== 'aborted') return end.type === 'error' ? 'error' : 'ok';
  return end.origin === 'timeout' ? 'timeout' : 'aborted';
}
