import { LOG_LEVELS, type LogLevel } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { type ConfigObject, valueAtText } from './config-path.ts';
import { readPasswordFile } from './password-file.ts';
import { PLACEHOLDER_PROBLEM, REDACTED } from './redaction.ts';
import { secretRefOf } from './secrets.ts';

export type Origin = 'flag' | 'env' | 'config' | 'default';

/** A value and who said so. */
export interface Setting<T> {
  value: T;
  origin: Origin;
}

export type BindMode = (typeof BIND_MODES)[number];
export type AuthMode = (typeof AUTH_MODES)[number];
export type TailscaleMode = (typeof TAILSCALE_MODES)[number];
export type WsLogStyle = (typeof WS_LOG_STYLES)[number];

/** The flags of `openclaw gateway run`, unchecked. */
export interface GatewayFlags {
  port?: number;
  bind?: string;
  auth?: string;
  token?: string;
  password?: string;
  passwordFile?: string;
  tailscale?: string;
  tailscaleResetOnExit?: boolean;
  allowUnconfigured?: boolean;
  dev?: boolean;
  reset?: boolean;
  force?: boolean;
  verbose?: boolean;
  cliBackendLogs?: boolean;
  wsLog?: WsLogStyle;
  rawStream?: boolean;
  rawStreamPath?: string;
}

/** Secrets that are references in the configuration; a `ConfigService` is one. */
export interface SecretLookup {
  secret(path: string): string | undefined;
  secretFailure(path: string): string | undefined;
}

export interface SettingsInput {
  flags: GatewayFlags;
  env: NodeJS.ProcessEnv;
  config: ConfigObject;
  /** Needed when gateway.auth.token or gateway.auth.password may be references. */
  secrets?: SecretLookup;
}

export interface GatewaySettings {
  port: Setting<number>;
  bind: Setting<BindMode>;
  /** Set when gateway.customBindHost is. */
  customBindHost?: string;
  authMode: Setting<AuthMode>;
  token: Setting<string | undefined>;
  password: Setting<string | undefined>;
  /** What to tell the user when token and password are both set at the same place and no mode says which counts. */
  authConflict?: string;
  /** gateway.mode; a gateway only starts with `local`. */
  mode: Setting<'local' | 'remote' | undefined>;
  tailscaleMode: Setting<TailscaleMode>;
  tailscaleResetOnExit: Setting<boolean>;
  wsLog: Setting<WsLogStyle>;
  /** Of the log file. */
  logLevel: Setting<LogLevel>;
  consoleLevel: Setting<LogLevel>;
}

export const DEFAULT_PORT = 18789;

const BIND_MODES = ['loopback', 'lan', 'tailnet', 'auto', 'custom'] as const;
const AUTH_MODES = ['none', 'token', 'password', 'trusted-proxy'] as const;
const TAILSCALE_MODES = ['off', 'serve', 'funnel'] as const;
const WS_LOG_STYLES = ['auto', 'full', 'compact'] as const;
const MODES = ['local', 'remote'] as const;

/**
 * What a gateway runs with: flags before environment before configuration before defaults. Give `ConfigFile.env` to
 * count `.env` and the `env` block. Throws BAD_ARGUMENT for an unusable flag or variable, and SECRET_UNRESOLVED when
 * the secret of the auth mode is a reference that could not be resolved.
 */
export function resolveGatewaySettings(input: SettingsInput): GatewaySettings {
  const { flags, env, config } = input;
  const customBindHost = text(valueAtText(config, 'gateway.customBindHost'));
  const logLevel = levelSetting(env, config, 'logging.level');
  const consoleLevel = levelSetting(env, config, 'logging.consoleLevel');
  return {
    port: portSetting(input),
    bind: choice('--bind', flags.bind, BIND_MODES, valueAtText(config, 'gateway.bind'), 'loopback'),
    ...(customBindHost === undefined ? {} : { customBindHost }),
    ...authSettings(input),
    mode: choice('--mode', undefined, MODES, valueAtText(config, 'gateway.mode'), undefined),
    tailscaleMode: choice(
      '--tailscale',
      flags.tailscale,
      TAILSCALE_MODES,
      valueAtText(config, 'gateway.tailscale.mode'),
      'off',
    ),
    tailscaleResetOnExit: resetOnExit(input),
    wsLog: choice('--ws-log', flags.wsLog, WS_LOG_STYLES, undefined, 'auto'),
    logLevel,
    consoleLevel: flags.verbose ? { value: 'debug', origin: 'flag' } : consoleLevel,
  };
}

function authSettings(
  input: SettingsInput,
): Pick<GatewaySettings, 'authMode' | 'token' | 'password' | 'authConflict'> {
  const { flags, config } = input;
  if (flags.password !== undefined && flags.passwordFile !== undefined) {
    throw new RpcError('BAD_ARGUMENT', 'Use either --password or --password-file.');
  }
  const password = flags.passwordFile === undefined ? flags.password : readPasswordFile(flags.passwordFile);
  const secrets = {
    token: secretSetting(input, flags.token, 'OPENCLAW_GATEWAY_TOKEN', 'gateway.auth.token'),
    password: secretSetting(input, password, 'OPENCLAW_GATEWAY_PASSWORD', 'gateway.auth.password'),
  };
  const chosen = choice(
    '--auth',
    flags.auth,
    AUTH_MODES,
    valueAtText(config, 'gateway.auth.mode'),
    undefined,
  );
  const authMode = chosen.value ? { value: chosen.value, origin: chosen.origin } : impliedMode(secrets);
  const needed = authMode.value === 'token' || authMode.value === 'password' ? authMode.value : undefined;
  if (needed && secrets[needed].failure !== undefined)
    throw unresolved(`gateway.auth.${needed}`, secrets[needed].failure);
  const conflict = !chosen.value && isConflict(secrets);
  return {
    authMode,
    token: plain(secrets.token),
    password: plain(secrets.password),
    ...(conflict ? { authConflict: CONFLICT } : {}),
  };
}

const CONFLICT =
  'Both a gateway token and a gateway password are set, but gateway.auth.mode is not.\nSet gateway.auth.mode to token or password, or pass --auth.';

interface SecretSetting extends Setting<string | undefined> {
  failure?: string;
}

type SecretPair = Record<'token' | 'password', SecretSetting>;

const plain = ({ value, origin }: SecretSetting): Setting<string | undefined> => ({ value, origin });

const RANK: Record<Origin, number> = { flag: 3, env: 2, config: 1, default: 0 };

const isConflict = ({ token, password }: SecretPair): boolean =>
  token.origin === password.origin && token.origin !== 'default';

/** The secret that was said with more emphasis names the mode; without any, a token is made up later. */
function impliedMode({ token, password }: SecretPair): Setting<AuthMode> {
  const value = RANK[password.origin] > RANK[token.origin] ? 'password' : 'token';
  return { value, origin: 'default' };
}

function secretSetting(
  input: SettingsInput,
  flag: string | undefined,
  name: string,
  path: string,
): SecretSetting {
  if (flag !== undefined) {
    if (flag.trim() === '')
      throw new RpcError(
        'BAD_ARGUMENT',
        `An empty ${path.split('.').at(-1)} was given. Leave the flag out or give a value.`,
      );
    return { value: realSecret(flag, `--${path.split('.').at(-1)}`), origin: 'flag' };
  }
  const env = text(input.env[name]);
  if (env !== undefined) return { value: realSecret(env, name), origin: 'env' };
  const written = valueAtText(input.config, path);
  if (written === undefined || written === '') return { value: undefined, origin: 'default' };
  const isText = typeof written === 'string' && !secretRefOf(written);
  const value = isText ? written : input.secrets?.secret(path);
  if (value !== undefined) return { value, origin: 'config' };
  const failure = input.secrets?.secretFailure(path) ?? 'The SecretRef has not been resolved.';
  return { value: undefined, origin: 'config', failure };
}

function realSecret(value: string, givenBy: string): string {
  if (!value.includes(REDACTED)) return value;
  throw new RpcError('BAD_ARGUMENT', `${givenBy}: ${PLACEHOLDER_PROBLEM}.`);
}

const unresolved = (path: string, reason: string): RpcError =>
  new RpcError(
    'SECRET_UNRESOLVED',
    `Startup failed: required secrets are unavailable. ${path}: ${reason}\nFix the reference, or set the secret by flag or environment variable.`,
    { path },
  );

const PORT_HELP = 'Use a port number from 1 to 65535, for example 18789.';

function portSetting({ flags, env, config }: SettingsInput): Setting<number> {
  if (flags.port !== undefined) return { value: checkPort(flags.port, '--port'), origin: 'flag' };
  const fromEnv = text(env.OPENCLAW_GATEWAY_PORT);
  if (fromEnv !== undefined)
    return { value: checkPort(Number(fromEnv), 'OPENCLAW_GATEWAY_PORT'), origin: 'env' };
  const configured = valueAtText(config, 'gateway.port');
  if (typeof configured === 'number')
    return { value: checkPort(configured, 'gateway.port'), origin: 'config' };
  return { value: DEFAULT_PORT, origin: 'default' };
}

function checkPort(port: number, name: string): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new RpcError('BAD_ARGUMENT', `Invalid ${name}. ${PORT_HELP}`);
}

/** A flag that is not one of the words throws; the configuration was checked when it was read. */
function choice<T extends string, D extends T | undefined>(
  flag: string,
  given: string | undefined,
  words: readonly T[],
  configured: unknown,
  fallback: D,
): Setting<T | D> {
  if (given !== undefined) {
    const word = words.find((candidate) => candidate === given);
    if (word === undefined) throw new RpcError('BAD_ARGUMENT', `Invalid ${flag}. Use ${orList(words)}.`);
    return { value: word, origin: 'flag' };
  }
  const word = words.find((candidate) => candidate === configured);
  return word === undefined ? { value: fallback, origin: 'default' } : { value: word, origin: 'config' };
}

const orList = (words: readonly string[]): string => {
  const quoted = words.map((word) => `"${word}"`);
  return `${quoted.slice(0, -1).join(', ')}, or ${quoted.at(-1)}`;
};

function resetOnExit({ flags, config }: SettingsInput): Setting<boolean> {
  if (flags.tailscaleResetOnExit !== undefined) return { value: flags.tailscaleResetOnExit, origin: 'flag' };
  const configured = valueAtText(config, 'gateway.tailscale.resetOnExit');
  return typeof configured === 'boolean'
    ? { value: configured, origin: 'config' }
    : { value: false, origin: 'default' };
}

/** `OPENCLAW_LOG_LEVEL` covers the log file and the console; an unknown word in it is no reason to refuse a start. */
function levelSetting(env: NodeJS.ProcessEnv, config: ConfigObject, path: string): Setting<LogLevel> {
  const fromEnv = LOG_LEVELS.find((level) => level === env.OPENCLAW_LOG_LEVEL?.toLowerCase());
  if (fromEnv) return { value: fromEnv, origin: 'env' };
  const configured = LOG_LEVELS.find((level) => level === valueAtText(config, path));
  return configured ? { value: configured, origin: 'config' } : { value: 'info', origin: 'default' };
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
