import { addressMatcher } from '../lib/address.ts';
import { asNumber, asObject, asText, asTexts, valueAt } from '../lib/json.ts';
import type { TrustedProxyRules } from './auth.ts';
import type { OriginPolicy } from './origin.ts';
import { DEFAULT_RATE_LIMIT, type RateLimitSettings } from './rate-limit.ts';

/** What the server reads from a configuration. It is made anew when the configuration changes. */
export interface ServerSettings {
  origin: OriginPolicy;
  trustedProxy: TrustedProxyRules | undefined;
  rateLimit: RateLimitSettings;
  autoApproveLocal: boolean;
  basePath: string;
  strictTransportSecurity: string | undefined;
  /** Whether edits of the configuration file are followed. */
  reloadStatus: 'active' | 'disabled';
}

/** `hostNames` are the names of this machine. Keys and defaults: configuration, gateway. */
export function serverSettings(config: unknown, hostNames: readonly string[]): ServerSettings {
  const gateway = valueAt(config, 'gateway');
  const hsts = valueAt(gateway, 'http.securityHeaders.strictTransportSecurity');
  return {
    origin: originPolicy(gateway, hostNames),
    trustedProxy: trustedProxyRules(valueAt(gateway, 'auth.trustedProxy')),
    rateLimit: rateLimit(asObject(valueAt(gateway, 'auth.rateLimit'))),
    autoApproveLocal: valueAt(gateway, 'nodes.pairing.autoApproveLocal') !== false,
    basePath: asText(valueAt(gateway, 'controlUi.basePath')) ?? '',
    strictTransportSecurity: headerText(hsts),
    reloadStatus: valueAt(gateway, 'reload.mode') === 'off' ? 'disabled' : 'active',
  };
}

/** Text that an HTTP header can carry; anything else is left out, because sending it would throw. */
function headerText(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

function originPolicy(gateway: unknown, hostNames: readonly string[]): OriginPolicy {
  const origins = asTexts(valueAt(gateway, 'controlUi.allowedOrigins')).map((origin) => origin.toLowerCase());
  const publicOrigin = asText(valueAt(gateway, 'publicOrigin'))?.toLowerCase();
  const allowedOrigins = publicOrigin === undefined ? origins : [...origins, publicOrigin];
  const allowedHosts = [...allowedOrigins.map(hostOf), ...hostNames.map((name) => name.toLowerCase())];
  const trustedProxies = asTexts(valueAt(gateway, 'trustedProxies'));
  return {
    isTrustedProxy: addressMatcher(trustedProxies),
    allowRealIpFallback: valueAt(gateway, 'allowRealIpFallback') === true,
    allowedHosts: new Set(allowedHosts.filter((host): host is string => host !== undefined)),
    allowedOrigins: new Set(allowedOrigins),
  };
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return undefined;
  }
}

function trustedProxyRules(value: unknown): TrustedProxyRules | undefined {
  const userHeader = asText(valueAt(value, 'userHeader'));
  if (userHeader === undefined) return undefined;
  return {
    userHeader: userHeader.toLowerCase(),
    requiredHeaders: asTexts(valueAt(value, 'requiredHeaders')).map((name) => name.toLowerCase()),
    allowUsers: asTexts(valueAt(value, 'allowUsers')),
    allowLoopback: valueAt(value, 'allowLoopback') === true,
  };
}

function rateLimit(given: Record<string, unknown>): RateLimitSettings {
  return {
    maxAttempts: Math.max(1, asNumber(given.maxAttempts) ?? DEFAULT_RATE_LIMIT.maxAttempts),
    windowMs: asNumber(given.windowMs) ?? DEFAULT_RATE_LIMIT.windowMs,
    lockoutMs: asNumber(given.lockoutMs) ?? DEFAULT_RATE_LIMIT.lockoutMs,
    exemptLoopback: given.exemptLoopback !== false,
  };
}
