import type { Clock } from '../lib/clock.ts';

/** Milliseconds: until the first sign of life, between two of them, and altogether. */
export interface WaitLimits {
  firstMs: number;
  idleMs: number;
  totalMs: number;
}

export type WaitLimit = 'first' | 'idle' | 'total';

export interface Watchdog {
  /** A sign of life. Costs next to nothing, so it may be called for every chunk. */
  touch(): void;
  stop(): void;
}

/** Calls `expire` once when a limit is passed. */
export function startWatchdog(
  clock: Clock,
  limits: WaitLimits,
  expire: (limit: WaitLimit, waitedMs: number) => void,
): Watchdog {
  const startedAt = clock.now();
  let seenAt: number | undefined;
  let cancel = (): void => {};
  const next = (): { limit: WaitLimit; at: number; waitedMs: number } => {
    const alive =
      seenAt === undefined
        ? { limit: 'first' as const, at: startedAt + limits.firstMs, waitedMs: limits.firstMs }
        : { limit: 'idle' as const, at: seenAt + limits.idleMs, waitedMs: limits.idleMs };
    const total = { limit: 'total' as const, at: startedAt + limits.totalMs, waitedMs: limits.totalMs };
    return total.at <= alive.at ? total : alive;
  };
  const arm = (): void => {
    cancel = clock.after(Math.max(1, next().at - clock.now()), () => {
      const due = next();
      if (clock.now() >= due.at) expire(due.limit, due.waitedMs);
      else arm();
    });
  };
  arm();
  return {
    touch: () => {
      // The first sign of life may bring the end nearer: the idle limit is often the shorter one.
      const isFirst = seenAt === undefined;
      seenAt = clock.now();
      if (!isFirst) return;
      cancel();
      arm();
    },
    stop: () => cancel(),
  };
}
