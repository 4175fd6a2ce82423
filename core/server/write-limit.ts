import type { Clock } from '../lib/clock.ts';
import type { MethodName } from '../protocol/contract.ts';
import { RpcError } from '../protocol/errors.ts';

const LIMITED: ReadonlySet<MethodName> = new Set<MethodName>([
  'config.set',
  'config.patch',
  'config.apply',
  'gateway.restart.request',
]);
const WRITES_PER_WINDOW = 30;
const WINDOW_MS = 60_000;
const MAX_WINDOWS = 1_000;

/** Counts the calls that rewrite or restart the gateway, per caller and method. Source: methods, config. */
export class WriteLimiter {
  private readonly windows = new Map<string, { left: number; endsAt: number }>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Throws UNAVAILABLE with `retryAfterMs` when the caller has had its share; `caller` is any text that tells it from others. */
  take(method: MethodName, caller: string): void {
    if (!LIMITED.has(method)) return;
    const now = this.clock.now();
    const window = this.windowOf(`${method} ${caller}`, now);
    if (window.left === 0) throw exceeded(method, window.endsAt - now);
    window.left -= 1;
  }

  private windowOf(key: string, now: number): { left: number; endsAt: number } {
    const known = this.windows.get(key);
    if (known && known.endsAt > now) return known;
    this.windows.delete(key);
    this.evict(now);
    const window = { left: WRITES_PER_WINDOW, endsAt: now + WINDOW_MS };
    this.windows.set(key, window);
    return window;
  }

  /** Insertion order is age order, so the first live window ends the search. */
  private evict(now: number): void {
    for (const [key, { endsAt }] of this.windows) {
      if (endsAt > now && this.windows.size < MAX_WINDOWS) break;
      this.windows.delete(key);
    }
  }
}

function exceeded(method: MethodName, retryAfterMs: number): RpcError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  const message = `rate limit exceeded for ${method}; retry after ${seconds}s`;
  return new RpcError('UNAVAILABLE', message, undefined, { retryable: true, retryAfterMs });
}
