import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../lib/address.ts';
import { secretEqual } from '../lib/secret-equal.ts';
import type { ConnectParams } from '../protocol/connect.ts';
import type { Origin } from './origin.ts';
import type { CredentialClass } from './rate-limit.ts';

export type AuthMode = 'none' | 'token' | 'password' | 'trusted-proxy';

export interface TrustedProxyRules {
  /** Lowercase header names. */
  userHeader: string;
  requiredHeaders: readonly string[];
  /** Empty admits every user the proxy vouches for. */
  allowUsers: readonly string[];
  /** Whether a proxy on this machine may vouch for users. */
  allowLoopback: boolean;
}

/** The secrets in force; read at each attempt, so that a reload takes effect at once. */
export interface AuthSettings {
  mode: AuthMode;
  token: string | undefined;
  password: string | undefined;
  /** Known only to the OS user who owns the state directory; accepted from direct local callers. */
  ownerToken: string | undefined;
  trustedProxy: TrustedProxyRules | undefined;
}

export type AuthMethod = 'none' | 'token' | 'password' | 'trusted-proxy' | 'device-token' | 'owner';

export type AuthVerdict =
  | {
      ok: true;
      method: AuthMethod;
      tokenScopes?: readonly string[];
      sharedSecret?: string | undefined;
      /** A device token was good, and a wrong shared secret came with it: that is still a guess. */
      guessed?: boolean;
      /** The headers that made us believe a trusted proxy. */
      believed?: IncomingHttpHeaders;
    }
  | { ok: false; reason: AuthFailure; kind?: CredentialClass };

export type AuthFailure =
  | 'token_missing'
  | 'token_mismatch'
  | 'password_missing'
  | 'password_mismatch'
  | 'device_token_mismatch'
  | 'bootstrap_token_invalid'
  | 'trusted_proxy_user_missing'
  | 'trusted_proxy_user_not_allowed'
  | `trusted_proxy_missing_header_${string}`;

type Credentials = NonNullable<ConnectParams['auth']>;
type DeviceTokenCheck = (token: string) => { ok: true; scopes: string[] } | { ok: false };

/**
 * The one decision whether credentials are good. A secret that is present proves nothing: only an equal one
 * does. `checkDeviceToken` is absent when the caller proved no device.
 */
export function authenticate(
  settings: AuthSettings,
  given: Credentials,
  origin: Origin,
  checkDeviceToken: DeviceTokenCheck | undefined,
): AuthVerdict {
  if (isOwner(settings, given, origin)) return { ok: true, method: 'owner' };
  if (given.bootstrapToken !== undefined)
    return { ok: false, reason: 'bootstrap_token_invalid', kind: 'bootstrap' };
  if (settings.mode === 'trusted-proxy') return authenticateByProxy(settings.trustedProxy, origin);
  if (settings.mode === 'none') return { ok: true, method: 'none' };
  const secret = sharedSecretOf(settings);
  if (secretEqual(given.token, secret) || secretEqual(given.password, secret))
    return { ok: true, method: settings.mode, sharedSecret: secret };
  return byDeviceToken(settings.mode, given, checkDeviceToken);
}

/** The secret that every client of this gateway may use; undefined in the other modes. */
export function sharedSecretOf({ mode, token, password }: Pick<AuthSettings, 'mode' | 'token' | 'password'>) {
  if (mode === 'token') return token;
  return mode === 'password' ? password : undefined;
}

function byDeviceToken(
  mode: 'token' | 'password',
  given: Credentials,
  check: DeviceTokenCheck | undefined,
): AuthVerdict {
  for (const candidate of [given.deviceToken, given.token]) {
    const found = candidate && check ? check(candidate) : undefined;
    if (!found?.ok) continue;
    const guessed = [given.token, given.password].some((secret) => secret && secret !== candidate);
    return { ok: true, method: 'device-token', tokenScopes: found.scopes, guessed };
  }
  if (given.token || given.password) return { ok: false, reason: `${mode}_mismatch`, kind: 'shared' };
  if (given.deviceToken) return { ok: false, reason: 'device_token_mismatch', kind: 'device' };
  return { ok: false, reason: `${mode}_missing` };
}

/** Whether the OS user who owns the state directory asks, from this machine and not from a page. */
export function isOwner(settings: AuthSettings, given: Credentials, origin: Origin): boolean {
  return (
    origin.directLocal && origin.browserOrigin === undefined && secretEqual(given.token, settings.ownerToken)
  );
}

/** `proxy` has to be a trusted one. One on this machine counts only when that is allowed: any program could pose as it. */
export function authenticateByProxy(
  rules: TrustedProxyRules | undefined,
  { proxy, headers }: Pick<Origin, 'proxy' | 'headers'>,
): AuthVerdict {
  if (!rules || proxy === undefined || (isLoopback(proxy) && !rules.allowLoopback)) {
    return { ok: false, reason: 'trusted_proxy_user_missing' };
  }
  const missing = rules.requiredHeaders.find((name) => !header(headers, name));
  if (missing !== undefined) return { ok: false, reason: `trusted_proxy_missing_header_${missing}` };
  const user = header(headers, rules.userHeader);
  if (!user) return { ok: false, reason: 'trusted_proxy_user_missing' };
  if (rules.allowUsers.length > 0 && !rules.allowUsers.includes(user)) {
    return { ok: false, reason: 'trusted_proxy_user_not_allowed' };
  }
  const names = [rules.userHeader, ...rules.requiredHeaders];
  const believed = Object.fromEntries(names.map((name) => [name, header(headers, name)]));
  return { ok: true, method: 'trusted-proxy', believed };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  const text = Array.isArray(value) ? value[0] : value;
  return text?.trim() || undefined;
}
