import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../protocol/frames.ts';

interface Entry {
  outcome: Promise<unknown>;
  expiresAt: number;
}

/**
 * Remembers outcomes by key, so that a request sent again after a lost answer is not carried out twice.
 * Failures are forgotten at once: they may be tried again. Source: wire protocol, idempotency.
 */
export class IdempotencyCache {
  private readonly entries = new Map<string, Entry>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  run(key: string, work: () => Promise<unknown>): Promise<unknown> {
    const now = this.clock.now();
    const known = this.entries.get(key);
    if (known && known.expiresAt > now) return known.outcome;
    this.evict(now);
    const outcome = work();
    this.entries.set(key, { outcome, expiresAt: now + LIMITS.dedupeTtlMs });
    outcome.catch(() => {
      if (this.entries.get(key)?.outcome === outcome) this.entries.delete(key);
    });
    return outcome;
  }

  /** Insertion order is age order, so the first live entry ends the search. */
  private evict(now: number): void {
    for (const [key, entry] of this.entries) {
      if (entry.expiresAt > now && this.entries.size < LIMITS.dedupeEntries) break;
      this.entries.delete(key);
    }
  }
}
