import { budgetKey } from '../lib/address.ts';
import type { Clock } from '../lib/clock.ts';

export type CredentialClass = 'shared' | 'device' | 'bootstrap';

export interface RateLimitSettings {
  maxAttempts: number;
  windowMs: number;
  lockoutMs: number;
  exemptLoopback: boolean;
}

/** Source: wire protocol, rate limit. */
export const DEFAULT_RATE_LIMIT: RateLimitSettings = {
  maxAttempts: 10,
  windowMs: 60_000,
  lockoutMs: 300_000,
  exemptLoopback: true,
};

export interface Attempt {
  address: string | undefined;
  /** A browser is never exempt, wherever it runs: any page can open a socket to localhost. */
  fromBrowser: boolean;
  /** Only such callers can be exempt: behind a proxy on this machine everybody has a loopback address. */
  directLocal: boolean;
}

interface Bucket {
  failures: number[];
  lockedUntil: number;
  /** When the last turn that an exempt caller took is over. */
  turnsUntil: number;
}

const FIRST_DELAY_MS = 250;
/** How long a guess waits after one, two … failures. */
const TURNS_MS = [500, 1_000, 2_000, 4_000, 5_000];
const LONGEST_WAIT_MS = 5_000;
const MAX_BUCKETS = 10_000;

/**
 * Counts wrong credentials per address and class. One instance serves every route that checks a secret. Too
 * many lock an address. Exempt callers are never locked: once one of them has failed, their guesses at the
 * shared secret are tried one after the other, each after a wait, which is taken before the comparison: a wait
 * after it would tell the right guess by its haste, and be escaped by hanging up.
 */
export class AuthRateLimiter {
  private readonly buckets = new Map<string, Bucket>();
  private readonly clock: Clock;
  private readonly settings: () => RateLimitSettings;

  constructor(clock: Clock, settings: () => RateLimitSettings) {
    this.clock = clock;
    this.settings = settings;
  }

  /** Milliseconds until this caller may try again; 0 when it may try now, or take a turn of a bearable wait. */
  lockedForMs(attempt: Attempt, kind: CredentialClass): number {
    const now = this.clock.now();
    if (this.exempt(attempt)) return Math.max(0, this.turnEnd(attempt, kind) - now - LONGEST_WAIT_MS);
    return Math.max(0, (this.buckets.get(key(attempt, kind))?.lockedUntil ?? 0) - now);
  }

  /** Takes the next turn and gives the milliseconds until then. Nobody gives a turn back. */
  takeTurnMs(attempt: Attempt, kind: CredentialClass): number {
    const now = this.clock.now();
    const end = this.turnEnd(attempt, kind);
    const bucket = this.buckets.get(key(attempt, kind));
    if (bucket) bucket.turnsUntil = end;
    return end - now;
  }

  /** `delayMs`: how long the answer to this failure has to wait. */
  fail(attempt: Attempt, kind: CredentialClass): { delayMs: number } {
    const now = this.clock.now();
    const { maxAttempts, lockoutMs } = this.settings();
    const bucket = this.bucket(key(attempt, kind));
    bucket.failures = this.recent(bucket);
    bucket.failures.push(now);
    if (this.exempt(attempt)) {
      return { delayMs: kind === 'shared' && bucket.failures.length === 1 ? FIRST_DELAY_MS : 0 };
    }
    if (bucket.failures.length >= maxAttempts) {
      bucket.lockedUntil = now + lockoutMs;
      bucket.failures = [];
    }
    return { delayMs: 0 };
  }

  succeed(attempt: Attempt, kind: CredentialClass): void {
    this.buckets.delete(key(attempt, kind));
  }

  private exempt(attempt: Attempt): boolean {
    return this.settings().exemptLoopback && !attempt.fromBrowser && attempt.directLocal;
  }

  private turnEnd(attempt: Attempt, kind: CredentialClass): number {
    const now = this.clock.now();
    const bucket = this.buckets.get(key(attempt, kind));
    const failures = bucket ? this.recent(bucket).length : 0;
    if (!bucket || failures === 0 || kind !== 'shared' || !this.exempt(attempt)) return now;
    return Math.max(now, bucket.turnsUntil) + (TURNS_MS[failures - 1] ?? LONGEST_WAIT_MS);
  }

  private recent({ failures }: Bucket): number[] {
    const since = this.clock.now() - this.settings().windowMs;
    return failures.filter((at) => at > since);
  }

  private bucket(id: string): Bucket {
    let bucket = this.buckets.get(id);
    if (!bucket) {
      if (this.buckets.size >= MAX_BUCKETS) this.prune();
      bucket = { failures: [], lockedUntil: 0, turnsUntil: 0 };
      this.buckets.set(id, bucket);
    }
    return bucket;
  }

  /** Forgets idle buckets first; when an attacker fills the table with live ones, the oldest go. */
  private prune(): void {
    const now = this.clock.now();
    const { windowMs } = this.settings();
    for (const [id, bucket] of this.buckets) {
      const idle = bucket.lockedUntil <= now && (bucket.failures.at(-1) ?? 0) <= now - windowMs;
      if (idle) this.buckets.delete(id);
    }
    for (const id of this.buckets.keys()) {
      if (this.buckets.size < MAX_BUCKETS) break;
      this.buckets.delete(id);
    }
  }
}

function key(attempt: Attempt, kind: CredentialClass): string {
  return `${kind}|${attempt.fromBrowser ? 'browser|' : ''}${budgetKey(attempt.address)}`;
}
