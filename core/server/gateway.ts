import { randomUUID } from 'node:crypto';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Logger } from '../lib/log.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { CLOSE, LIMITS } from '../protocol/frames.ts';
import { type AgentRooms, type AgentStores, openAgentRooms } from './agent-rooms.ts';
import { announceApprovals } from './approval-events.ts';
import { objection } from './arrival.ts';
import type { AuthSettings } from './auth.ts';
import { Connection } from './connection.ts';
import { type ConversationDeps, converse } from './conversation.ts';
import { reachOf } from './exposure.ts';
import { ANSWER_MS, FAREWELL_MS, FAREWELLS } from './farewell.ts';
import { handlerSet } from './handler-set.ts';
import type { RestartRequest, RestartTicket } from './handlers/config.ts';
import type { LogTail, LogTailRequest } from './handlers/gateway.ts';
import type { Handlers } from './handlers/handlers.ts';
import { admit, type HandshakeDeps } from './handshake.ts';
import { type HelloFacts, helloOk } from './hello.ts';
import { ProofDesk } from './http/proof.ts';
import { type HttpDeps, handleHttp } from './http/routes.ts';
import { IdempotencyCache } from './idempotency.ts';
import { type ListenHandlers, type Listening, listenOn, type TlsMaterial } from './listen.ts';
import { LiveState, type LiveStateDeps } from './live-state.ts';
import type { Origin } from './origin.ts';
import { announceArrival, announceDeparture } from './presence-events.ts';
import { announceSessions } from './session-events.ts';
import { type Upgraded, Upgrader } from './upgrade.ts';
import { WriteLimiter } from './write-limit.ts';
import type { WsLog } from './ws-log.ts';

export interface GatewayDeps extends LiveStateDeps, AgentStores {
  env: NodeJS.ProcessEnv;
  log: Logger;
  wsLog: WsLog;
  /** Addresses to listen on, the first of them required. */
  addresses: readonly string[];
  port: number;
  /** Undefined: plain HTTP. */
  tls?: TlsMaterial | undefined;
  /** Milliseconds a socket has to say who it is. */
  handshakeMs: number;
  devices: DeviceRegistry;
  identity: DeviceIdentity;
  /** Read at every attempt, so that a changed secret counts at once. */
  auth(): Omit<AuthSettings, 'trustedProxy'>;
  tailLog(request: LogTailRequest): Promise<LogTail>;
  requestRestart(request: RestartRequest): RestartTicket;
}

export interface RunningGateway {
  port: number;
  addresses: string[];
  /** Sockets that have said hello. */
  connections(): number;
  /** Shows another certificate to those who connect from now on. */
  setTls(tls: TlsMaterial): void;
  /** Tells every client why, lets running requests end within `drainMs`, and closes everything. */
  close(why: 'stop' | 'restart', drainMs: number): Promise<void>;
}

/** Starts a gateway and resolves once it answers. Throws PORT_IN_USE when somebody else holds the port. */
export async function startGateway(deps: GatewayDeps): Promise<RunningGateway> {
  const gateway = new Gateway(deps);
  await gateway.open();
  return gateway;
}

class Gateway implements RunningGateway {
  private readonly deps: GatewayDeps;
  private readonly state: LiveState;
  private readonly rooms: AgentRooms;
  private readonly http: HttpDeps;
  private readonly sockets = new Set<Connection>();
  private readonly stops: (() => void)[] = [];
  private listening: Listening | undefined;
  private closing = false;
  private requests = 0;

  constructor(deps: GatewayDeps) {
    this.deps = deps;
    this.state = new LiveState(deps);
    const { broadcaster } = this.state;
    const roster = () => this.state.roster;
    this.http = this.httpDeps();
    this.rooms = openAgentRooms({ ...deps, closedDirs: [deps.paths.stateDir], broadcaster, roster });
  }

  get port(): number {
    return this.listening?.port ?? 0;
  }

  get addresses(): string[] {
    return this.listening?.addresses ?? [];
  }

  connections(): number {
    return this.state.broadcaster.size;
  }

  setTls(tls: TlsMaterial): void {
    this.listening?.setTls(tls);
  }

  async open(): Promise<void> {
    const { clock, config, devices, tls, sessions } = this.deps;
    const conversation = this.conversationDeps();
    const upgrader = new Upgrader({
      originPolicy: () => this.state.originPolicy,
      basePath: () => this.state.settings.basePath,
      accepting: () => !this.closing,
      opened: (upgraded, origin, admitted) => this.welcome(conversation, upgraded, origin, admitted),
    });
    const handlers: ListenHandlers = {
      request: (request, response) => this.guard(response, () => handleHttp(this.http, request, response)),
      upgrade: (request, socket, head) => this.guard(socket, () => upgrader.handle(request, socket, head)),
    };
    this.listening = await listenOn(this.deps.addresses, this.deps.port, handlers, { tls });
    this.state.start();
    this.stops.push(
      clock.every(LIMITS.pingIntervalMs, () => {
        for (const connection of this.sockets) connection.checkLiveness();
      }),
      devices.onInvalidated(({ deviceId, role }) => this.dismissDevice(deviceId, role)),
      config.onChanged(() => this.dismissOutdatedSoon()),
      announceSessions(sessions, this.state.broadcaster, () => clock.now(), this.rooms.row),
      announceApprovals(this.deps.approvals, this.state.broadcaster),
    );
  }

  async close(why: 'stop' | 'restart', drainMs: number): Promise<void> {
    this.closing = true;
    const startedAt = this.deps.clock.now();
    await this.rooms.close(drainMs);
    await this.until(() => this.requests === 0, startedAt + drainMs - this.deps.clock.now());
    for (const stop of this.stops.splice(0)) stop();
    this.state.broadcaster.emit('shutdown', FAREWELLS[why]);
    for (const connection of this.sockets) connection.close(CLOSE.restart, 'service restart');
    const stopped = this.listening?.close();
    await this.until(() => this.sockets.size === 0, FAREWELL_MS);
    for (const connection of this.sockets) connection.terminate();
    this.state.close();
    await stopped;
  }

  private welcome(
    conversation: ConversationDeps,
    { ws, transport }: Upgraded,
    origin: Origin,
    admitted: () => void,
  ): void {
    const connection = new Connection(randomUUID(), ws, transport);
    this.sockets.add(connection);
    ws.on('close', (code) => this.left(connection, code));
    converse(conversation, ws, connection, origin, admitted);
  }

  private left(connection: Connection, code: number): void {
    const { presence, broadcaster } = this.state;
    this.sockets.delete(connection);
    connection.left();
    if (broadcaster.remove(connection) && !this.closing) announceDeparture(presence, broadcaster, connection);
    this.deps.log.debug('socket closed', { conn: connection.id, code });
  }

  private joined(connection: Connection): void {
    const { presence, broadcaster } = this.state;
    broadcaster.add(connection);
    announceArrival(presence, broadcaster, connection);
    this.state.refreshSoon();
    this.dismissOutdated(connection);
  }

  private conversationDeps(): ConversationDeps {
    const { clock, log, wsLog, handshakeMs } = this.deps;
    const handshake = this.handshakeDeps();
    return {
      clock,
      log: log.child('gateway/ws'),
      wsLog,
      handshakeMs,
      handlers: this.handlers(),
      idempotency: new IdempotencyCache(clock),
      writes: new WriteLimiter(clock),
      admit: (params, caller) => admit(handshake, params, caller),
      hello: (connection, admission) => helloOk(this.helloFacts(connection.id), admission),
      joined: (connection) => this.joined(connection),
      requestStarted: () => {
        this.requests += 1;
      },
      requestEnded: () => {
        this.requests -= 1;
      },
    };
  }

  private handlers(): Handlers {
    const connectionOf = (connId: string) => [...this.sockets].find(({ id }) => id === connId);
    return handlerSet(this.deps, this.state, this.rooms, {
      listening: () => reachOf(this, this.deps),
      secretsReloaded: () => this.dismissOutdatedSoon(),
      otherRequests: () => this.requests - 1,
      topics: {
        add: (connId, topic) => connectionOf(connId)?.follow(topic),
        remove: (connId, topic) => void connectionOf(connId)?.topics?.delete(topic),
      },
    });
  }

  private handshakeDeps(): HandshakeDeps {
    const { state, deps } = this;
    return {
      clock: deps.clock,
      devices: deps.devices,
      limiter: state.limiter,
      broadcaster: state.broadcaster,
      auth: () => this.auth(),
      originPolicy: () => state.originPolicy,
      autoApproveLocal: () => state.settings.autoApproveLocal,
    };
  }

  private httpDeps(): HttpDeps {
    const { state, deps } = this;
    return {
      proof: new ProofDesk(deps.identity, () => this.port, deps.clock),
      originPolicy: () => state.originPolicy,
      failing: () => (this.closing ? ['shutting-down'] : []),
      uptimeMs: () => state.uptimeMs,
      eventLoop: () => state.health.current.eventLoop,
      strictTransportSecurity: () => state.settings.strictTransportSecurity,
    };
  }

  private helloFacts(connId: string): HelloFacts {
    const { version, bootId, config, paths, auth } = this.deps;
    const { state } = this;
    return {
      version,
      bootId,
      connId,
      uptimeMs: state.uptimeMs,
      presence: state.presence.list(),
      health: state.health.current,
      stateVersion: state.stateVersion(),
      roster: state.roster,
      modelConfigured: state.models().length > 0,
      configHash: config.current.hash,
      configPath: paths.configPath,
      stateDir: paths.stateDir,
      authMode: auth().mode,
    };
  }

  /** An error of ours while serving one request ends that request and nothing else. */
  private guard(stream: { destroy(): unknown }, serve: () => void): void {
    try {
      serve();
    } catch (error) {
      this.deps.log.error('request failed', { error: error instanceof Error ? error.stack : String(error) });
      stream.destroy();
    }
  }

  /** A device that lost its grant loses its sockets: what it may do was decided when it connected. */
  private dismissDevice(deviceId: string, role: string | undefined): void {
    for (const connection of this.sockets) {
      const { peer } = connection;
      if (peer?.deviceId !== deviceId || (role !== undefined && peer.role !== role)) continue;
      this.dismiss(connection, 'device removed');
    }
  }

  /** Who changed the secret may have come in with the old one, and should still hear the answer. */
  private dismissOutdatedSoon(): void {
    this.deps.clock.after(ANSWER_MS, () => {
      for (const connection of this.sockets) this.dismissOutdated(connection);
    });
  }

  private dismissOutdated(connection: Connection): void {
    const { peer } = connection;
    const reason = peer && objection(peer, this.auth(), this.state.originPolicy);
    if (reason !== undefined) this.dismiss(connection, reason);
  }

  private auth(): AuthSettings {
    return { ...this.deps.auth(), trustedProxy: this.state.settings.trustedProxy };
  }

  private dismiss(connection: Connection, reason: string): void {
    connection.dismiss(CLOSE.accessLost, reason);
    this.deps.clock.after(500, () => connection.terminate());
  }

  private async until(done: () => boolean, ms: number): Promise<void> {
    const deadline = this.deps.clock.now() + ms;
    while (!done() && this.deps.clock.now() < deadline) await this.deps.clock.sleep(5);
  }
}
