import type { Clock } from '../lib/clock.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/frames.ts';

interface Entry {
  digest: string;
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

  /** `digest` stands for the params; a key that was used with others rejects with INVALID_REQUEST. */
  async run(key: string, digest: string, work: () => Promise<unknown>): Promise<unknown> {
    const now = this.clock.now();
    const known = this.entries.get(key);
    if (known && known.expiresAt > now) {
      if (known.digest === digest) return known.outcome;
      throw invalidRequest('idempotencyKey was used before with other params; choose a new one');
    }
    this.evict(now);
    const outcome = work();
    this.entries.set(key, { digest, outcome, expiresAt: now + LIMITS.dedupeTtlMs });
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
