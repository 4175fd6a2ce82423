import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentRoster } from '../agents/roster.ts';
import { openApprovals } from '../approvals/approval-desk.ts';
import { resolveStatePaths } from '../config/paths.ts';
import { openConfig } from '../config/service.ts';
import { loadOrCreateIdentity } from '../devices/identity.ts';
import { openDeviceRegistry } from '../devices/registry.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { valueAt } from '../lib/json.ts';
import { silentLogger } from '../lib/log.ts';
import { tailLog } from '../logs/tail.ts';
import { createModelRunner } from '../models/runner.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import type { AuthMode } from '../server/auth.ts';
import { startGateway } from '../server/gateway.ts';
import type { RestartRequest } from '../server/handlers/config.ts';
import type { TlsMaterial } from '../server/listen.ts';
import { sessionPolicy } from '../sessions/session-policy.ts';
import { openSessionStore } from '../sessions/session-store.ts';
import { VERSION } from '../version.ts';

export interface TestGatewayOptions {
  /** Merged over a configuration of mode local with the token `test-token`. */
  config?: Record<string, unknown>;
  clock?: Clock;
  handshakeMs?: number;
  addresses?: string[];
  /** Whether the echo model is offered; it is, unless told. */
  devEcho?: boolean;
  /** Speaks TLS only, with this certificate and key. */
  tls?: TlsMaterial;
  /** Has the identity of that one. */
  identityOf?: { identity: DeviceIdentity };
}

/** A real gateway on a free port and in a directory of its own, closed by `await using`. */
export async function startTestGateway(options: TestGatewayOptions = {}) {
  const clock = options.clock ?? systemClock;
  const stateDir = await mkdtemp(join(tmpdir(), 'openclaw-test-'));
  const env = { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir };
  const paths = resolveStatePaths(env);
  await mkdir(paths.trayDir, { recursive: true, mode: 0o700 });
  const config = {
    gateway: { mode: 'local', auth: { mode: 'token', token: 'test-token' } },
    ...options.config,
  };
  await writeFile(paths.configPath, JSON.stringify(config, null, 2), { mode: 0o600 });
  const service = await openConfig({ paths, env, clock, log: silentLogger });
  const devices = await openDeviceRegistry({ dir: join(paths.trayDir, 'devices'), clock, log: silentLogger });
  const identity =
    options.identityOf?.identity ??
    (await loadOrCreateIdentity(join(paths.trayDir, 'identity', 'device.json')));
  const sessions = await openSessionStore({
    dir: join(paths.trayDir, 'sessions'),
    clock,
    log: silentLogger,
    roster: () => agentRoster(service.current.config, join(stateDir, 'workspace')),
    policy: () => sessionPolicy(service.current.config),
  });
  const approvals = await openApprovals({ dir: paths.trayDir, clock, log: silentLogger });
  const devEcho = options.devEcho ?? true;
  const models = createModelRunner({
    config: () => service.current.config,
    resolveSecret: (path) => service.resolveSecretAt(path),
    env,
    clock,
    log: silentLogger,
    devEcho,
  });
  const restarts: RestartRequest[] = [];
  const ownerToken = randomUUID();
  const mode = (valueAt(config, 'gateway.auth.mode') ?? 'token') as AuthMode;
  const gateway = await startGateway({
    clock,
    log: silentLogger,
    wsLog: () => {},
    version: VERSION,
    bootId: randomUUID(),
    host: {
      name: 'test-host',
      ip: undefined,
      platform: 'test',
      deviceFamily: 'Test',
      modelIdentifier: 'x',
      aliases: [],
    },
    paths,
    addresses: options.addresses ?? ['127.0.0.1'],
    port: 0,
    tls: options.tls,
    handshakeMs: options.handshakeMs ?? 15_000,
    config: service,
    devices,
    identity,
    env,
    sessions,
    approvals,
    models,
    devEcho,
    auth: () => ({
      mode,
      token: service.secret('gateway.auth.token'),
      password: service.secret('gateway.auth.password'),
      ownerToken,
    }),
    tailLog: (request) => tailLog({ dir: join(paths.trayDir, 'logs'), ...request, now: clock.now() }),
    requestRestart: (request) => {
      restarts.push(request);
      return {
        ok: true,
        pid: process.pid,
        signal: 'SIGUSR2',
        mode: 'emit',
        coalesced: false,
        cooldownMsApplied: 0,
        ...request,
      };
    },
  });
  const close = async (): Promise<void> => {
    await gateway.close('stop', 0);
    await models.close();
    await approvals.close();
    await sessions.close();
    await devices.close();
    await service.close();
    await rm(stateDir, { recursive: true, force: true });
  };
  return {
    gateway,
    identity,
    port: gateway.port,
    url: `ws://127.0.0.1:${gateway.port}`,
    httpUrl: `http://127.0.0.1:${gateway.port}`,
    token: 'test-token',
    ownerToken,
    paths,
    devices,
    sessions,
    approvals,
    config: service,
    restarts,
    close,
    [Symbol.asyncDispose]: close,
  };
}

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;
