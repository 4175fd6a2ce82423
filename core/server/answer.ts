import type { Logger } from '../lib/log.ts';
import { type ErrorCode, RpcError } from '../protocol/errors.ts';
import type { ErrorShape, RequestFrame, ResponseFrame } from '../protocol/frames.ts';
import type { Dialect } from './dialect.ts';
import type { WsLog } from './ws-log.ts';

/** What of an error a peer may see: nothing of one that we did not mean to send. */
export function errorShape(error: unknown): ErrorShape {
  if (!(error instanceof RpcError) || error.code === 'INTERNAL') {
    return { code: 'UNAVAILABLE', message: 'internal error', details: { code: 'INTERNAL' } };
  }
  const { code, message, details, retryable, retryAfterMs } = error;
  return {
    code: wireCode(code),
    message,
    ...(details === undefined ? {} : { details }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
  };
}

const WIRE_CODES = new Set<ErrorCode>(['INVALID_REQUEST', 'NOT_PAIRED', 'FORBIDDEN', 'UNAVAILABLE']);

/** Troubles of our own; the client did nothing wrong and may come again. */
const OURS = new Set<ErrorCode>(['STORE_UNUSABLE', 'SECRET_UNRESOLVED']);

function wireCode(code: ErrorCode): ErrorCode {
  if (WIRE_CODES.has(code)) return code;
  return OURS.has(code) ? 'UNAVAILABLE' : 'INVALID_REQUEST';
}

export interface AnswerLog {
  log: Logger;
  wsLog: WsLog;
  connId: string;
}

/**
 * Runs `work` for a request and gives back the frame to send. The only place where an exception becomes a
 * frame, and where a request is logged.
 */
export async function answer(
  request: Pick<RequestFrame, 'id' | 'method'>,
  dialect: Dialect,
  { log, wsLog, connId }: AnswerLog,
  work: () => Promise<unknown>,
): Promise<{ frame: ResponseFrame; error?: unknown }> {
  const startedAt = performance.now();
  const done = { direction: 'out', kind: 'res', method: request.method, connId, id: request.id } as const;
  try {
    const payload = dialect.result(request.method, await work());
    wsLog({ ...done, ok: true, ms: performance.now() - startedAt });
    return { frame: { type: 'res', id: request.id, ok: true, payload } };
  } catch (error) {
    const shape = errorShape(error);
    if (shape.details?.code === 'INTERNAL') {
      log.error('request failed', { method: request.method, error: describeForLog(error) });
    }
    const ms = performance.now() - startedAt;
    wsLog({ ...done, ok: false, ms, errorCode: shape.code, errorMessage: shape.message });
    const payload = error instanceof RpcError && error.payload ? { payload: error.payload } : {};
    return {
      frame: { type: 'res', id: request.id, ok: false, ...payload, error: dialect.error(shape) },
      error,
    };
  }
}

function describeForLog(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.stack ?? error.message}${cause}`;
}
