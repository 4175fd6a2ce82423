import { randomBytes } from 'node:crypto';
import type { ConfigService } from '../config/service.ts';
import type { AuthMode, GatewaySettings, Setting } from '../config/settings.ts';
import type { HostLogs } from './host-logs.ts';

/** How clients prove themselves during one run of the gateway. */
export interface AuthPlan {
  mode: AuthMode;
  token: SharedSecret;
  password: SharedSecret;
}

interface SharedSecret {
  /** What counted when the gateway started. */
  value: string | undefined;
  /** Set when it stands in the configuration, where it can be exchanged while the gateway runs. */
  configPath?: string;
}

export interface AuthSources {
  config: ConfigService;
  logs: HostLogs;
  /** The token made up when nobody gave one; the same for as long as this process lives. */
  spareToken(): string;
}

export async function authPlan(sources: AuthSources, settings: GatewaySettings): Promise<AuthPlan> {
  const mode = settings.authMode.value;
  const token = sharedSecret(settings.token, 'gateway.auth.token');
  const password = sharedSecret(settings.password, 'gateway.auth.password');
  if (mode === 'token' && token.value === undefined) token.value = await newToken(sources);
  return { mode, token, password };
}

function sharedSecret({ value, origin }: Setting<string | undefined>, configPath: string): SharedSecret {
  return origin === 'flag' || origin === 'env' ? { value } : { value, configPath };
}

/** The secrets that count at this moment: one that was exchanged in the configuration counts at once. */
export function authInForce(
  { mode, token, password }: AuthPlan,
  config: ConfigService,
): { mode: AuthMode; token: string | undefined; password: string | undefined } {
  const current = ({ value, configPath }: SharedSecret): string | undefined =>
    (configPath === undefined ? undefined : config.secret(configPath)) ?? value;
  return { mode, token: current(token), password: current(password) };
}

/**
 * A new token is kept where every OpenClaw program looks for it; without a configuration file, or with one that
 * cannot be written, it lasts for this run.
 */
async function newToken({ config, logs: { log, redactor }, spareToken }: AuthSources): Promise<string> {
  const token = spareToken();
  redactor.add(token);
  const isSaved = await saveToken(config, token);
  log.warn(
    isSaved
      ? 'Gateway auth token was missing. Generated a new token and saved it to config (gateway.auth.token).'
      : 'Gateway auth token was missing. Generated one for this run; commands on this machine find it by themselves.',
  );
  return token;
}

async function saveToken(config: ConfigService, token: string): Promise<boolean> {
  const { exists, hash, recoveredFrom } = config.current;
  if (!exists || recoveredFrom) return false;
  const raw = JSON.stringify({ gateway: { auth: { token } } });
  return config.write({ kind: 'patch', raw, baseHash: hash }, 'host').then(
    () => true,
    () => false,
  );
}

export const randomToken = (): string => randomBytes(24).toString('base64url');
