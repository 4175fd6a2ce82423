import { ERROR_TABLE, type ErrorCode, RpcError } from '../protocol/errors.ts';
import { isRecord } from './inbound-frame.ts';

export interface CloseInfo {
  code: number;
  reason: string;
}

/** Codes that only this side of the wire may report; a gateway that sends one is not believed. */
const LOCAL_CODES: readonly string[] = ['GATEWAY_TRANSPORT', 'GATEWAY_TIMEOUT'];

/** Text from a peer may end up on a terminal: control characters other than newline and tab go. */
const printable = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '');

/**
 * The error of a `res` frame. A code this program does not know becomes UNAVAILABLE, not retryable unless
 * the gateway says so, with the original in `details.code` (and a `details.code` of its own in `detailCode`).
 */
export function responseError(shape: unknown): RpcError {
  const { code, message, details, retryable, retryAfterMs } = isRecord(shape) ? shape : {};
  const given = typeof code === 'string' ? printable(code) : 'UNKNOWN';
  const text =
    typeof message === 'string' ? printable(message) : `The gateway answered with the error ${given}.`;
  const own = isRecord(details) ? details : undefined;
  const hints = {
    retryable: typeof retryable === 'boolean' ? retryable : undefined,
    retryAfterMs: typeof retryAfterMs === 'number' ? Math.max(0, retryAfterMs) : undefined,
  };
  if (isBelievable(given)) return new RpcError(given, text, own, hints);
  const kept = own?.code === undefined ? own : { ...own, detailCode: own.code };
  return new RpcError(
    'UNAVAILABLE',
    text,
    { ...kept, code: given },
    { ...hints, retryable: hints.retryable ?? false },
  );
}

const isBelievable = (code: string): code is ErrorCode =>
  Object.hasOwn(ERROR_TABLE, code) && !LOCAL_CODES.includes(code);

/** `gateway closed (1008): <reason>`; source: CLI page, failure texts. */
export function closeText(info: CloseInfo): string {
  const note = info.code === 1006 ? ' abnormal closure (no close frame)' : '';
  return `gateway closed (${info.code}${note}): ${printable(info.reason) || 'no close reason'}`;
}

/** The gateway closed the socket before it said hello. 1002 is its way to refuse the protocol range. */
export function closedEarly(info: CloseInfo): RpcError {
  const details = { kind: 'closed', reason: printable(info.reason), closeCode: info.code };
  return new RpcError('GATEWAY_TRANSPORT', closeText(info), details, { retryable: info.code !== 1002 });
}

/**
 * A call that lost its connection. `details.sent` tells whether the gateway may have received it: a call
 * that was never sent can be repeated without risk.
 */
export function closedDuringCall(info: CloseInfo, sent: boolean): RpcError {
  const details = { kind: 'closed', reason: printable(info.reason), closeCode: info.code, sent };
  return new RpcError('UNAVAILABLE', closeText(info), details, { retryable: true });
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

interface SystemError extends Error {
  code?: string;
  errors?: SystemError[];
}

/** No connection came about. `details.reason` is the text of the operating system. */
export function notReachable(
  url: string,
  cause: SystemError,
  hints: { retryAfterMs?: number } = {},
): RpcError {
  const first = cause.errors?.[0] ?? cause;
  const code = cause.code ?? first.code ?? first.message;
  const isUntrusted = CERTIFICATE.test(code);
  const advice = isUntrusted
    ? ' Its certificate is not trusted here: check it, or pin it by its SHA-256 fingerprint.'
    : '';
  const reason = first.message || code;
  return new RpcError(
    'GATEWAY_TRANSPORT',
    `Gateway not reachable at ${url} (${code}).${advice}`,
    { kind: 'closed', reason, ...(isUntrusted && { code: 'TLS_UNTRUSTED' }) },
    { cause, ...hints },
  );
}

/** The program at the address answered, but not as a gateway. */
export function notAGateway(url: string, reason: string): RpcError {
  return new RpcError(
    'GATEWAY_TRANSPORT',
    `The program at ${url} does not answer like an OpenClaw gateway (${reason}). Check the address and port.`,
    { kind: 'closed', reason },
  );
}

/** `isAsked`: the gateway has the connect request, so what is late is its answer. */
export function connectTimeout(url: string, timeoutMs: number, isAsked = false): RpcError {
  if (isAsked) {
    return new RpcError(
      'GATEWAY_TIMEOUT',
      `Gateway at ${url} took the connection but did not answer within ${timeoutMs} ms. After wrong credentials a gateway takes its time: check them, or allow more of it.`,
      { kind: 'timeout', timeoutMs, waitingFor: 'hello' },
    );
  }
  return new RpcError(
    'GATEWAY_TIMEOUT',
    `Gateway did not answer at ${url} within ${timeoutMs} ms. Check that it runs, or allow more time.`,
    { kind: 'timeout', timeoutMs },
  );
}

/** A session had no connection for as long as its caller was willing to wait. */
export function notConnected(timeoutMs: number, last: RpcError | undefined): RpcError {
  const problem = last ? ` The last attempt failed: ${last.message}` : '';
  return new RpcError(
    'GATEWAY_TIMEOUT',
    `There was no connection to the gateway within ${timeoutMs} ms.${problem} Check that it runs, or allow more time.`,
    { kind: 'timeout', timeoutMs },
    { cause: last },
  );
}

export function callTimeout(method: string, timeoutMs: number): RpcError {
  return new RpcError(
    'GATEWAY_TIMEOUT',
    `Gateway did not answer ${method} within ${timeoutMs} ms. It may still act on it; check before repeating.`,
    { kind: 'timeout', method, timeoutMs },
  );
}

/** `details.code` of an error, where the gateway says precisely what is wrong. */
export function detailCode(error: unknown): string | undefined {
  const code = error instanceof RpcError ? error.details?.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
