import type { Clock } from '../lib/clock.ts';

export interface WaitOptions<T> {
  clock: Clock;
  /** Milliseconds for all looks together. */
  timeoutMs: number;
  /** One look, which may take so many milliseconds. */
  look(timeoutMs: number): Promise<T>;
  isReady(seen: T): boolean;
}

export interface Waited<T> {
  ready: boolean;
  /** What was seen last, by a look that had the time it needed if there was one. */
  last: T;
  looks: number;
  waitedMs: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** A look at a gateway that is just starting may hang; another one a moment later does not. */
const LOOK_MS = 5_000;

/** Looks again and again, with longer and longer pauses, until it is ready or the time is over. */
export async function waitUntilReady<T>(options: WaitOptions<T>): Promise<Waited<T>> {
  const { clock, timeoutMs, look, isReady } = options;
  const began = clock.now();
  const left = (): number => timeoutMs - (clock.now() - began);
  let pauseMs = FIRST_PAUSE_MS;
  let last: T | undefined;
  for (let looks = 1; ; looks += 1) {
    const seen = await look(Math.max(1, Math.min(LOOK_MS, left())));
    const ready = isReady(seen);
    // A look that the end cut short would say of a gateway that refuses at leisure that it is silent.
    if (ready || left() > 0 || last === undefined) last = seen;
    if (ready || left() <= 0) return { ready, last, looks, waitedMs: clock.now() - began };
    await clock.sleep(Math.min(pauseMs, left()));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
