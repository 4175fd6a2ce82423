import type { Clock } from '../lib/clock.ts';
import type { RestartRequest, RestartTicket } from '../server/handlers/config.ts';

/** Takes restart requests from wherever they come, and lets one restart serve all that wait for it. */
export class RestartDesk {
  private readonly clock: Clock;
  private pending: { reason: string; dueAt: number; cancel: () => void } | undefined;
  private listener: ((reason: string) => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  listen(listener: (reason: string) => void): void {
    this.listener = listener;
  }

  /** The earliest of all requested times counts. */
  request({ reason, delayMs }: RestartRequest): RestartTicket {
    const dueAt = this.clock.now() + delayMs;
    const coalesced = this.pending !== undefined;
    if (!this.pending || dueAt < this.pending.dueAt) {
      this.pending?.cancel();
      const cancel = this.clock.after(delayMs, () => this.fire(reason));
      this.pending = { reason, dueAt, cancel };
    }
    return {
      ok: true,
      pid: process.pid,
      signal: 'SIGUSR2',
      delayMs,
      reason,
      mode: 'emit',
      coalesced,
      cooldownMsApplied: 0,
    };
  }

  /** Forgets what waits: a restart that is carried out serves it too. */
  clear(): void {
    this.pending?.cancel();
    this.pending = undefined;
  }

  private fire(reason: string): void {
    this.pending = undefined;
    this.listener?.(reason);
  }
}
