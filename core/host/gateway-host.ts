import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { commandName } from '../config/command-name.ts';
import { resolveStatePaths, type StatePaths } from '../config/paths.ts';
import { collectSecrets } from '../config/redaction.ts';
import { type ConfigService, issueLines, openConfig, unusableConfig } from '../config/service.ts';
import type { GatewayFlags } from '../config/settings.ts';
import { loadOrCreateIdentity } from '../devices/identity.ts';
import { openDeviceRegistry } from '../devices/registry.ts';
import type { Clock } from '../lib/clock.ts';
import { valueAt } from '../lib/json.ts';
import type { Language } from '../messages/language.ts';
import { RpcError } from '../protocol/errors.ts';
import { VERSION } from '../version.ts';
import { openAgentStores } from './agent-stores.ts';
import { randomToken } from './auth-plan.ts';
import { createDevProfile, resetDevProfile } from './dev-profile.ts';
import { type Boot, type BootParts, bootGateway } from './gateway-boot.ts';
import { type HostLogs, openHostLogs } from './host-logs.ts';
import type { HostRequests } from './host-requests.ts';
import { portConflict } from './port-conflict.ts';
import { RestartDesk } from './restart-desk.ts';
import type { RunOptions } from './run-gateway.ts';
import { becomeOnlyInstance } from './single-instance.ts';
import { type StartPlan, startPlan } from './start-plan.ts';

export interface GatewayHost {
  /** Resolves with the exit status when a signal has ended the gateway. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** Opens everything a gateway stands on: paths, logs, configuration, lock, devices. */
export async function openHost(
  options: RunOptions,
  clock: Clock,
  requests: HostRequests,
): Promise<GatewayHost> {
  const { flags, env, stdout, stderr } = options;
  const paths = statePaths(options);
  const isDev = Boolean(flags.dev || options.dev || paths.profile === 'dev');
  let removed: string[] = [];
  if (flags.reset) {
    if (!isDev) throw new RpcError('BAD_ARGUMENT', 'Use --reset with --dev.');
    removed = await resetDevProfile(paths, env);
  }
  if (flags.dev || options.dev || flags.reset) await createDevProfile(paths);
  const logs = await openHostLogs({ paths, flags, env, clock, stdout, stderr });
  if (removed.length > 0) logs.log.warn(`--reset removed ${listed(removed)} from ${paths.stateDir}`);
  const host = new Host(options, clock, requests, paths, logs);
  try {
    await host.open(isDev);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

const listed = (names: string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ');

/** `gateway --dev` means the private development profile, unless the environment names another place. */
function statePaths({ flags, env, profile, dev }: RunOptions): StatePaths {
  const named = profile ?? env.OPENCLAW_PROFILE ?? env.OPENCLAW_STATE_DIR;
  return resolveStatePaths(env, { profile, dev: dev || (flags.dev && named === undefined) });
}

class Host implements GatewayHost {
  private readonly options: RunOptions;
  private readonly clock: Clock;
  private readonly requests: HostRequests;
  private readonly paths: StatePaths;
  private readonly logs: HostLogs;
  private readonly desk: RestartDesk;
  private readonly closers: (() => unknown)[] = [];
  private readonly spareToken = randomToken();
  private opened: { parts: BootParts; plan: StartPlan } | undefined;
  private allowUnconfigured = false;
  private readonly language: Language;

  constructor(options: RunOptions, clock: Clock, requests: HostRequests, paths: StatePaths, logs: HostLogs) {
    this.options = options;
    this.clock = clock;
    this.requests = requests;
    this.paths = paths;
    this.logs = logs;
    this.language = options.language ?? 'en';
    this.desk = new RestartDesk(clock, requests);
    this.closers.push(() => logs.close());
  }

  async open(isDev: boolean): Promise<void> {
    const { paths, clock, logs, desk } = this;
    const { flags, env } = this.options;
    this.allowUnconfigured = isDev || flags.allowUnconfigured === true;
    const log = logs.log.child('config');
    const config = await openConfig({ paths, env, clock, log, overridden: overriddenSecrets(this.options) });
    this.closers.push(() => config.close());
    this.followConfig(config);
    const plan = await this.firstPlan(config);
    const lock = await becomeOnlyInstance({
      trayDir: paths.trayDir,
      stateDir: paths.stateDir,
      command: commandName(paths, env),
      port: plan.port,
      version: VERSION,
      bootId: randomUUID(),
      clock,
      force: flags.force === true,
      ended: (what) => logs.log.warn(what),
    });
    this.closers.push(() => lock.release());
    const identity = await loadOrCreateIdentity(join(paths.trayDir, 'identity', 'device.json'));
    const devices = await openDeviceRegistry({
      dir: join(paths.trayDir, 'devices'),
      clock,
      log: logs.log.child('devices'),
    });
    this.closers.push(() => devices.close());
    const agents = await openAgentStores({
      paths,
      clock,
      logs,
      config,
      isDev,
      cliBackendLogs: flags.cliBackendLogs === true,
      rawStream: rawStreamPath(flags, paths),
    });
    this.closers.push(() => agents.close());
    const language = this.language;
    const parts = {
      clock,
      env,
      paths,
      logs,
      config,
      devices,
      identity,
      lock,
      desk,
      agents: agents.stores,
      language,
    };
    this.opened = { plan, parts };
  }

  async run(): Promise<number> {
    if (!this.opened) throw new Error('the host is not open');
    const { parts, plan } = this.opened;
    const { log } = this.logs;
    let boot = await this.boot(parts, plan);
    for (;;) {
      const request = await this.requests.next();
      if (request.kind === 'stop') {
        log.info(`received ${request.signal}; shutting down`);
        await boot.end('stop');
        return 0;
      }
      if (request.manual && valueAt(parts.config.current.config, 'commands.restart') === false) {
        log.warn(`${request.why} ignored: commands.restart is false`);
        continue;
      }
      log.info(
        request.manual
          ? `received ${request.why}; restarting`
          : `restart requested (${request.why}); restarting`,
      );
      this.desk.clear();
      await boot.end('restart');
      boot = await this.reboot(parts, boot.plan);
    }
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  /** An edit of the file that only a restart applies asks for one; writes over RPC ask for theirs themselves. */
  private followConfig(config: ConfigService): void {
    const { redactor } = this.logs;
    const hideSecrets = (): void => {
      for (const secret of collectSecrets(config.current.source)) redactor.add(secret);
    };
    hideSecrets();
    const stop = config.onChanged(({ by, restartPaths }) => {
      hideSecrets();
      if (by === 'file' && restartPaths.length > 0)
        this.desk.request({ reason: 'config.reload', delayMs: 0 });
    });
    this.closers.push(stop);
  }

  /** A last known good configuration that does not start is no help: what is wrong with the file is. */
  private async firstPlan(config: ConfigService): Promise<StartPlan> {
    const { paths, options } = this;
    const { recoveredFrom } = config.current;
    if (!recoveredFrom) return this.plan(config);
    const plan = await this.plan(config).catch(() => {
      throw unusableConfig({ paths, env: options.env }, recoveredFrom.issues);
    });
    const lines = [
      'OpenClaw config is invalid; running with the last known good configuration instead.',
      `File: ${paths.configPath}`,
      ...issueLines(recoveredFrom.issues),
      `Fix the file; it is taken over as soon as it is valid. Inspect: ${commandName(paths, options.env)} config validate`,
    ];
    for (const line of lines) this.logs.log.child('config').error(line);
    return plan;
  }

  private async plan(config: ConfigService): Promise<StartPlan> {
    const { flags } = this.options;
    const { paths, logs, allowUnconfigured, language } = this;
    const spareToken = (): string => this.spareToken;
    const plan = await startPlan({ flags, paths, config, logs, allowUnconfigured, spareToken, language });
    for (const { value } of [plan.auth.token, plan.auth.password]) if (value) logs.redactor.add(value);
    return plan;
  }

  private async boot(parts: BootParts, plan: StartPlan): Promise<Boot> {
    try {
      const boot = await bootGateway(parts, plan);
      await parts.config.keepAsLastGood(plan.configHash);
      return boot;
    } catch (error) {
      if (error instanceof RpcError && error.code === 'PORT_IN_USE')
        throw await portConflict(plan.port, commandName(parts.paths, parts.env), error);
      throw error;
    }
  }

  /** A restart that fails on new settings goes back to the old ones: an edit never takes a gateway down. */
  private async reboot(parts: BootParts, previous: StartPlan): Promise<Boot> {
    const { log } = this.logs;
    try {
      return await this.boot(parts, await this.plan(parts.config));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      log.error('The new settings do not work, so the gateway goes on with the old ones:');
      for (const line of said.split('\n')) log.error(line);
      return this.boot(parts, previous);
    }
  }
}

/** Secrets that the configuration need not provide. */
function overriddenSecrets({ flags }: RunOptions): string[] {
  const { token, password, passwordFile } = flags;
  return [
    ...(token === undefined ? [] : ['gateway.auth.token']),
    ...(password === undefined && passwordFile === undefined ? [] : ['gateway.auth.password']),
  ];
}

/** `--raw-stream` alone writes beside the log files. */
function rawStreamPath(
  { rawStream, rawStreamPath: path }: GatewayFlags,
  { trayDir }: StatePaths,
): string | undefined {
  if (path !== undefined) return resolve(path);
  return rawStream ? join(trayDir, 'logs', 'raw-stream.jsonl') : undefined;
}
