import { ERROR_TABLE, RpcError } from '../protocol/errors.ts';
import { detailCode } from './gateway-failure.ts';

export const BACKOFF = {
  firstMs: 1_000,
  longestMs: 30_000,
  /** Nobody is asked more often than this, whatever a gateway suggests. */
  shortestHintMs: 250,
  longestHintMs: 600_000,
  /** For a lock-out of unknown length; the window in which a gateway counts failures. */
  rateLimitedMs: 60_000,
  /** Between two looks whether a device has been approved. */
  pairingMs: 10_000,
} as const;

export type Verdict =
  | { kind: 'retry' /** Milliseconds, when the gateway or the failure names them. */; afterMs?: number }
  | { kind: 'pairing'; requestId: string | undefined }
  | { kind: 'stop' };

/**
 * Milliseconds before the given attempt (1 is the first after a failure): 1 s doubling to 30 s, of which
 * the second half is left to chance so that clients do not come back all at once. `random` is in [0, 1).
 */
export function backoffDelay(failures: number, random: number): number {
  const full = Math.min(BACKOFF.firstMs * 2 ** Math.min(failures - 1, 16), BACKOFF.longestMs);
  return Math.round(full / 2 + (full / 2) * random);
}

/** Milliseconds for a wait the gateway asked for: never shorter than that, at most a tenth longer. */
export function hintedDelay(afterMs: number, random: number): number {
  const wanted = Math.min(Math.max(afterMs, BACKOFF.shortestHintMs), BACKOFF.longestHintMs);
  return Math.round(wanted * (1 + 0.1 * random));
}

/** What a failed attempt means for the next one. Whoever must act (a wrong secret, a pairing) is not asked again. */
export function verdictOn(error: unknown): Verdict {
  if (!(error instanceof RpcError)) return { kind: 'stop' };
  const code = detailCode(error);
  if (code === 'AUTH_RATE_LIMITED')
    return { kind: 'retry', afterMs: error.retryAfterMs ?? BACKOFF.rateLimitedMs };
  if (code === 'PAIRING_REQUIRED') return pairing(error);
  const retryable = error.retryable ?? error.details?.retryable ?? ERROR_TABLE[error.code].retryable;
  if (retryable !== true) return { kind: 'stop' };
  return error.retryAfterMs === undefined
    ? { kind: 'retry' }
    : { kind: 'retry', afterMs: error.retryAfterMs };
}

/** Some pairings are decided without anybody's help; the gateway says so. */
function pairing(error: RpcError): Verdict {
  if (error.details?.retryable === true)
    return { kind: 'retry', afterMs: error.retryAfterMs ?? BACKOFF.pairingMs };
  const requestId = error.details?.requestId;
  return { kind: 'pairing', requestId: typeof requestId === 'string' ? requestId : undefined };
}
