import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GivenAuth } from '../core/client/credentials.ts';
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
import { DEV_PORT } from '../core/host/dev-profile.ts';
import { strangerAt } from '../core/host/listener-uid.ts';
import { readOwnerFile } from '../core/host/owner-file.ts';
import { startProblems } from '../core/host/start-checks.ts';
import { asText, valueAt } from '../core/lib/json.ts';
import { currentLogPath, type LogPlace } from '../core/logs/log-files.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { type Inspection, inspectGateway } from '../core/verdict/inspect-gateway.ts';
import { exposedPaths, hasLastGood } from '../core/verdict/local-facts.ts';
import type { LocalSubject } from '../core/verdict/local-look.ts';
import { lookAtService } from '../core/verdict/service-look.ts';
import { introduction, knownDevice, LOOK_MS, networkOf, type Surroundings } from './gateway-route.ts';
import { holderOf, runnerOf } from './port-relief.ts';
import type { PromptDesk } from './prompt-desk.ts';
import type { FoundGateway, Reach, SessionRoute } from './reach.ts';
import { GatewaySecret } from './remote/gateway-secret.ts';
import type { SecretVault } from './secret-vault.ts';

interface LocalParts {
  surroundings: Surroundings;
  prompts: PromptDesk;
  vault: SecretVault;
  onChange(): void;
}

/** The gateway of this computer: there is no way to be opened, and nothing to be confirmed. */
export class LocalReach implements Reach {
  readonly destination = { kind: 'local' } as const;
  readonly way = undefined;
  readonly #parts: LocalParts;
  readonly #secret: GatewaySecret;
  readonly #end = new AbortController();

  constructor(parts: LocalParts) {
    const { prompts, vault } = parts;
    this.#parts = parts;
    const configured = async (): Promise<GivenAuth> => ({});
    this.#secret = new GatewaySecret({ key: 'local', label: '127.0.0.1', prompts, vault, configured });
  }

  look(): Promise<FoundGateway> {
    const given = (): Promise<GivenAuth> => this.#secret.auth('local');
    return lookAtLocal(this.#parts.surroundings, 'tray', given).then(({ found }) => found);
  }

  async askSecret(): Promise<void> {
    if (await this.#secret.ask(false, 'local', this.#end.signal)) this.#parts.onChange();
  }

  connect(): void {
    this.#parts.onChange();
  }

  disconnect(): void {}

  wake(): void {
    this.#parts.onChange();
  }

  async close(): Promise<void> {
    this.#end.abort();
  }
}

/**
 * `tray`: whoever clicks on Start has said that a gateway belongs here, so none needs a configuration or
 * `gateway.mode`. `doctor`: as the command line judges it, for whom it is missing then.
 */
export type Regard = 'tray' | 'doctor';

interface LocalSight {
  found: FoundGateway;
  /** What the judgement rests on. */
  inspection: Inspection;
  /** The port is the one that the configuration says, or none. */
  isPortConfigured: boolean;
}

/** `given`: the secret that a person has given for the gateway at this port, which is not ours. */
export async function lookAtLocal(
  surroundings: Surroundings,
  regard: Regard,
  given: () => Promise<GivenAuth> = async () => ({}),
): Promise<LocalSight> {
  const { clock, env, paths } = surroundings;
  const owner = await readOwnerFile(paths.trayDir).catch(() => undefined);
  const config = await readLocalConfig(surroundings, regard);
  const port = owner?.port ?? config.port;
  const url = `${config.isSecure ? 'wss' : 'ws'}://127.0.0.1:${port}`;
  const sharedAuth = async (): Promise<GivenAuth> => {
    const auth = await given();
    return Object.keys(auth).length > 0 ? auth : config.sharedAuth();
  };
  const route = await routeTo(surroundings, { url, port, sharedAuth });
  const inspection = await inspectGateway(
    {
      local: {
        ...config.subject,
        stateDir: paths.stateDir,
        trayDir: paths.trayDir,
        port,
        service: () => lookAtService({ paths, env, clock, file: config.file, port }),
      },
      network: networkOf(route, clock),
      command: commandName(paths, env),
    },
    { clock, timeoutMs: LOOK_MS, methods: ['status'] },
  );
  const { verdict, fix, local } = inspection;
  const isRunning =
    local?.lock !== undefined || local?.listeners.some(({ gateway }) => gateway !== undefined) === true;
  const { ok, warnings, finding, evidence } = verdict;
  const holder = local && holderOf(local, port, paths.stateDir);
  const runner = local && runnerOf(local, port, paths.stateDir);
  const { logDir, logPlace } = config;
  const look = { ok, warnings, finding, fix, isRunning, evidence };
  const isPortConfigured = !env.OPENCLAW_GATEWAY_PORT?.trim();
  const found = { look, url, owner, route, logDir, logPlace, holder, runner };
  return { found, inspection, isPortConfigured };
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
  file: ConfigFile;
  subject: Omit<LocalSubject, 'stateDir' | 'trayDir' | 'port' | 'service'>;
}

/** A file that says "remote" or cannot be used keeps a gateway from starting, however it is regarded. */
async function readLocalConfig({ clock, env, paths }: Surroundings, regard: Regard): Promise<LocalConfig> {
  const { configPath: path, stateDir, profile } = paths;
  const source = { path, stateDir, env, schema: readConfigSchema() };
  const { file, issues } = await inspectConfig(source);
  const secrets = await secretLookup(file);
  const isUsable = issues.length === 0 && file.exists;
  const problems = isUsable
    ? startProblems({ config: file.resolved, exists: true, env: file.env, secrets, paths })
    : [];
  const isFree = regard === 'tray' && valueAt(file.resolved, 'gateway.mode') === undefined;
  const settings = settingsOf(file, secrets);
  const port = settings?.port.value ?? DEFAULT_PORT;
  const logFile = asText(valueAt(file.resolved, 'logging.file'))?.replace(/^~(?=$|[\\/])/, () => paths.home);
  const logPlace = { ...defaultLogPlace(paths), ...(logFile === undefined ? {} : { file: logFile }) };
  return {
    file,
    logDir: dirname(currentLogPath(logPlace, clock.now())),
    logPlace,
    port: profile === 'dev' && settings?.port.origin === 'default' ? DEV_PORT : port,
    isSecure: valueAt(file.resolved, 'gateway.tls.enabled') === true,
    sharedAuth: () => sharedAuth(file, settings?.authMode.value),
    subject: {
      configPath: path,
      config: {
        // The dev profile brings a configuration of its own at its first start.
        exists: regard === 'tray' || file.exists || profile === 'dev',
        issues,
        startProblems: problems.filter((one) => !(isFree && one.path === 'gateway.mode')),
        canRecover: issues.length > 0 && (await hasLastGood(paths.trayDir, source)),
      },
      exposed: () => exposedPaths(paths),
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

interface Place {
  url: string;
  port: number;
  sharedAuth(): Promise<GivenAuth>;
}

/** The owner's token opens our own gateway, and no device is left behind in its list. */
async function routeTo(surroundings: Surroundings, { url, port, sharedAuth }: Place): Promise<SessionRoute> {
  const { paths } = surroundings;
  return {
    ...introduction(surroundings, await knownDevice(paths, url)),
    url,
    renewAuth: async () => {
      const current = await readOwnerFile(paths.trayDir).catch(() => undefined);
      if (current?.port === port) return { token: current.token };
      return isStranger(port, paths) ? {} : sharedAuth();
    },
  };
}

/** While our gateway is stopped, any user of this machine can listen at its port and would be told its secrets. */
function isStranger(port: number, { stateDir }: StatePaths): boolean {
  const uid = strangerAt(port);
  return uid !== undefined && uid !== statSync(stateDir, { throwIfNoEntry: false })?.uid;
}
