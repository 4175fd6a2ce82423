import { secretEqual } from '../lib/secret-equal.ts';
import { type AuthSettings, type AuthVerdict, authenticateByProxy, sharedSecretOf } from './auth.ts';
import { browserOriginAllowed, type Origin, type OriginPolicy } from './origin.ts';

/** What of a connect request a later configuration may judge otherwise. */
export type Arrival = Pick<Origin, 'browserOrigin' | 'host' | 'proxy' | 'headers'>;

/** Kept for pages and for users whom a proxy vouched for, and for nobody else: thousands of sockets may sit idle. */
export function arrivalOf(origin: Origin, verdict: Extract<AuthVerdict, { ok: true }>): Arrival | undefined {
  const { browserOrigin, host, proxy } = origin;
  if (browserOrigin === undefined && !verdict.believed) return undefined;
  return { browserOrigin, host, proxy, headers: verdict.believed ?? {} };
}

/** Why a client that was admitted would not be admitted in the same way now; undefined when it would. */
export function objection(
  peer: { sharedSecret: string | undefined; method: string; arrival: Arrival | undefined },
  auth: AuthSettings,
  policy: OriginPolicy,
): string | undefined {
  const { sharedSecret, method, arrival } = peer;
  if (sharedSecret !== undefined && !secretEqual(sharedSecret, sharedSecretOf(auth)))
    return 'gateway auth changed';
  if (!arrival) return undefined;
  if (arrival.browserOrigin !== undefined && !browserOriginAllowed(arrival, policy))
    return 'origin not allowed';
  return method !== 'trusted-proxy' || stillBelieved(arrival, auth, policy)
    ? undefined
    : 'gateway auth changed';
}

function stillBelieved(arrival: Arrival, auth: AuthSettings, policy: OriginPolicy): boolean {
  return policy.isTrustedProxy(arrival.proxy) && authenticateByProxy(auth.trustedProxy, arrival).ok;
}
