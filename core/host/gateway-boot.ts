import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { StatePaths } from '../config/paths.ts';
import type { ConfigService } from '../config/service.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Clock } from '../lib/clock.ts';
import { valueAt } from '../lib/json.ts';
import { tailLog } from '../logs/tail.ts';
import { type WsFrameSummary, wsLogLine } from '../logs/ws-log.ts';
import type { Language } from '../messages/language.ts';
import { tailscaleMessages } from '../messages/tailscale-messages.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { LIMITS } from '../protocol/frames.ts';
import type { AgentStores } from '../server/agent-rooms.ts';
import { type GatewayDeps, type RunningGateway, startGateway } from '../server/gateway.ts';
import { reachOverTls } from '../tailscale/reach.ts';
import { systemTailscale } from '../tailscale/tailscale-program.ts';
import { VERSION } from '../version.ts';
import { authInForce } from './auth-plan.ts';
import { TailscaleFront } from './gateway-tailscale.ts';
import { announceTls, followTlsFiles, openTls, type TlsContext } from './gateway-tls.ts';
import { hostFacts, outwardAddresses } from './host-facts.ts';
import type { HostLogs } from './host-logs.ts';
import type { InstanceLock } from './instance-lock.ts';
import { openNetworkAnnouncer } from './network-announcer.ts';
import { type OwnerFile, writeOwnerFile } from './owner-file.ts';
import type { RestartDesk } from './restart-desk.ts';
import type { StartPlan } from './start-plan.ts';

/** Milliseconds that running requests have to end before a stop or restart goes on without them. */
const DRAIN_MS = 5_000;

/** What outlives a restart. */
export interface BootParts {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  paths: StatePaths;
  logs: HostLogs;
  config: ConfigService;
  devices: DeviceRegistry;
  identity: DeviceIdentity;
  lock: InstanceLock;
  desk: RestartDesk;
  agents: AgentStores;
  language: Language;
}

/** A gateway between one start and its end; a restart makes the next one in the same process. */
export interface Boot {
  /** With the port that was really taken and the certificate that is served. */
  plan: StartPlan;
  end(why: 'stop' | 'restart'): Promise<void>;
}

/** Starts a gateway and tells this machine how to reach it. Throws PORT_IN_USE; then nothing is left running. */
export async function bootGateway(parts: BootParts, asked: StartPlan): Promise<Boot> {
  const { lock, logs, paths } = parts;
  const bootId = randomUUID();
  let owner: OwnerFile | undefined;
  const plan = await withCertificate(parts, asked);
  const tailscale = tailscaleOf(parts, plan);
  const gateway = await startGateway(
    gatewayDeps(parts, plan, {
      bootId,
      ownerToken: () => owner?.token,
      tailscaleHost: () => tailscale.host(),
    }),
  );
  try {
    owner = await writeOwnerFile({ trayDir: paths.trayDir, port: gateway.port, bootId });
    logs.redactor.add(owner.token);
    await lock.update({ port: gateway.port, bootId });
  } catch (error) {
    await gateway.close('stop', 0);
    throw error;
  }
  announce(parts, gateway, plan);
  const announcer = openNetworkAnnouncer({
    config: parts.config,
    profile: paths.profile,
    clock: parts.clock,
    log: logs.log.child('discovery'),
    port: gateway.port,
    isReachable: !plan.bind.loopbackOnly,
    tlsFingerprint: plan.tls?.identity?.fingerprint,
  });
  const stopFollowing = followCertificate(parts, gateway, plan);
  tailscale.open(gateway.port);
  return {
    plan: { ...plan, port: gateway.port },
    end: async (why) => {
      stopFollowing();
      await announcer.close();
      await tailscale.close();
      await gateway.close(why, DRAIN_MS);
      await owner?.remove();
    },
  };
}

function tailscaleOf(
  { env, logs, paths, language }: BootParts,
  { tailscale, tls }: StartPlan,
): TailscaleFront {
  const { trayDir } = paths;
  const user = env.USER ?? env.LOGNAME ?? '$USER';
  return new TailscaleFront(
    { ...tailscale, isTls: tls !== undefined, trayDir, user: /^[\w.-]+$/.test(user) ? user : '$USER' },
    { tools: { run: systemTailscale(env), reach: reachOverTls }, log: logs.log.child('tailscale'), language },
  );
}

const tlsContext = ({ clock, logs, language }: BootParts): TlsContext => ({
  clock,
  language,
  log: logs.log.child('gateway'),
});

/** Going back to a plan that has run already means going back to its certificate, whatever the files hold now. */
async function withCertificate(parts: BootParts, plan: StartPlan): Promise<StartPlan> {
  if (!plan.tls || plan.tls.identity) return plan;
  const { name, aliases } = hostFacts(parts.env);
  const names = [...new Set([name, 'localhost', '127.0.0.1', '::1', ...aliases])].filter(isName);
  const identity = await openTls(plan.tls.files, names, tlsContext(parts));
  return { ...plan, tls: { ...plan.tls, identity } };
}

/** What a certificate can be for: names of other shapes would make it one that nobody can read. */
const isName = (name: string): boolean =>
  isIP(name) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(name);

function followCertificate(parts: BootParts, gateway: RunningGateway, { tls }: StartPlan): () => void {
  if (!tls?.identity) return () => {};
  return followTlsFiles(tls.files, tls.identity, (identity) => gateway.setTls(identity), tlsContext(parts));
}

interface BootFacts {
  bootId: string;
  ownerToken(): string | undefined;
  tailscaleHost(): string | undefined;
}

function gatewayDeps(
  parts: BootParts,
  plan: StartPlan,
  { bootId, ownerToken, tailscaleHost }: BootFacts,
): GatewayDeps {
  const { agents, clock, config, desk, devices, env, identity, logs, paths } = parts;
  return {
    ...agents,
    env,
    clock,
    log: logs.log,
    version: VERSION,
    bootId,
    host: hostFacts(env),
    paths,
    addresses: plan.bind.addresses,
    port: plan.port,
    exposure: plan.exposure,
    tls: plan.tls?.identity,
    tailscaleHost,
    handshakeMs: Number(env.OPENCLAW_HANDSHAKE_TIMEOUT_MS) || LIMITS.handshakeMs[4],
    config,
    devices,
    identity,
    auth: () => ({ ...authInForce(plan.auth, config), ownerToken: ownerToken() }),
    tailLog: async (request) => {
      await logs.file.flush();
      return tailLog({ ...logs.place, ...request, now: clock.now() });
    },
    requestRestart: (request) => desk.request(request),
    wsLog: wsLog(logs, plan),
  };
}

function wsLog({ log }: HostLogs, plan: StartPlan): (frame: WsFrameSummary) => void {
  const logger = log.child('gateway/ws');
  return (frame) => {
    const line = wsLogLine(plan.wsLog, frame);
    if (line !== undefined) logger.info(line);
  };
}

function announce(parts: BootParts, gateway: RunningGateway, plan: StartPlan): void {
  const { log, file } = parts.logs;
  const scheme = plan.tls ? 'wss' : 'ws';
  const urls = gateway.addresses.map((address) => urlOf(scheme, address, gateway.port));
  if (plan.bind.note) log.warn(plan.bind.note);
  if (plan.auth.mode === 'none') log.warn('auth mode=none: all gateway connections are unauthenticated.');
  log.info(`listening on ${urls.join(', ')} (PID ${process.pid})`);
  if (plan.tls?.identity) announceTls(plan.tls.identity, tlsContext(parts));
  if (
    plan.tailscale.mode !== 'off' &&
    valueAt(parts.config.current.config, 'gateway.auth.allowTailscale') === true
  )
    log.warn(tailscaleMessages.in(parts.language)('identityUnused'));
  if (gateway.addresses.some(isUnspecified)) log.info(whereToReach(scheme, gateway.port));
  log.info(`log file: ${file.path()}`);
  log.info('ready');
}

type Scheme = 'ws' | 'wss';

const urlOf = (scheme: Scheme, address: string, port: number): string =>
  `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;

const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Nobody can connect to "every address". */
function whereToReach(scheme: Scheme, port: number): string {
  const others = outwardAddresses().map((address) => urlOf(scheme, address, port));
  const here = `reach it from this machine at ${urlOf(scheme, '127.0.0.1', port)}`;
  return others.length > 0 ? `${here}, from others at ${others.join(' or ')}` : here;
}
