import { afterEach, describe, expect, it } from 'vitest';
import { agentRoster } from '../agents/roster.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { EventLoopMonitor } from './event-loop.ts';
import { HealthCache, healthSummary } from './health.ts';

const eventLoop = new EventLoopMonitor();
afterEach(() => eventLoop.close());

function sources(config: Record<string, unknown> = {}, heartbeats = true) {
  return {
    clock: new FakeClock(),
    eventLoop,
    roster: () => agentRoster(config, '/workspace'),
    sessionsOf: (agentId: string) => ({ path: `/sessions/${agentId}`, count: 2, recent: [] }),
    heartbeatsEnabled: () => heartbeats,
    reloadStatus: () => 'active' as const,
  };
}

describe('the health summary', () => {
  it('tells of every agent, and of the default one again', () => {
    const agents = {
      list: [
        { id: 'a', name: 'Ann' },
        { id: 'b', default: true, heartbeat: { every: '1h' } },
      ],
    };
    const summary = healthSummary(sources({ agents }));
    expect(summary).toMatchObject({
      ok: true,
      defaultAgentId: 'b',
      heartbeatSeconds: 3_600,
      sessions: { path: '/sessions/b', count: 2 },
      agents: [
        { agentId: 'a', name: 'Ann', isDefault: false, heartbeat: { every: '30m', everyMs: 1_800_000 } },
        { agentId: 'b', isDefault: true, heartbeat: { enabled: true, every: '1h' } },
      ],
    });
  });

  it('shows heartbeats as off when they are turned off', () => {
    expect(healthSummary(sources({}, false))).toMatchObject({
      heartbeatSeconds: 0,
      agents: [{ heartbeat: { enabled: false, every: 'disabled', everyMs: null } }],
    });
  });
});

describe('the health cache', () => {
  it('keeps the last summary, counts from one, and announces each new one', () => {
    const given = sources();
    const announced: unknown[] = [];
    const cache = new HealthCache(given, (health) => announced.push(health));
    const first = cache.current;
    expect(cache.version).toBe(1);
    given.clock.advance(1_000);
    expect(cache.current).toBe(first);
    const second = cache.refresh();
    expect(second.ts - first.ts).toBe(1_000);
    expect(cache.current).toBe(second);
    expect(cache.version).toBe(2);
    expect(announced).toEqual([second]);
  });
});
