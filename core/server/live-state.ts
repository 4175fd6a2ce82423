import { agentRoster, type Roster } from '../agents/roster.ts';
import type { ConfigService } from '../config/service.ts';
import type { Clock } from '../lib/clock.ts';
import { type CatalogModel, modelCatalog } from '../models/catalog.ts';
import { LIMITS, type StateVersion } from '../protocol/frames.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { EventLoopMonitor, type EventLoopNow } from '../status/event-loop.ts';
import { HealthCache, type SessionsSummary } from '../status/health.ts';
import { Presence } from '../status/presence.ts';
import { Broadcaster } from './broadcast.ts';
import type { Exposure } from './exposure.ts';
import type { HeartbeatSwitch } from './handlers/status.ts';
import type { OriginPolicy } from './origin.ts';
import { AuthRateLimiter } from './rate-limit.ts';
import { type ServerSettings, serverSettings } from './settings.ts';

/** What this machine is called and where; shown in presence and accepted as Host. */
export interface HostFacts {
  name: string;
  ip: string | undefined;
  platform: string;
  deviceFamily: string;
  modelIdentifier: string;
  /** Further names that clients may use to address this machine. */
  aliases: readonly string[];
}

export interface LiveStateDeps {
  clock: Clock;
  version: string;
  bootId: string;
  host: HostFacts;
  paths: { configPath: string; stateDir: string; trayDir: string };
  config: ConfigService;
  sessions: SessionStore;
  /** How the gateway was told to be reached; left out where nobody did. */
  exposure?: Exposure | undefined;
  /** The name under which Tailscale passes requests on to this gateway, while it does. */
  tailscaleHost?: (() => string | undefined) | undefined;
}

/** What a running gateway knows at this moment, and tells its clients when it changes. */
export class LiveState {
  readonly startedAtMs: number;
  readonly heartbeats: HeartbeatSwitch = { enabled: true, last: null };
  readonly presence: Presence;
  readonly health: HealthCache;
  readonly broadcaster: Broadcaster;
  readonly limiter: AuthRateLimiter;
  settings: ServerSettings;
  roster: Roster;
  private readonly deps: LiveStateDeps;
  private readonly eventLoop = new EventLoopMonitor();
  private readonly stops: (() => void)[] = [];
  private refreshing = false;

  constructor(deps: LiveStateDeps) {
    this.deps = deps;
    const { clock, host, version, bootId } = deps;
    this.startedAtMs = clock.now();
    this.settings = this.readSettings();
    this.roster = this.readRoster();
    this.presence = new Presence(clock, selfRow(host, version, bootId));
    this.broadcaster = new Broadcaster(() => this.stateVersion());
    this.limiter = new AuthRateLimiter(clock, () => this.settings.rateLimit);
    this.health = new HealthCache(this.healthSources(), (health) => this.broadcaster.emit('health', health));
  }

  /** Begins to tick, to refresh the health summary and to follow the configuration. */
  start(): void {
    const { clock, config } = this.deps;
    this.stops.push(
      clock.every(LIMITS.tickIntervalMs, () => this.broadcaster.emit('tick', { ts: clock.now() })),
      clock.every(LIMITS.healthIntervalMs, () => this.health.refresh()),
      config.onChanged(({ hash }) => this.configChanged(hash)),
    );
  }

  close(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.eventLoop.close();
  }

  get originPolicy(): OriginPolicy {
    const { origin } = this.settings;
    const tailscaleHost = this.deps.tailscaleHost?.();
    return tailscaleHost === undefined ? origin : { ...origin, tailscaleHost };
  }

  get uptimeMs(): number {
    return this.deps.clock.now() - this.startedAtMs;
  }

  eventLoopNow(): EventLoopNow {
    return this.eventLoop.look();
  }

  stateVersion(): StateVersion {
    return { presence: this.presence.version, health: this.health.version };
  }

  models(): CatalogModel[] {
    return modelCatalog(this.deps.config.current.config);
  }

  sessionsOf(agentId: string): SessionsSummary {
    const { sessions, clock } = this.deps;
    const { rows, total } = sessions.list({ agentId, limit: 5 });
    const now = clock.now();
    const recent = rows.map(({ key, updatedAt }) => ({ key, updatedAt, age: Math.max(0, now - updatedAt) }));
    return { path: `${sessions.dir}/${agentId}`, count: total, recent };
  }

  /** Many clients may arrive at once; one summary serves them all. */
  refreshSoon(): void {
    if (this.refreshing) return;
    this.refreshing = true;
    setImmediate(() => {
      this.refreshing = false;
      this.health.refresh();
    });
  }

  private configChanged(hash: string): void {
    this.settings = this.readSettings();
    this.roster = this.readRoster();
    this.broadcaster.emit('config.changed', {
      path: this.deps.paths.configPath,
      hash,
      ts: this.deps.clock.now(),
    });
  }

  private healthSources() {
    return {
      clock: this.deps.clock,
      eventLoop: this.eventLoop,
      roster: () => this.roster,
      sessionsOf: (agentId: string) => this.sessionsOf(agentId),
      heartbeatsEnabled: () => this.heartbeats.enabled,
      reloadStatus: () => this.settings.reloadStatus,
    };
  }

  private readSettings(): ServerSettings {
    const { name, aliases } = this.deps.host;
    return serverSettings(this.deps.config.current.config, [name, `${name}.local`, ...aliases]);
  }

  private readRoster(): Roster {
    return agentRoster(this.deps.config.current.config, `${this.deps.paths.stateDir}/workspace`);
  }
}

function selfRow(host: HostFacts, version: string, instanceId: string) {
  const { name, ip, platform, deviceFamily, modelIdentifier } = host;
  return {
    host: name,
    ...(ip === undefined ? {} : { ip }),
    version,
    platform,
    deviceFamily,
    modelIdentifier,
    mode: 'gateway',
    reason: 'self',
    instanceId,
    text: `Gateway: ${name}${ip === undefined ? '' : ` (${ip})`} · app ${version} · mode gateway · reason self`,
  };
}
