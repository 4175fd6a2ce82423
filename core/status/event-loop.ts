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

/** Measures since the previous reading, so a reading describes the recent past. */
export class EventLoopMonitor {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();
  private cpu = process.cpuUsage();
  private readAt = performance.now();
  private degradedAt: number | undefined;
  private latest: EventLoopHealth = UNMEASURED;

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

  close(): void {
    this.histogram.disable();
  }

  private measure(now: number, intervalMs: number): EventLoopHealth {
    const utilization = performance.eventLoopUtilization(this.utilization).utilization;
    const used = process.cpuUsage(this.cpu);
    const delays = this.delays();
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

  private delays(): { p99: number; max: number } {
    if (this.histogram.count === 0) return { p99: 0, max: 0 };
    return { p99: this.histogram.percentile(99) / 1e6, max: this.histogram.max / 1e6 };
  }

  private restart(now: number): void {
    this.histogram.reset();
    this.utilization = performance.eventLoopUtilization();
    this.cpu = process.cpuUsage();
    this.readAt = now;
  }
}

function reasonsFor(delayMaxMs: number, utilization: number): EventLoopHealth['reasons'] {
  const reasons: EventLoopHealth['reasons'] = [];
  if (delayMaxMs > DELAY_LIMIT_MS) reasons.push('event_loop_delay');
  if (utilization > UTILIZATION_LIMIT) reasons.push('event_loop_utilization');
  return reasons;
}
