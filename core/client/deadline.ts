import type { Clock } from '../lib/clock.ts';

/** The longest delay a Node timer takes; longer ones would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Calls `expired` after `ms`; an infinite deadline never does. Returns the cancel function. */
export function startDeadline(clock: Clock, ms: number, expired: () => void): () => void {
  return ms === Number.POSITIVE_INFINITY ? () => {} : clock.after(Math.min(ms, LONGEST_TIMER_MS), expired);
}

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds; Infinity for none. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** What the caller is told when time is up. */
  onTimeout: () => Error;
}

/**
 * Runs `task` with a signal that aborts when time is up or the outer signal does. Rejects with the reason
 * of that signal (for the outer one: the reason its owner gave) even when `task` does not notice.
 */
export async function withinDeadline<T>(
  options: DeadlineOptions,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const outer = options.signal;
  outer?.throwIfAborted();
  const inner = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    inner.signal.addEventListener('abort', () => reject(inner.signal.reason), { once: true });
  });
  const forward = () => inner.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  const cancel = startDeadline(options.clock, options.timeoutMs, () => inner.abort(options.onTimeout()));
  try {
    return await Promise.race([task(inner.signal), aborted]);
  } finally {
    cancel();
    outer?.removeEventListener('abort', forward);
  }
}
