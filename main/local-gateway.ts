import { existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from '../core/client/connect.ts';
import type { GivenAuth } from '../core/client/credentials.ts';
import { openDeviceTokenStore } from '../core/client/device-token-store.ts';
import type { SessionOptions } from '../core/client/session.ts';
import { commandName } from '../core/config/command-name.ts';
import type { StatePaths } from '../core/config/paths.ts';
import type { ConfigFile } from '../core/config/read.ts';
import { readConfigSchema } from '../core/config/schema.ts';
import { secretLookup } from '../core/config/secret-lookup.ts';
import { resolveSecret } from '../core/config/secrets.ts';
import {
  DEFAULT_PORT,
  type GatewaySettings,
  resolveGatewaySettings,
  type SecretLookup,
} from '../core/config/settings.ts';
import { inspectConfig } from '../core/config/snapshot.ts';
import { loadOrCreateIdentity } from '../core/devices/identity.ts';
import { DEV_PORT } from '../core/host/dev-profile.ts';
import { strangerAt } from '../core/host/listener-uid.ts';
import { type OwnerRecord, readOwnerFile } from '../core/host/owner-file.ts';
import { startProblems } from '../core/host/start-checks.ts';
import type { Clock } from '../core/lib/clock.ts';
import { asText, valueAt } from '../core/lib/json.ts';
import { currentLogPath, type LogPlace } from '../core/logs/log-files.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { inspectGateway } from '../core/verdict/inspect-gateway.ts';
import { exposedPaths, hasLastGood } from '../core/verdict/local-facts.ts';
import type { LocalSubject } from '../core/verdict/local-look.ts';
import { VERSION } from '../core/version.ts';
import type { GatewayLook } from './connection-state.ts';

export interface Surroundings {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  paths: StatePaths;
}

/** The gateway of this computer as it was found: how it is, and how to reach it. */
export interface LocalGateway {
  look: GatewayLook;
  /** Without secrets. */
  url: string;
  /** What the gateway that runs on our state directory has left for its owner. */
  owner: OwnerRecord | undefined;
  route: SessionRoute;
  /** Where its log files are. */
  logDir: string;
  logPlace: LogPlace;
}

export type SessionRoute = Omit<SessionOptions, 'clock'>;

/** Milliseconds for one look at the gateway. */
const LOOK_MS = 8_000;

/** Looks at the gateway of this computer. It changes nothing and never rejects for what it finds. */
export async function findLocalGateway(surroundings: Surroundings): Promise<LocalGateway> {
  const { clock, env, paths } = surroundings;
  const owner = await readOwnerFile(paths.trayDir).catch(() => undefined);
  const config = await readLocalConfig(surroundings);
  const port = owner?.port ?? config.port;
  const url = `${config.isSecure ? 'wss' : 'ws'}://127.0.0.1:${port}`;
  const route = await routeTo(surroundings, { url, port, sharedAuth: config.sharedAuth });
  const inspection = await inspectGateway(
    {
      local: { ...config.subject, stateDir: paths.stateDir, trayDir: paths.trayDir, port },
      network: {
        url,
        dial: { tlsFingerprint: route.tlsFingerprint },
        connect: async (hooks) => {
          const auth = await route.renewAuth?.();
          return connect({ ...route, ...hooks, clock, auth, scopes: ['operator.read'] });
        },
      },
      command: commandName(paths, env),
    },
    { clock, timeoutMs: LOOK_MS, methods: ['status'] },
  );
  const { verdict, fix, local } = inspection;
  const isRunning =
    local?.lock !== undefined || local?.listeners.some(({ gateway }) => gateway !== undefined) === true;
  const { ok, warnings, finding } = verdict;
  const { logDir, logPlace } = config;
  return { look: { ok, warnings, finding, fix, isRunning }, url, owner, route, logDir, logPlace };
}

/** Where a gateway writes its log unless its configuration says something else. */
export const defaultLogPlace = ({ trayDir, profile }: StatePaths): LogPlace => ({
  dir: join(trayDir, 'logs'),
  ...(profile === undefined ? {} : { profile }),
});

interface LocalConfig {
  logDir: string;
  logPlace: LogPlace;
  port: number;
  isSecure: boolean;
  sharedAuth(): Promise<GivenAuth>;
  subject: Omit<LocalSubject, 'stateDir' | 'trayDir' | 'port'>;
}

/**
 * A gateway that the app starts needs no configuration and no `gateway.mode`: whoever clicks on Start has said that one
 * belongs here. A file that says "remote" or cannot be used keeps it from starting.
 */
async function readLocalConfig({ clock, env, paths }: Surroundings): Promise<LocalConfig> {
  const { configPath: path, stateDir, profile } = paths;
  const source = { path, stateDir, env, schema: readConfigSchema() };
  const { file, issues } = await inspectConfig(source);
  const secrets = await secretLookup(file);
  const isUsable = issues.length === 0 && file.exists;
  const problems = isUsable
    ? startProblems({ config: file.resolved, exists: true, env: file.env, secrets, paths })
    : [];
  const isUndecided = valueAt(file.resolved, 'gateway.mode') === undefined;
  const settings = settingsOf(file, secrets);
  const port = settings?.port.value ?? DEFAULT_PORT;
  const logFile = asText(valueAt(file.resolved, 'logging.file'))?.replace(/^~(?=$|[\\/])/, () => paths.home);
  const logPlace = { ...defaultLogPlace(paths), ...(logFile === undefined ? {} : { file: logFile }) };
  return {
    logDir: dirname(currentLogPath(logPlace, clock.now())),
    logPlace,
    port: profile === 'dev' && settings?.port.origin === 'default' ? DEV_PORT : port,
    isSecure: valueAt(file.resolved, 'gateway.tls.enabled') === true,
    sharedAuth: () => sharedAuth(file, settings?.authMode.value),
    subject: {
      config: {
        exists: true,
        issues,
        startProblems: problems.filter((one) => !(isUndecided && one.path === 'gateway.mode')),
        canRecover: issues.length > 0 && (await hasLastGood(paths.trayDir, source)),
      },
      exposed: () => exposedPaths(paths),
      service: async () => undefined,
    },
  };
}

/** What cannot be resolved is told by the look at the configuration. */
function settingsOf(
  { resolved: config, env }: ConfigFile,
  secrets: SecretLookup,
): GatewaySettings | undefined {
  try {
    return resolveGatewaySettings({ flags: {}, env, config, secrets });
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

/** The secret that this file shares with clients; empty where there is none or it cannot be had. */
async function sharedAuth({ resolved, env }: ConfigFile, mode: string | undefined): Promise<GivenAuth> {
  if (mode !== 'token' && mode !== 'password') return {};
  const given = env[`OPENCLAW_GATEWAY_${mode.toUpperCase()}`];
  if (given) return { [mode]: given };
  const written = valueAt(resolved, `gateway.auth.${mode}`);
  if (written === undefined || written === '') return {};
  const secret = await resolveSecret(written, resolved, env);
  return secret.ok ? { [mode]: secret.value } : {};
}

interface Destination {
  url: string;
  port: number;
  sharedAuth(): Promise<GivenAuth>;
}

/** The owner's token opens our own gateway, and no device is left behind in its list. */
async function routeTo(
  { env, paths }: Surroundings,
  { url, port, sharedAuth }: Destination,
): Promise<SessionRoute> {
  return {
    url,
    ...(await knownDevice(paths, url)),
    renewAuth: async () => {
      const current = await readOwnerFile(paths.trayDir).catch(() => undefined);
      if (current?.port === port) return { token: current.token };
      return isStranger(port, paths) ? {} : sharedAuth();
    },
    caps: ['tool-events'],
    client: {
      id: 'gateway-client',
      mode: 'ui',
      version: VERSION,
      platform: process.platform,
      displayName: asText(hostname()) || 'desktop',
    },
    allowInsecure: env.OPENCLAW_ALLOW_INSECURE_PRIVATE_WS === '1',
  };
}

/** This device, where that gateway has given it a token: shown to any other it would ask to be paired. */
async function knownDevice(paths: StatePaths, url: string): Promise<Pick<SessionRoute, 'device' | 'tokens'>> {
  const file = (name: string): string => join(paths.trayDir, 'identity', name);
  if (!existsSync(file('device.json'))) return {};
  const device = await loadOrCreateIdentity(file('device.json')).catch(() => undefined);
  const tokens = openDeviceTokenStore(file('device-tokens.json'));
  const key = device && { endpoint: { url }, deviceId: device.deviceId, role: 'operator' };
  return key && (await tokens.get(key)) ? { device, tokens } : {};
}

/** While our gateway is stopped, any user of this machine can listen at its port and would be told its secrets. */
function isStranger(port: number, { stateDir }: StatePaths): boolean {
  const uid = strangerAt(port);
  return uid !== undefined && uid !== statSync(stateDir, { throwIfNoEntry: false })?.uid;
}
