import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { connect } from '../core/client/connect.ts';
import type { GatewayConnection } from '../core/client/connection.ts';
import type { GivenAuth } from '../core/client/credentials.ts';
import { type DeviceTokenStore, openDeviceTokenStore } from '../core/client/device-token-store.ts';
import type { ConnectStage } from '../core/client/dial.ts';
import { detailCode } from '../core/client/gateway-failure.ts';
import type { SessionOptions } from '../core/client/session.ts';
import { readOwnerFile } from '../core/host/owner-file.ts';
import { randomBytes } from '../core/lib/random-bytes.ts';
import type { DeviceIdentity } from '../core/protocol/device-auth.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { firstMissing } from '../core/protocol/scopes.ts';
import { isLocalRefusal } from '../core/verdict/connect-faults.ts';
import type { Hooks } from '../core/verdict/network-look.ts';
import { VERSION } from '../core/version.ts';
import { targetOf } from './asked-target.ts';
import { commandName } from './command-name.ts';
import { type Credential, credentialsFor } from './credentials.ts';
import type { FailureContext } from './failure.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';
import { readSettings, type Settings, settingsWithoutConfig } from './settings.ts';
import type { Target } from './target.ts';

type Query = Invocation<QueryOptions>;

/** A gateway that answered, and what is left of `--timeout` for asking it. */
export interface OpenGateway {
  connection: GatewayConnection;
  /** Milliseconds, at least 1. */
  timeLeft(): number;
  /** How it was reached, to be reached again in the same way. */
  route: SessionOptions;
}

/** What a command wants of a connection. */
export interface Want {
  /** The least that does. */
  scopes: readonly string[];
  /** What this client can show, such as `tool-events`. */
  caps?: readonly string[];
}

export type Reached = { context: FailureContext; settings: Settings } & (
  | ({ ok: true } & OpenGateway)
  | { ok: false; error: unknown }
);

interface Attempt {
  invocation: Query;
  settings: Settings;
  target: Target;
  want: Want;
  timeLeft(): number;
  onStage?: ((stage: ConnectStage) => void) | undefined;
  /** Gives up. */
  signal?: AbortSignal | undefined;
  /** Only looks: it asks for nothing that a person would have to approve, and leaves nothing behind. */
  isProbe?: boolean;
  /** What this device is to whoever listens at an address says nothing about who is behind a tunnel. */
  isThroughTunnel?: boolean | undefined;
}

type Opened = Pick<OpenGateway, 'connection' | 'route'>;

/**
 * Connects to the gateway that options and configuration name. A gateway that cannot be reached or refuses
 * is a value; problems with options and configuration are thrown.
 */
export async function reachGateway(
  invocation: Query,
  want: Want,
  timeLeft = countdown(invocation),
): Promise<Reached> {
  const isExplicit = invocation.options.url !== undefined;
  const settings = isExplicit ? settingsWithoutConfig(invocation) : await readSettings(invocation);
  const target = await targetOf(invocation, settings);
  const context = {
    target,
    configPath: settings.displayConfigPath,
    command: commandName(invocation),
    timeoutMs: timeAllowed(invocation),
  };
  const attempt = { invocation, settings, target, want, timeLeft };
  try {
    return { ok: true, ...(await tryCredentials(attempt)), timeLeft, context, settings };
  } catch (failure) {
    const { decideTrust } = await import('./certificate-trust.ts');
    const decision = await decideTrust({ invocation, settings, target, error: failure });
    if ('error' in decision) return { ok: false, error: decision.error, context, settings };
    return reachTrusted({ ...attempt, target: { ...target, ...decision } }, context);
  }
}

/** Once more, with all of the time: a person has thought about the certificate. */
async function reachTrusted(attempt: Attempt, context: FailureContext): Promise<Reached> {
  const { settings } = attempt;
  const timeLeft = countdown(attempt.invocation);
  try {
    return { ok: true, ...(await tryCredentials({ ...attempt, timeLeft })), timeLeft, context, settings };
  } catch (error) {
    return { ok: false, error, context, settings };
  }
}

/** Runs `task` on a connection, tells the user what goes wrong, and returns the exit status. */
export async function withGateway(
  invocation: Query,
  request: Want & { label?: string; timeLeft?: () => number },
  task: (gateway: OpenGateway) => Promise<number>,
): Promise<number> {
  const reached = await reachGateway(invocation, request, request.timeLeft);
  const context = { ...reached.context, label: request.label };
  const report = async (error: unknown) =>
    (await import('./failure.ts')).reportError(invocation, error, context);
  if (!reached.ok) return report(reached.error);
  try {
    return await task(reached);
  } catch (error) {
    return report(error);
  } finally {
    // The farewell is on its way; whoever was asked need not be waited for.
    void reached.connection.close();
  }
}

/**
 * As `withGateway`, for a step that needs `scopes` beyond those of the connection at hand: nobody may grant
 * what they do not hold. Stays on that connection when it holds them already.
 */
export function withScopes(
  invocation: Query,
  gateway: OpenGateway,
  scopes: readonly string[],
  task: (gateway: OpenGateway) => Promise<number>,
): Promise<number> {
  if (firstMissing(gateway.connection.hello.auth.scopes, scopes) === undefined) return task(gateway);
  return withGateway(invocation, { scopes, timeLeft: gateway.timeLeft }, task);
}

/**
 * Connects to `target` as a query does, but never asks to be paired: a device identity is shown only where it is
 * known already, and never through a tunnel.
 */
export async function connectAsProbe(
  invocation: Query,
  parts: { settings: Settings; target: Target; hooks: Hooks; isThroughTunnel?: boolean },
): Promise<GatewayConnection> {
  const { hooks, ...place } = parts;
  const timing = { timeLeft: countdown(invocation, hooks.timeoutMs), ...hooks };
  const attempt = { invocation, ...place, ...timing, want: { scopes: ['operator.read'] }, isProbe: true };
  try {
    return (await tryCredentials(attempt)).connection;
  } catch (error) {
    if (!isLocalRefusal(error)) throw error;
    return withoutCredential(attempt, error);
  }
}

/** As gateways answer who shows nothing, or no device. */
const REFUSED: readonly string[] = ['INVALID_REQUEST', 'NOT_PAIRED'];

/** What cannot be shown may not be needed; and whether anybody answers can be seen all the same. */
async function withoutCredential(attempt: Attempt, refusal: unknown): Promise<GatewayConnection> {
  try {
    return (await open(attempt, {})).connection;
  } catch (error) {
    throw error instanceof RpcError && REFUSED.includes(error.code) ? refusal : error;
  }
}

const timeAllowed = ({ options }: Query): number => options.timeout ?? 10_000;

function countdown(invocation: Query, ms = timeAllowed(invocation)): () => number {
  const { clock } = invocation.cli;
  const end = clock.now() + ms;
  return () => Math.max(1, end - clock.now());
}

async function tryCredentials(attempt: Attempt): Promise<Opened> {
  const { target, settings, invocation } = attempt;
  let refusal: unknown;
  for await (const credential of credentialsFor({ target, settings, options: invocation.options })) {
    try {
      return await connectWith(attempt, credential);
    } catch (error) {
      if (!credential.isOwner || detailCode(error) !== 'AUTH_TOKEN_MISMATCH') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/**
 * On this machine a shared secret says enough, and no device is left behind in the gateway's list. Gateways
 * that want one say so, or (v3) admit and grant no scope. Only then is an identity made.
 */
async function connectWith(attempt: Attempt, credential: Credential): Promise<Opened> {
  const identityFile = join(attempt.settings.paths.trayDir, 'identity', 'device.json');
  if (attempt.isProbe) return openKnown(attempt, credential, identityFile);
  if (attempt.target.isLoopback) {
    const opened = await connectBare(attempt, credential);
    if (opened) return opened;
  }
  return open(attempt, credential, await identityIn(identityFile));
}

/** What reads keys is loaded where they are shown. */
const identityIn = async (file: string): Promise<DeviceIdentity> =>
  (await import('../core/devices/identity.ts')).loadOrCreateIdentity(file);

/** As the device that this gateway has given a token, if there is one. */
async function openKnown(attempt: Attempt, credential: Credential, identityFile: string): Promise<Opened> {
  if (attempt.isThroughTunnel) return open(attempt, credential);
  // A device that nobody has given a token is known nowhere, and its keys take long to read.
  const file = tokenFile(attempt.settings);
  if (!existsSync(file) || !existsSync(identityFile)) return open(attempt, credential);
  const tokens = openDeviceTokenStore(file);
  const device = await identityIn(identityFile);
  const key = { endpoint: attempt.target, deviceId: device.deviceId, role: 'operator' };
  const stored = await tokens.get(key);
  if (!stored) return open(attempt, credential);
  const { scopes } = stored;
  return open({ ...attempt, want: { scopes } }, credential, device);
}

async function connectBare(attempt: Attempt, credential: Credential): Promise<Opened | undefined> {
  try {
    const opened = await open(attempt, credential);
    const { hello } = opened.connection;
    if (firstMissing(hello.auth.scopes, attempt.want.scopes) === undefined) return opened;
    await opened.connection.close();
  } catch (error) {
    if (detailCode(error) !== 'DEVICE_IDENTITY_REQUIRED') throw error;
  }
  return undefined;
}

/** A gateway that is just starting says when to come again; that is waited for as long as there is time. */
async function open(attempt: Attempt, credential: Credential, device?: DeviceIdentity): Promise<Opened> {
  const route = routeOf(attempt, credential, device);
  for (;;) {
    try {
      const { signal } = attempt;
      return { connection: await connect({ ...route, timeoutMs: attempt.timeLeft(), signal }), route };
    } catch (error) {
      const wait = retryDelay(error);
      if (wait >= attempt.timeLeft()) throw error;
      await attempt.invocation.cli.clock.sleep(wait, attempt.signal);
    }
  }
}

/** Milliseconds; infinite for errors that waiting does not mend. */
const retryDelay = (error: unknown): number =>
  (error instanceof RpcError && error.code === 'UNAVAILABLE' && error.retryAfterMs) ||
  Number.POSITIVE_INFINITY;

const tokenFile = ({ paths }: Settings): string => join(paths.trayDir, 'identity', 'device-tokens.json');

/** Whoever only looks writes nothing down. */
function tokenStore({ settings, isProbe }: Attempt): DeviceTokenStore {
  const store = openDeviceTokenStore(tokenFile(settings));
  return isProbe ? { ...store, put: async () => {}, drop: async () => {} } : store;
}

/** What the gateway that runs now at this port has left for its owner. */
async function ownerAuth({ settings, target }: Attempt): Promise<GivenAuth | undefined> {
  const owner = await readOwnerFile(settings.paths.trayDir).catch(() => undefined);
  return owner?.port === target.port ? { token: owner.token } : undefined;
}

function routeOf(attempt: Attempt, credential: Credential, device?: DeviceIdentity): SessionOptions {
  const { invocation, target, want } = attempt;
  const { clock, env } = invocation.cli;
  return {
    url: target.url,
    auth: credential.auth,
    renewAuth: credential.isOwner ? () => ownerAuth(attempt) : undefined,
    device,
    tokens: device && tokenStore(attempt),
    client: {
      id: 'cli',
      mode: 'cli',
      version: VERSION,
      platform: process.platform,
      instanceId: randomBytes(16).toString('hex'),
      displayName: hostname(),
    },
    scopes: want.scopes,
    caps: want.caps,
    onStage: attempt.onStage,
    tlsFingerprint: target.tlsFingerprint,
    allowInsecure: env.OPENCLAW_ALLOW_INSECURE_PRIVATE_WS === '1',
    clock,
  };
}
