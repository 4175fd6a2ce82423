import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { strangerAt } from '../core/host/listener-uid.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { QueryOptions } from './options.ts';
import type { Settings } from './settings.ts';
import type { Target } from './target.ts';

export interface Secrets {
  token?: string;
  password?: string;
}

/** One way to identify oneself to a gateway. */
export interface Credential {
  /** Absent: nothing is shared with this gateway, a paired device has to do. */
  auth?: Secrets;
  /** The per-boot token of a running gateway: when it is refused, somebody else answers at the port. */
  isOwner?: boolean;
}

export interface CredentialInput {
  target: Target;
  options: Pick<QueryOptions, 'token' | 'password'>;
  settings: Settings;
}

/**
 * The credentials to try, best first. An address from outside the configuration never gets a secret out of
 * it (CVE-2026-32970, CVE-2026-25253): `--url` is given what the flags say, OPENCLAW_GATEWAY_URL what its own
 * environment says. Secrets are resolved only when it is their turn.
 * Throws CREDENTIALS_REQUIRED, or SECRET_UNRESOLVED when the secret in use cannot be resolved.
 */
export async function* credentialsFor(input: CredentialInput): AsyncGenerator<Credential, void, void> {
  const { target, options, settings } = input;
  const flags = pick(options.token, options.password);
  if (flags) return yield { auth: flags };
  if (target.source === 'cli --url') throw explicitRequired(settings.displayConfigPath, 'url');
  if (target.source === 'env OPENCLAW_GATEWAY_URL') return yield { auth: environmentSecrets(settings) };
  if (target.source === 'config gateway.remote.url') return yield await remoteCredential(settings);
  await refuseStranger(target, settings);
  const owner = await settings.owner();
  if (owner?.port === target.port) yield { auth: { token: owner.token }, isOwner: true };
  yield await localCredential(settings);
}

/** Why the secret in use cannot be resolved; undefined when it can, or when none is in use. Nothing is sent. */
export async function unresolvedSecret(input: CredentialInput): Promise<RpcError | undefined> {
  try {
    await credentialsFor(input).next();
    return undefined;
  } catch (error) {
    return error instanceof RpcError && error.code === 'SECRET_UNRESOLVED' ? error : undefined;
  }
}

/**
 * When the gateway is stopped, any user of this machine can listen at its port and would be told its secrets: those
 * of the settings, and with a connection the token that it gave to this device. Whoever owns the state directory has
 * them already.
 */
async function refuseStranger({ port }: Target, settings: Settings): Promise<void> {
  const uid = strangerAt(port);
  if (uid === undefined || uid === statSync(settings.paths.stateDir, { throwIfNoEntry: false })?.uid) return;
  if (!(await hasSecrets(settings))) return;
  throw new RpcError(
    'CREDENTIALS_REQUIRED',
    `Port ${port} is held by another user (uid ${uid}), so the token is not sent. Pass --token to send it anyway.`,
  );
}

async function hasSecrets(settings: Settings): Promise<boolean> {
  const { auth } = await localCredential(settings);
  return auth !== undefined || existsSync(join(settings.paths.trayDir, 'identity', 'device-tokens.json'));
}

function environmentSecrets({ processEnv, displayConfigPath }: Settings): Secrets {
  const secrets = pick(processEnv.OPENCLAW_GATEWAY_TOKEN, processEnv.OPENCLAW_GATEWAY_PASSWORD);
  if (secrets) return secrets;
  throw explicitRequired(displayConfigPath, 'environment');
}

/** Source: CLI samples, err-url-nocreds. */
function explicitRequired(configPath: string, origin: 'url' | 'environment'): RpcError {
  const [fix, instead] =
    origin === 'url'
      ? ['pass --token or --password with --url (or gatewayToken in tools).', 'remove --url']
      : [
          'set OPENCLAW_GATEWAY_TOKEN or OPENCLAW_GATEWAY_PASSWORD with OPENCLAW_GATEWAY_URL, or pass --token or --password.',
          'unset OPENCLAW_GATEWAY_URL',
        ];
  return new RpcError(
    'CREDENTIALS_REQUIRED',
    [
      'gateway url override requires explicit credentials',
      `Fix: ${fix}`,
      `For the default local or SSH-tunneled Gateway, ${instead} to use the configured target.`,
      `Config: ${configPath}`,
    ].join('\n'),
  );
}

/** The secrets that were configured for this very address; the shell's are for whoever configured none. */
async function remoteCredential(settings: Settings): Promise<Credential> {
  const { env } = settings;
  const configured = pick(
    await settings.secret('gateway.remote.token'),
    await settings.secret('gateway.remote.password'),
  );
  return { auth: configured ?? pick(env.OPENCLAW_GATEWAY_TOKEN, env.OPENCLAW_GATEWAY_PASSWORD) };
}

async function localCredential(settings: Settings): Promise<Credential> {
  const { env } = settings;
  const mode = settings.text('gateway.auth.mode');
  if (mode === 'none') return {};
  const fromEnv = pick(env.OPENCLAW_GATEWAY_TOKEN, env.OPENCLAW_GATEWAY_PASSWORD);
  if (fromEnv) return { auth: fromEnv };
  const token = mode === 'password' ? undefined : await settings.secret('gateway.auth.token');
  if (token) return { auth: { token } };
  const password = mode === 'token' ? undefined : await settings.secret('gateway.auth.password');
  if (password) return { auth: { password } };
  return { auth: pick(await settings.secret('gateway.remote.token'), undefined) };
}

/** Empty texts are no secrets. */
function pick(token: string | undefined, password: string | undefined): Secrets | undefined {
  if (!token && !password) return undefined;
  return { ...(token && { token }), ...(password && { password }) };
}
