import type { Roster } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { EventLoopMonitor } from './event-loop.ts';

/** What the sessions of an agent look like from outside. */
export interface SessionsSummary {
  path: string;
  count: number;
  recent: { key: string; updatedAt: number; age: number }[];
}

export interface HealthSources {
  clock: Clock;
  eventLoop: EventLoopMonitor;
  roster(): Roster;
  sessionsOf(agentId: string): SessionsSummary;
  heartbeatsEnabled(): boolean;
  reloadStatus(): 'active' | 'disabled';
}

export type Health = ReturnType<typeof healthSummary>;

/** Takes the health summary now. Shape: methods, health; `ts` is epoch milliseconds. */
export function healthSummary(sources: HealthSources) {
  const startedAt = performance.now();
  const roster = sources.roster();
  const enabled = sources.heartbeatsEnabled();
  const agents = roster.agents.map((agent) => ({
    agentId: agent.id,
    ...(agent.name === undefined ? {} : { name: agent.name }),
    isDefault: agent.id === roster.defaultId,
    heartbeat: enabled
      ? { ...agent.heartbeat }
      : { ...agent.heartbeat, enabled: false, every: 'disabled', everyMs: null },
    sessions: { ...sources.sessionsOf(agent.id) },
  }));
  const main = agents.find((agent) => agent.isDefault) ?? agents[0];
  return {
    ok: true as const,
    ts: sources.clock.now(),
    durationMs: Math.round(performance.now() - startedAt),
    plugins: { loaded: [], errors: [], unavailable: [] },
    configReload: { hotReloadStatus: sources.reloadStatus() },
    modelRuntime: { degraded: false, pendingAgents: [] },
    channels: {},
    channelOrder: [],
    channelLabels: {},
    heartbeatSeconds: Math.round((main?.heartbeat.everyMs ?? 0) / 1000),
    defaultAgentId: roster.defaultId,
    agents,
    sessions: main?.sessions ?? { path: '', count: 0, recent: [] },
    eventLoop: sources.eventLoop.read(),
  };
}

/** Keeps the last summary, and tells when a new one was taken. */
export class HealthCache {
  private readonly sources: HealthSources;
  private readonly announce: (health: Health) => void;
  private latest: Health;
  private taken = 1;

  constructor(sources: HealthSources, announce: (health: Health) => void) {
    this.sources = sources;
    this.announce = announce;
    this.latest = healthSummary(sources);
  }

  get version(): number {
    return this.taken;
  }

  get current(): Health {
    return this.latest;
  }

  refresh(): Health {
    this.latest = healthSummary(this.sources);
    this.taken += 1;
    this.announce(this.latest);
    return this.latest;
  }
}
