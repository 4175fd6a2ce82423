import { randomUUID } from 'node:crypto';
import type { StatePaths } from '../config/paths.ts';
import type { ConfigService } from '../config/service.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Clock } from '../lib/clock.ts';
import { tailLog } from '../logs/tail.ts';
import { type WsFrameSummary, wsLogLine } from '../logs/ws-log.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { LIMITS } from '../protocol/frames.ts';
import type { AgentStores } from '../server/agent-rooms.ts';
import { type GatewayDeps, type RunningGateway, startGateway } from '../server/gateway.ts';
import { VERSION } from '../version.ts';
import { authInForce } from './auth-plan.ts';
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
}

/** A gateway between one start and its end; a restart makes the next one in the same process. */
export interface Boot {
  /** With the port that was really taken. */
  plan: StartPlan;
  end(why: 'stop' | 'restart'): Promise<void>;
}

/** Starts a gateway and tells this machine how to reach it. Throws PORT_IN_USE; then nothing is left running. */
export async function bootGateway(parts: BootParts, plan: StartPlan): Promise<Boot> {
  const { lock, logs, paths } = parts;
  const bootId = randomUUID();
  let owner: OwnerFile | undefined;
  const gateway = await startGateway(gatewayDeps(parts, plan, bootId, () => owner?.token));
  try {
    owner = await writeOwnerFile({ trayDir: paths.trayDir, port: gateway.port, bootId });
    logs.redactor.add(owner.token);
    await lock.update({ port: gateway.port, bootId });
  } catch (error) {
    await gateway.close('stop', 0);
    throw error;
  }
  announce(logs, gateway, plan);
  const announcer = openNetworkAnnouncer({
    config: parts.config,
    profile: paths.profile,
    clock: parts.clock,
    log: logs.log.child('discovery'),
    port: gateway.port,
    isReachable: !plan.bind.loopbackOnly,
  });
  return {
    plan: { ...plan, port: gateway.port },
    end: async (why) => {
      await announcer.close();
      await gateway.close(why, DRAIN_MS);
      await owner?.remove();
    },
  };
}

function gatewayDeps(
  parts: BootParts,
  plan: StartPlan,
  bootId: string,
  ownerToken: () => string | undefined,
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

function announce({ log, file }: HostLogs, gateway: RunningGateway, plan: StartPlan): void {
  const urls = gateway.addresses.map((address) => urlOf(address, gateway.port));
  if (plan.bind.note) log.warn(plan.bind.note);
  if (plan.auth.mode === 'none') log.warn('auth mode=none: all gateway connections are unauthenticated.');
  log.info(`listening on ${urls.join(', ')} (PID ${process.pid})`);
  if (gateway.addresses.some(isUnspecified)) log.info(whereToReach(gateway.port));
  log.info(`log file: ${file.path()}`);
  log.info('ready');
}

const urlOf = (address: string, port: number): string =>
  `ws://${address.includes(':') ? `[${address}]` : address}:${port}`;

const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Nobody can connect to "every address". */
function whereToReach(port: number): string {
  const others = outwardAddresses().map((address) => urlOf(address, port));
  const here = `reach it from this machine at ${urlOf('127.0.0.1', port)}`;
  return others.length > 0 ? `${here}, from others at ${others.join(' or ')}` : here;
}
