import type { Clock } from '../lib/clock.ts';
import type { RestartRequest, RestartTicket } from '../server/handlers/config.ts';
import type { HostRequests } from './host-requests.ts';

/** Takes restart requests that carry a delay, and lets one restart serve all that wait for it. */
export class RestartDesk {
  private readonly clock: Clock;
  private readonly requests: HostRequests;
  private pending: { dueAt: number; cancel: () => void } | undefined;

  constructor(clock: Clock, requests: HostRequests) {
    this.clock = clock;
    this.requests = requests;
  }

  /** The earliest of all requested times counts. */
  request({ reason, delayMs }: RestartRequest): RestartTicket {
    const dueAt = this.clock.now() + delayMs;
    const coalesced = this.pending !== undefined;
    if (!this.pending || dueAt < this.pending.dueAt) {
      this.pending?.cancel();
      this.pending = { dueAt, cancel: this.clock.after(delayMs, () => this.fire(reason)) };
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

  private fire(why: string): void {
    this.pending = undefined;
    this.requests.add({ kind: 'restart', why, manual: false });
  }
}
