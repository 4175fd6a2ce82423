import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { resolveStatePaths, type StatePaths } from '../config/paths.ts';
import { type ConfigService, openConfig } from '../config/service.ts';
import { loadOrCreateIdentity } from '../devices/identity.ts';
import { type DeviceRegistry, openDeviceRegistry } from '../devices/registry.ts';
import type { Clock } from '../lib/clock.ts';
import { valueAt } from '../lib/json.ts';
import { tailLog } from '../logs/tail.ts';
import { wsLogLine } from '../logs/ws-log.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/frames.ts';
import { type RunningGateway, startGateway } from '../server/gateway.ts';
import { VERSION } from '../version.ts';
import { createDevProfile, resetDevProfile } from './dev-profile.ts';
import { hostFacts } from './host-facts.ts';
import { type HostLogs, openHostLogs } from './host-logs.ts';
import { acquireInstanceLock, type InstanceLock } from './instance-lock.ts';
import { type OwnerFile, writeOwnerFile } from './owner-file.ts';
import { freePort, portConflict } from './port-conflict.ts';
import { RestartDesk } from './restart-desk.ts';
import type { RunOptions } from './run-gateway.ts';
import type { HostRequest, HostSignals } from './signals.ts';
import { checkAvailable, checkMode } from './start-checks.ts';
import { type StartPlan, startPlan } from './start-plan.ts';

/** Milliseconds that running requests have to end before a stop or restart goes on without them. */
const DRAIN_MS = 5_000;

export interface GatewayHost {
  /** Resolves with the exit status when a signal has ended the gateway. */
  run(signals: HostSignals): Promise<number>;
  close(): Promise<void>;
}

/** Opens everything a gateway stands on: paths, logs, configuration, lock, devices. */
export async function openHost(options: RunOptions, clock: Clock): Promise<GatewayHost> {
  const { flags, env } = options;
  const paths = statePaths(options);
  if (flags.reset) {
    if (!flags.dev) throw new RpcError('BAD_ARGUMENT', 'Use --reset with --dev.');
    await resetDevProfile(paths);
  }
  if (flags.dev || options.dev) await createDevProfile(paths);
  const logs = await openHostLogs({
    paths,
    flags,
    env,
    clock,
    stdout: options.stdout,
    stderr: options.stderr,
  });
  const host = new Host(options, clock, paths, logs);
  try {
    await host.open();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** `gateway --dev` means the private development profile, unless the environment names another place. */
function statePaths({ flags, env, profile, dev }: RunOptions): StatePaths {
  const named = profile ?? env.OPENCLAW_PROFILE ?? env.OPENCLAW_STATE_DIR;
  return resolveStatePaths(env, { profile, dev: dev || (flags.dev && named === undefined) });
}

class Host implements GatewayHost {
  private readonly options: RunOptions;
  private readonly clock: Clock;
  private readonly paths: StatePaths;
  private readonly logs: HostLogs;
  private readonly desk: RestartDesk;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private parts: Parts | undefined;

  constructor(options: RunOptions, clock: Clock, paths: StatePaths, logs: HostLogs) {
    this.options = options;
    this.clock = clock;
    this.paths = paths;
    this.logs = logs;
    this.desk = new RestartDesk(clock);
    this.closers.push(() => logs.close());
  }

  async open(): Promise<void> {
    const { flags, env, dev } = this.options;
    const { paths, clock } = this;
    const { log } = this.logs;
    const config = await openConfig({ paths, env, clock, log: log.child('config') });
    this.closers.push(() => config.close());
    this.reportConfig(config);
    checkMode(config, paths.configPath, Boolean(flags.allowUnconfigured || flags.dev || dev));
    checkAvailable(flags, config.current.config);
    const plan = await this.plan(config);
    if (flags.force) {
      const done = await freePort(plan.port, clock);
      if (done !== undefined) log.warn(done);
    }
    const lock = await this.lock(plan.port);
    const identity = await loadOrCreateIdentity(join(paths.trayDir, 'identity', 'device.json'));
    const devices = await openDeviceRegistry({
      dir: join(paths.trayDir, 'devices'),
      clock,
      log: log.child('devices'),
    });
    this.closers.push(() => devices.close());
    this.parts = { config, devices, identity, lock, plan };
  }

  async run(signals: HostSignals): Promise<number> {
    const parts = this.opened();
    let boot = await this.boot(parts.plan).catch(async (error: unknown) => {
      if (error instanceof RpcError && error.code === 'PORT_IN_USE')
        throw await portConflict(parts.plan.port, error);
      throw error;
    });
    for (;;) {
      const request = await this.nextRequest(signals, parts.config);
      if (request.kind === 'stop') {
        this.logs.log.info(`received ${request.signal}; shutting down`);
        await boot.end('stop');
        return 0;
      }
      this.logs.log.info(`received ${request.why}; restarting`);
      this.desk.clear();
      await boot.end('restart');
      boot = await this.reboot(boot.plan);
    }
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  private opened(): Parts {
    if (!this.parts) throw new Error('the host is not open');
    return this.parts;
  }

  private reportConfig({ current }: ConfigService): void {
    const { log } = this.logs;
    if (current.recoveredFrom) {
      log.error(`${this.paths.configPath} is invalid; running on the last known good configuration instead:`);
      for (const issue of current.recoveredFrom.issues)
        log.error(`- ${issue.path || '<root>'}: ${issue.message}`);
      log.error('Fix the file (openclaw config validate); it is loaded as soon as it is good.');
    }
    for (const { path, message } of current.warnings)
      log.warn(`config: ${path ? `${path}: ` : ''}${message}`);
  }

  private plan(config: ConfigService): Promise<StartPlan> {
    const { flags, env } = this.options;
    return startPlan({ flags, env, profile: this.paths.profile, config, logs: this.logs });
  }

  private async lock(port: number): Promise<InstanceLock> {
    const { paths, clock } = this;
    const { trayDir, stateDir } = paths;
    const lock = await acquireInstanceLock({
      trayDir,
      stateDir,
      port,
      version: VERSION,
      bootId: randomUUID(),
      clock,
    });
    if (lock.ok) {
      this.closers.push(() => lock.release());
      return lock;
    }
    const { pid, port: theirs } = lock.holder;
    throw new RpcError(
      'ALREADY_RUNNING',
      [
        `Gateway failed to start: gateway already running (pid ${pid}, port ${theirs}) on ${stateDir}.`,
        `Use it (openclaw gateway health), stop it (kill ${pid}), or replace it with --force.`,
      ].join('\n'),
      { pid, port: theirs },
    );
  }

  /** A restart that fails on new settings goes back to the old ones: an edit never takes a gateway down. */
  private async reboot(previous: StartPlan): Promise<Boot> {
    const { log } = this.logs;
    try {
      return await this.boot(await this.plan(this.opened().config));
    } catch (error) {
      log.error(
        `The new settings do not work, going back: ${error instanceof Error ? error.message : error}`,
      );
      return this.boot(previous);
    }
  }

  private async boot(plan: StartPlan): Promise<Boot> {
    const { lock } = this.opened();
    const bootId = randomUUID();
    let owner: OwnerFile | undefined;
    const gateway = await startGateway(this.gatewayDeps(plan, bootId, () => owner?.token));
    owner = await writeOwnerFile({ trayDir: this.paths.trayDir, port: gateway.port, bootId });
    this.logs.redactor.add(owner.token);
    await lock.update({ port: gateway.port, bootId });
    this.announce(gateway, plan);
    return {
      plan: { ...plan, port: gateway.port },
      end: async (why) => {
        await gateway.close(why, DRAIN_MS);
        await owner?.remove();
      },
    };
  }

  private gatewayDeps(plan: StartPlan, bootId: string, ownerToken: () => string | undefined) {
    const { config, devices, identity } = this.opened();
    const { clock, paths, logs, options } = this;
    const wsLogger = logs.log.child('gateway/ws');
    return {
      clock,
      log: logs.log,
      version: VERSION,
      bootId,
      host: hostFacts(options.env),
      paths,
      addresses: plan.bind.addresses,
      port: plan.port,
      handshakeMs: Number(options.env.OPENCLAW_HANDSHAKE_TIMEOUT_MS) || LIMITS.handshakeMs[4],
      config,
      devices,
      identity,
      auth: () => ({ ...plan.auth, ownerToken: ownerToken() }),
      tailLog: async (request: object) => {
        await logs.file.flush();
        return tailLog({ ...logs.place, ...request, now: clock.now() });
      },
      requestRestart: (request: Parameters<RestartDesk['request']>[0]) => this.desk.request(request),
      wsLog: (frame: Parameters<typeof wsLogLine>[1]) => {
        const line = wsLogLine(plan.wsLog, frame);
        if (line !== undefined) wsLogger.info(line);
      },
    };
  }

  private announce(gateway: RunningGateway, plan: StartPlan): void {
    const { log } = this.logs;
    const urls = gateway.addresses.map(
      (address) => `ws://${address.includes(':') ? `[${address}]` : address}:${gateway.port}`,
    );
    if (plan.bind.note) log.warn(plan.bind.note);
    if (plan.auth.mode === 'none') log.warn('auth mode=none: all gateway connections are unauthenticated.');
    log.info(`listening on ${urls.join(', ')} (PID ${process.pid})`);
    log.info(`log file: ${this.logs.file.path()}`);
    log.info('ready');
  }

  /** Waits for a signal, a request over RPC, or an edit of the file that needs a restart. */
  private nextRequest(signals: HostSignals, config: ConfigService): Promise<HostRequest> {
    return new Promise((resolve) => {
      const stopWatching = config.onChanged(({ by, restartPaths }) => {
        if (by !== 'file' || restartPaths.length === 0) return;
        this.logs.log.info(`config change requires gateway restart (${restartPaths.join(', ')})`);
        this.desk.request({ reason: 'config.reload', delayMs: 0 });
      });
      const done = (request: HostRequest): void => {
        stopWatching();
        signals.pause();
        resolve(request);
      };
      this.desk.listen((why) => done({ kind: 'restart', why }));
      signals.listen((request) => {
        if (request.kind === 'stop' || this.mayRestart(config)) done(request);
        else this.logs.log.warn(`${request.why} ignored: commands.restart is false`);
      });
    });
  }

  private mayRestart(config: ConfigService): boolean {
    return valueAt(config.current.config, 'commands.restart') !== false;
  }
}

interface Boot {
  plan: StartPlan;
  end(why: 'stop' | 'restart'): Promise<void>;
}

interface Parts {
  config: ConfigService;
  devices: DeviceRegistry;
  identity: DeviceIdentity;
  lock: InstanceLock;
  plan: StartPlan;
}
