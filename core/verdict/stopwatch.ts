import type { Clock } from '../lib/clock.ts';
import type { Evidence } from './evidence.ts';

/** Notes when each look began and ended, in milliseconds after its own start; this makes the waterfall. */
export interface Stopwatch {
  now(): number;
  /** The look with its times. */
  time(look: () => Promise<Evidence>): Promise<Evidence>;
}

export function startStopwatch(clock: Clock): Stopwatch {
  const began = clock.now();
  const now = (): number => Math.max(0, clock.now() - began);
  return {
    now,
    async time(look) {
      const startMs = now();
      const evidence = await look();
      return { ...evidence, startMs, ms: now() - startMs };
    },
  };
}
