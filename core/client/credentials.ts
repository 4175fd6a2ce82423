import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { DEFAULT_SCOPES, firstMissing, type Role } from '../protocol/scopes.ts';
import type { DeviceTokenKey, DeviceTokenStore, StoredDeviceToken } from './device-token-store.ts';
import type { Endpoint } from './endpoint.ts';
import { detailCode } from './gateway-failure.ts';

/** What the caller wants to be known by; empty strings count as absent. */
export interface GivenAuth {
  token?: string | undefined;
  password?: string | undefined;
  deviceToken?: string | undefined;
}

/** What is sent in one connect request. */
export interface Credential {
  auth: GivenAuth | undefined;
  scopes: readonly string[];
  /** Set when `auth` is a device token from the store. */
  stored?: StoredDeviceToken;
}

export interface CredentialSource {
  endpoint: Endpoint;
  role: Role;
  auth?: GivenAuth | undefined;
  scopes?: readonly string[] | undefined;
  device?: DeviceIdentity | undefined;
  tokens?: DeviceTokenStore | undefined;
}

/** Shared secrets go before device tokens, and never together: a gateway sees no secret it does not need. */
function explicitAuth(given: GivenAuth = {}): GivenAuth | undefined {
  const { token, password, deviceToken } = given;
  if (token || password) return { ...(token && { token }), ...(password && { password }) };
  return deviceToken ? { deviceToken } : undefined;
}

const wantedScopes = (source: CredentialSource): readonly string[] =>
  source.scopes ?? (source.role === 'node' ? [] : DEFAULT_SCOPES);

export function tokenKey(source: CredentialSource): DeviceTokenKey | undefined {
  const { endpoint, device, role } = source;
  return device && { endpoint, deviceId: device.deviceId, role };
}

async function storedCredential(source: CredentialSource): Promise<Credential | undefined> {
  const key = tokenKey(source);
  const stored = key && (await source.tokens?.get(key));
  if (!stored) return undefined;
  return { auth: { deviceToken: stored.token }, scopes: source.scopes ?? stored.scopes, stored };
}

/**
 * Explicit credentials win: token and password, then a device token. Without any, the device token that
 * this very endpoint issued to this device and role; else none.
 */
export async function firstCredential(source: CredentialSource): Promise<Credential> {
  const auth = explicitAuth(source.auth);
  if (auth) return { auth, scopes: wantedScopes(source) };
  return (await storedCredential(source)) ?? { auth: undefined, scopes: wantedScopes(source) };
}

/** The stored device token, when the gateway refused an explicit token and asks for it. */
export async function secondCredential(
  source: CredentialSource,
  refused: Credential,
  error: unknown,
): Promise<Credential | undefined> {
  if (refused.stored || detailCode(error) !== 'AUTH_TOKEN_MISMATCH') return undefined;
  const invited = error instanceof RpcError && error.details?.canRetryWithDeviceToken === true;
  return invited ? storedCredential(source) : undefined;
}

/**
 * True when the gateway no longer knows a stored token. v3 gateways say the same when only the scopes are
 * too wide, so the token must cover what was asked for.
 */
export function isDead(
  credential: Credential,
  error: unknown,
): credential is Credential & { stored: StoredDeviceToken } {
  const { stored, scopes } = credential;
  if (!stored || detailCode(error) !== 'AUTH_DEVICE_TOKEN_MISMATCH') return false;
  return firstMissing(stored.scopes, scopes) === undefined;
}
