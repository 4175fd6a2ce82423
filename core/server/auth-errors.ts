import type { ClientInfo } from '../protocol/connect.ts';
import { RpcError } from '../protocol/errors.ts';
import type { AuthFailure } from './auth.ts';

type Row = { code: string; message: string; next: string };

/** What a rejected client is told. Source: wire protocol, auth modes, failure table. */
export function authError(
  reason: AuthFailure,
  client: ClientInfo,
  canRetryWithDeviceToken: boolean,
): RpcError {
  const row = describe(reason, client);
  return new RpcError('INVALID_REQUEST', row.message, {
    code: row.code,
    authReason: reason,
    canRetryWithDeviceToken,
    recommendedNextStep: canRetryWithDeviceToken ? 'retry_with_device_token' : row.next,
  });
}

export function rateLimitedError(retryAfterMs: number): RpcError {
  return new RpcError(
    'INVALID_REQUEST',
    'unauthorized: too many failed authentication attempts (retry later)',
    {
      code: 'AUTH_RATE_LIMITED',
      authReason: 'rate_limited',
      canRetryWithDeviceToken: false,
      recommendedNextStep: 'wait_then_retry',
    },
    { retryable: true, retryAfterMs },
  );
}

export function scopeMismatchError(): RpcError {
  return new RpcError(
    'INVALID_REQUEST',
    'unauthorized: device token scope mismatch (re-pair or approve scope upgrade)',
    {
      code: 'AUTH_SCOPE_MISMATCH',
      authReason: 'scope_mismatch',
      canRetryWithDeviceToken: false,
      recommendedNextStep: 'review_auth_configuration',
    },
  );
}

const BOOTSTRAP =
  'unauthorized: setup code invalid, expired, revoked, or already used (create a new code; review `openclaw devices list`)';

function describe(reason: AuthFailure, client: ClientInfo): Row {
  switch (reason) {
    case 'token_mismatch':
    case 'token_missing':
    case 'password_mismatch':
    case 'password_missing':
      return sharedSecretRow(reason, client);
    case 'device_token_mismatch':
      return {
        code: 'AUTH_DEVICE_TOKEN_MISMATCH',
        message: 'unauthorized: device token mismatch (rotate/reissue device token)',
        next: 'update_auth_credentials',
      };
    case 'bootstrap_token_invalid':
      return { code: 'AUTH_BOOTSTRAP_TOKEN_INVALID', message: BOOTSTRAP, next: 'review_auth_configuration' };
    case 'trusted_proxy_user_missing':
    case 'trusted_proxy_user_not_allowed':
      return { code: 'AUTH_UNAUTHORIZED', message: 'unauthorized', next: 'review_auth_configuration' };
    default:
      return {
        code: 'AUTH_IDENTITY_HEADER_REQUIRED',
        message: 'unauthorized',
        next: 'review_auth_configuration',
      };
  }
}

function sharedSecretRow(
  reason: 'token_mismatch' | 'token_missing' | 'password_mismatch' | 'password_missing',
  client: ClientInfo,
): Row {
  const [secret, what] = reason.split('_') as ['token' | 'password', 'mismatch' | 'missing'];
  return {
    code: `AUTH_${reason.toUpperCase()}`,
    message: `unauthorized: gateway ${secret} ${what} (${hint(secret, client)})`,
    next: what === 'missing' ? 'update_auth_configuration' : 'update_auth_credentials',
  };
}

function hint(secret: 'token' | 'password', client: ClientInfo): string {
  if (isBrowserClient(client)) return `open the dashboard URL and paste the ${secret} in Control UI settings`;
  if (client.id !== 'cli') return `provide gateway auth ${secret}`;
  return secret === 'token'
    ? "use this gateway's gateway.auth.token or pair the device"
    : "use this gateway's gateway.auth.password";
}

/** Clients that live in a browser and so must show a good Origin. */
export function isBrowserClient(client: ClientInfo): boolean {
  return client.id === 'openclaw-control-ui' || client.id === 'webchat-ui' || client.mode === 'webchat';
}
