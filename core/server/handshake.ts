import type { PairingRequest } from '../devices/paired-device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConnectParams } from '../protocol/connect.ts';
import { invalidRequest, RpcError } from '../protocol/errors.ts';
import { DEFAULT_SCOPES, firstMissing, type Role } from '../protocol/scopes.ts';
import { arrivalOf } from './arrival.ts';
import { type AuthSettings, type AuthVerdict, authenticate, isOwner } from './auth.ts';
import { authError, isBrowserClient, rateLimitedError, scopeMismatchError } from './auth-errors.ts';
import type { Broadcaster } from './broadcast.ts';
import type { Peer } from './connection.ts';
import { proveDevice } from './device-proof.ts';
import type { Dialect } from './dialect.ts';
import { browserOriginAllowed, type Origin, type OriginPolicy } from './origin.ts';
import { pairingRequired } from './pairing-errors.ts';
import type { Attempt, AuthRateLimiter, CredentialClass } from './rate-limit.ts';

export interface HandshakeDeps {
  clock: Clock;
  devices: DeviceRegistry;
  limiter: AuthRateLimiter;
  broadcaster: Broadcaster;
  auth(): AuthSettings;
  originPolicy(): OriginPolicy;
  /** `gateway.nodes.pairing.autoApproveLocal` */
  autoApproveLocal(): boolean;
}

/** What the connect request amounts to. The caller makes hello-ok of it. */
export interface Admission {
  peer: Peer;
  deviceToken?: { token: string; issuedAtMs: number };
}

interface Proven {
  params: ConnectParams;
  dialect: Dialect;
  origin: Origin;
  role: Role;
  scopes: string[];
  /** Set when the client proved to hold a device key. */
  publicKey: string | undefined;
  /** Aborts when the client is gone; asked for only when somebody waits. */
  signal(): AbortSignal;
}

/** Whom a connect request came from, and on which socket. */
export interface Caller {
  dialect: Dialect;
  origin: Origin;
  /** The challenge of the socket. */
  nonce: string;
  /** Aborts when the client is gone; asked for only when somebody waits. */
  signal(): AbortSignal;
}

/**
 * Decides a connect request whose shape and protocol version are already good, in this order: role, origin,
 * device proof, credentials, pairing. Throws the RpcError that the client is to see.
 */
export async function admit(
  deps: HandshakeDeps,
  params: ConnectParams,
  { nonce, ...caller }: Caller,
): Promise<Admission> {
  const role = roleOf(params);
  const { origin } = caller;
  checkBrowserOrigin(deps, params, origin);
  const publicKey = params.device ? proveDevice(params, params.device, nonce, deps.clock.now()) : undefined;
  const scopes = role === 'node' ? [] : [...(params.scopes ?? DEFAULT_SCOPES)];
  const proven: Proven = { ...caller, params, role, scopes, publicKey };
  if (publicKey === undefined) refuseWithoutDevice(deps.auth(), proven);
  const verdict = await checkCredentials(deps, proven);
  if (publicKey === undefined) return withoutDevice(proven, verdict);
  return withDevice(deps, proven, verdict, publicKey);
}

type Accepted = Extract<AuthVerdict, { ok: true }>;

function roleOf(params: ConnectParams): Role {
  const role = params.role ?? 'operator';
  if (role !== 'operator' && role !== 'node') throw invalidRequest('invalid role');
  return role;
}

function checkBrowserOrigin(deps: HandshakeDeps, params: ConnectParams, origin: Origin): void {
  const mustShowOrigin = isBrowserClient(params.client) || origin.browserOrigin !== undefined;
  if (!mustShowOrigin || browserOriginAllowed(origin, deps.originPolicy())) return;
  throw invalidRequest(
    'origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)',
    {
      code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
      reason: origin.browserOrigin === undefined ? 'origin missing or invalid' : 'origin not allowed',
    },
  );
}

const DEVICE_REQUIRED = (): RpcError =>
  new RpcError('NOT_PAIRED', 'device identity required', { code: 'DEVICE_IDENTITY_REQUIRED' });

/** Cases that no credential can mend. */
function refuseWithoutDevice(auth: AuthSettings, { params, role }: Proven): void {
  const isUi = isBrowserClient(params.client) || params.client.id === 'openclaw-tui';
  if (isUi && auth.mode !== 'trusted-proxy') {
    throw invalidRequest('control ui requires device identity (use HTTPS or localhost secure context)', {
      code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED',
    });
  }
  const { token, password, deviceToken, bootstrapToken } = params.auth ?? {};
  const hasNothing = !(token || password || deviceToken || bootstrapToken);
  if (role === 'node' || (hasNothing && (auth.mode === 'token' || auth.mode === 'password')))
    throw DEVICE_REQUIRED();
}

async function checkCredentials(deps: HandshakeDeps, proven: Proven): Promise<Accepted> {
  const { params, origin } = proven;
  const { address, directLocal } = origin;
  const attempt: Attempt = { address, directLocal, fromBrowser: origin.browserOrigin !== undefined };
  const given = params.auth ?? {};
  if (!isOwner(deps.auth(), given, origin)) {
    const waitMs = turnMs(deps.limiter, attempt, presentedClasses(given));
    if (waitMs > 0) await waitFor(deps, waitMs, proven);
  }
  const deviceId = params.device?.id;
  const check =
    deviceId === undefined
      ? undefined
      : (token: string) => deps.devices.checkToken(deviceId, proven.role, token);
  const verdict = authenticate(deps.auth(), given, origin, check);
  if (verdict.ok) {
    settleAttempt(deps.limiter, attempt, verdict);
    return verdict;
  }
  if (verdict.kind) {
    const { delayMs } = deps.limiter.fail(attempt, verdict.kind);
    if (delayMs > 0) await deps.clock.sleep(delayMs, proven.signal());
  }
  const canRetry =
    verdict.reason === 'token_mismatch' && deviceId !== undefined && given.password === undefined;
  throw authError(verdict.reason, params.client, canRetry);
}

/** Milliseconds before the credentials may be compared. Throws for a caller who is locked out. */
function turnMs(limiter: AuthRateLimiter, attempt: Attempt, classes: CredentialClass[]): number {
  const lockedMs = Math.max(...classes.map((kind) => limiter.lockedForMs(attempt, kind)), 0);
  if (lockedMs > 0) throw rateLimitedError(lockedMs);
  return Math.max(...classes.map((kind) => limiter.takeTurnMs(attempt, kind)), 0);
}

async function waitFor({ clock }: HandshakeDeps, ms: number, { signal }: Proven): Promise<void> {
  await clock.sleep(ms, signal());
  if (signal().aborted)
    throw new RpcError('UNAVAILABLE', 'the client left before its credentials were tried');
}

/**
 * A success forgives failures of the class that was proved, and no others: whoever holds a device token must not
 * have endless guesses at the shared secret, not even beside the token.
 */
function settleAttempt(limiter: AuthRateLimiter, attempt: Attempt, { method, guessed }: Accepted): void {
  if (method === 'token' || method === 'password') limiter.succeed(attempt, 'shared');
  if (method === 'device-token') limiter.succeed(attempt, 'device');
  if (guessed) limiter.fail(attempt, 'shared');
}

function presentedClasses(given: NonNullable<ConnectParams['auth']>): CredentialClass[] {
  const classes: CredentialClass[] = [];
  if (given.token || given.password) classes.push('shared');
  if (given.deviceToken) classes.push('device');
  if (given.bootstrapToken) classes.push('bootstrap');
  return classes;
}

/** Only local command-line and backend clients may act on a shared secret alone; others learn nothing. */
function withoutDevice(proven: Proven, verdict: Accepted): Admission {
  const { params, dialect, origin } = proven;
  const { id, mode } = params.client;
  const backend = id === 'gateway-client' && mode === 'backend';
  const local = origin.directLocal && origin.browserOrigin === undefined;
  if (verdict.method === 'owner') return { peer: peerOf(proven, verdict, proven.scopes) };
  if (verdict.method === 'none' && !(backend && dialect.keepsScopesWithoutDevice)) throw DEVICE_REQUIRED();
  const keeps = local && (backend || (id === 'cli' && mode === 'cli')) && dialect.keepsScopesWithoutDevice;
  return { peer: peerOf(proven, verdict, keeps ? proven.scopes : []) };
}

async function withDevice(
  deps: HandshakeDeps,
  proven: Proven,
  verdict: Accepted,
  publicKey: string,
): Promise<Admission> {
  if (verdict.method !== 'owner') leaveOutDeclined(deps, proven);
  if (verdict.tokenScopes) limitToToken(proven, verdict.tokenScopes);
  const request = pairingRequest(proven, publicKey);
  const deviceId = request.deviceId;
  if (verdict.method !== 'owner') await ensurePaired(deps, proven, verdict, request);
  deps.devices.touch(deviceId);
  const token = deps.devices.token(deviceId, proven.role);
  const admission: Admission = { peer: peerOf(proven, verdict, proven.scopes) };
  if (token) admission.deviceToken = { token: token.token, issuedAtMs: token.issuedAtMs };
  return admission;
}

/** What an owner has decided is not asked again at every connect; the hello says what the client may do. */
function leaveOutDeclined({ devices }: HandshakeDeps, proven: Proven): void {
  const declined = devices.declined(proven.params.device?.id ?? '', proven.role);
  proven.scopes = proven.scopes.filter((scope) => !declined.includes(scope));
}

function limitToToken(proven: Proven, tokenScopes: readonly string[]): void {
  if (proven.params.scopes === undefined) proven.scopes = [...tokenScopes];
  else if (firstMissing(tokenScopes, proven.scopes) !== undefined) throw scopeMismatchError();
}

async function ensurePaired(
  deps: HandshakeDeps,
  proven: Proven,
  verdict: Accepted,
  request: PairingRequest,
): Promise<void> {
  const assessed = deps.devices.assess(request);
  if (assessed.status === 'paired') return;
  const { origin } = proven;
  const silent =
    origin.directLocal &&
    origin.browserOrigin === undefined &&
    verdict.method !== 'device-token' &&
    assessed.reason !== 'metadata-upgrade' &&
    deps.autoApproveLocal();
  if (silent) {
    const { requestId } = await deps.devices.approveSilently(request);
    deps.broadcaster.emit('device.pair.resolved', {
      requestId,
      deviceId: request.deviceId,
      decision: 'approved',
      ts: deps.clock.now(),
    });
    return;
  }
  const { pending, created } = await deps.devices.ask(request);
  if (created) deps.broadcaster.emit('device.pair.requested', { ...pending });
  throw pairingRequired(pending, assessed);
}

function pairingRequest({ params, role, scopes, origin }: Proven, publicKey: string): PairingRequest {
  const { client, device } = params;
  return {
    deviceId: device?.id ?? '',
    publicKey,
    displayName: client.displayName,
    platform: client.platform,
    deviceFamily: client.deviceFamily,
    clientId: client.id,
    clientMode: client.mode,
    role,
    scopes,
    remoteIp: origin.directLocal ? undefined : origin.address,
    browserOrigin: origin.browserOrigin,
  };
}

function peerOf(proven: Proven, verdict: Accepted, scopes: readonly string[]): Peer {
  const { params, dialect, role, publicKey, origin } = proven;
  return {
    dialect,
    role,
    scopes,
    deviceId: publicKey === undefined ? undefined : params.device?.id,
    client: params.client,
    caps: params.caps ?? [],
    sharedSecret: verdict.sharedSecret,
    arrival: arrivalOf(origin, verdict),
    method: verdict.method === 'owner' ? 'token' : verdict.method,
  };
}
