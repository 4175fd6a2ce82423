import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How well this process keeps up; milliseconds and ratios from 0 to 1. Shape: the v4 health summary. */
export interface EventLoopHealth {
  degraded: boolean;
  degradedSinceMs: number | null;
  reasons: ('event_loop_delay' | 'event_loop_utilization' | 'cpu')[];
  intervalMs: number;
  delayP99Ms: number;
  delayMaxMs: number;
  utilization: number;
  cpuCoreRatio: number;
}

/** The last second or more, for whoever draws it: how much later than asked timers fired. */
export type EventLoopNow = Pick<EventLoopHealth, 'intervalMs' | 'delayP99Ms' | 'delayMaxMs' | 'utilization'>;

interface Delays {
  p99: number;
  max: number;
}

const NO_DELAYS: Delays = { p99: 0, max: 0 };

const RESOLUTION_MS = 20;
const DELAY_LIMIT_MS = 250;
const UTILIZATION_LIMIT = 0.95;

/** A shorter look says more about the moment than about the process. */
const MIN_INTERVAL_MS = 1_000;

const UNMEASURED: EventLoopHealth = {
  degraded: false,
  degradedSinceMs: null,
  reasons: [],
  intervalMs: 0,
  delayP99Ms: 0,
  delayMaxMs: 0,
  utilization: 0,
  cpuCoreRatio: 0,
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Measures since the previous reading, so a reading describes the recent past; looks in between take nothing from it. */
export class EventLoopMonitor {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();
  private cpu = process.cpuUsage();
  private readAt = performance.now();
  private degradedAt: number | undefined;
  private latest: EventLoopHealth = UNMEASURED;
  /** What looks since the last reading have seen. */
  private seen: Delays = NO_DELAYS;
  private lookUtilization = this.utilization;
  private lookedAt = this.readAt;
  private latestLook: EventLoopNow = { intervalMs: 0, delayP99Ms: 0, delayMaxMs: 0, utilization: 0 };

  constructor() {
    this.histogram.enable();
  }

  read(): EventLoopHealth {
    const now = performance.now();
    const intervalMs = now - this.readAt;
    if (intervalMs < MIN_INTERVAL_MS) return this.latest;
    this.latest = this.measure(now, intervalMs);
    return this.latest;
  }

  /** How it is now; the same answer for a second, however many ask. */
  look(): EventLoopNow {
    const now = performance.now();
    const intervalMs = now - this.lookedAt;
    if (intervalMs < MIN_INTERVAL_MS) return this.latestLook;
    const delays = this.delays();
    const { utilization } = performance.eventLoopUtilization(this.lookUtilization);
    this.seen = worse(this.seen, delays);
    this.histogram.reset();
    this.lookUtilization = performance.eventLoopUtilization();
    this.lookedAt = now;
    this.latestLook = {
      intervalMs: Math.round(intervalMs),
      delayP99Ms: round(late(delays.p99), 1),
      delayMaxMs: round(late(delays.max), 1),
      utilization: round(utilization, 3),
    };
    return this.latestLook;
  }

  close(): void {
    this.histogram.disable();
  }

  private measure(now: number, intervalMs: number): EventLoopHealth {
    const utilization = performance.eventLoopUtilization(this.utilization).utilization;
    const used = process.cpuUsage(this.cpu);
    const delays = worse(this.seen, this.delays());
    const reasons = reasonsFor(delays.max, utilization);
    this.degradedAt = reasons.length > 0 ? (this.degradedAt ?? now) : undefined;
    this.restart(now);
    return {
      degraded: reasons.length > 0,
      degradedSinceMs: this.degradedAt === undefined ? null : Math.round(now - this.degradedAt),
      reasons,
      intervalMs: Math.round(intervalMs),
      delayP99Ms: round(delays.p99, 1),
      delayMaxMs: round(delays.max, 1),
      utilization: round(utilization, 3),
      cpuCoreRatio: round((used.user + used.system) / 1000 / intervalMs, 3),
    };
  }

  private delays(): Delays {
    if (this.histogram.count === 0) return NO_DELAYS;
    return { p99: this.histogram.percentile(99) / 1e6, max: this.histogram.max / 1e6 };
  }

  private restart(now: number): void {
    this.histogram.reset();
    this.seen = NO_DELAYS;
    this.utilization = performance.eventLoopUtilization();
    this.cpu = process.cpuUsage();
    this.readAt = now;
  }
}

/** The histogram counts the time between two timers, which is never less than they were asked for. */
const late = (ms: number): number => Math.max(0, ms - RESOLUTION_MS);

/** The 99th percentile of both together is at most the larger of the two. */
const worse = (one: Delays, other: Delays): Delays => ({
  p99: Math.max(one.p99, other.p99),
  max: Math.max(one.max, other.max),
});

function reasonsFor(delayMaxMs: number, utilization: number): EventLoopHealth['reasons'] {
  const reasons: EventLoopHealth['reasons'] = [];
  if (delayMaxMs > DELAY_LIMIT_MS) reasons.push('event_loop_delay');
  if (utilization > UTILIZATION_LIMIT) reasons.push('event_loop_utilization');
  return reasons;
}
