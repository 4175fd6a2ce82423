import { canonicalAddress } from '../lib/address.ts';
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
}

/** What a failure costs: a wait before the answer (exempt callers) or a lock (all others). */
export type Penalty = { delayMs: number };

const DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 5_000];
const MAX_BUCKETS = 10_000;

/** Counts wrong credentials per address and class. One instance serves every route that checks a secret. */
export class AuthRateLimiter {
  private readonly buckets = new Map<string, Bucket>();
  private readonly clock: Clock;
  private readonly settings: () => RateLimitSettings;

  constructor(clock: Clock, settings: () => RateLimitSettings) {
    this.clock = clock;
    this.settings = settings;
  }

  /** Milliseconds until this caller may try again; 0 when it may try now. */
  lockedForMs(attempt: Attempt, kind: CredentialClass): number {
    if (this.exempt(attempt)) return 0;
    const bucket = this.buckets.get(key(attempt, kind));
    return Math.max(0, (bucket?.lockedUntil ?? 0) - this.clock.now());
  }

  fail(attempt: Attempt, kind: CredentialClass): Penalty {
    const now = this.clock.now();
    const { windowMs, maxAttempts, lockoutMs } = this.settings();
    const bucket = this.bucket(key(attempt, kind));
    bucket.failures = bucket.failures.filter((at) => at > now - windowMs);
    bucket.failures.push(now);
    if (this.exempt(attempt)) {
      const step = Math.min(bucket.failures.length, DELAYS_MS.length) - 1;
      return { delayMs: kind === 'shared' ? (DELAYS_MS[step] ?? 0) : 0 };
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

  private bucket(id: string): Bucket {
    let bucket = this.buckets.get(id);
    if (!bucket) {
      if (this.buckets.size >= MAX_BUCKETS) this.prune();
      bucket = { failures: [], lockedUntil: 0 };
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
  return `${kind}|${attempt.fromBrowser ? 'browser|' : ''}${canonicalAddress(attempt.address) ?? 'unknown'}`;
}
