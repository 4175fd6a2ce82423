import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventLoopMonitor } from './event-loop.ts';

/** Keeps the processor busy in one go. */
function block(ms: number): void {
  const end = process.hrtime.bigint() + BigInt(ms) * 1_000_000n;
  while (process.hrtime.bigint() < end);
}

const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the event loop monitor', () => {
  let monitor: EventLoopMonitor;
  let offset = 0;
  beforeEach(() => {
    const real = performance.now.bind(performance);
    offset = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => real() + offset);
    monitor = new EventLoopMonitor();
  });
  afterEach(() => {
    monitor.close();
    vi.restoreAllMocks();
  });

  it('says nothing of less than a second', () => {
    const reading = monitor.read();
    expect(reading).toMatchObject({ degraded: false, intervalMs: 0, delayMaxMs: 0 });
    expect(monitor.read()).toBe(reading);
  });

  it('measures from reading to reading', () => {
    offset += 5_000;
    const first = monitor.read();
    expect(first.intervalMs).toBeGreaterThanOrEqual(5_000);
    expect(first.utilization).toBeGreaterThanOrEqual(0);
    expect(first.utilization).toBeLessThanOrEqual(1);
    offset += 500;
    expect(monitor.read()).toBe(first);
    offset += 1_500;
    const second = monitor.read();
    expect(second.intervalMs).toBeGreaterThanOrEqual(2_000);
    expect(second.intervalMs).toBeLessThan(5_000);
  });

  it('can be looked at in between, which hides nothing from the next reading', async () => {
    expect(monitor.look()).toMatchObject({ intervalMs: 0, delayMaxMs: 0 });
    await turns(50);
    block(400);
    await turns(50);
    offset += 2_000;
    const look = monitor.look();
    expect(look.delayMaxMs).toBeGreaterThan(250);
    expect(look.delayP99Ms).toBeLessThanOrEqual(look.delayMaxMs);
    expect(monitor.look()).toBe(look);
    offset += 2_000;
    expect(monitor.look().delayMaxMs).toBeLessThan(look.delayMaxMs);
    expect(monitor.read().delayMaxMs).toBeGreaterThanOrEqual(look.delayMaxMs);
  });

  it('calls a loop degraded that stood still, since when, and sound again when it is', async () => {
    await turns(50);
    block(400);
    await turns(50);
    offset += 2_000;
    const bad = monitor.read();
    expect(bad).toMatchObject({ degraded: true, degradedSinceMs: 0 });
    expect(bad.reasons).toContain('event_loop_delay');
    expect(bad.delayMaxMs).toBeGreaterThan(250);
    await turns(50);
    offset += 2_000;
    const good = monitor.read();
    expect(good.reasons).not.toContain('event_loop_delay');
  });
});
