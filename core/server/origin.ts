import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { canonicalAddress, isLoopback, isLoopbackHost, parseAuthority } from '../lib/address.ts';

/** Where a request comes from, decided once from its socket and headers. */
export interface Origin {
  /** Canonical address of the client; behind a trusted proxy, the one the proxy names. */
  address: string | undefined;
  /** Loopback on both ends and no sign of a proxy in between. */
  directLocal: boolean;
  /** The `Origin` header: set by browsers, and by nothing else that we know of. */
  browserOrigin: string | undefined;
  host: string | undefined;
  /** The address of the socket's peer when it is listed in `gateway.trustedProxies`. */
  proxy: string | undefined;
  headers: IncomingHttpHeaders;
}

export interface OriginPolicy {
  /** `gateway.trustedProxies` */
  isTrustedProxy(address: string | undefined): boolean;
  allowRealIpFallback: boolean;
  /** Further names by which this gateway may be addressed, beyond loopback and its own host name. */
  allowedHosts: ReadonlySet<string>;
  /** `gateway.controlUi.allowedOrigins` */
  allowedOrigins: ReadonlySet<string>;
  /** The name for which Tailscale on this machine passes requests on, while the gateway has it do so. */
  tailscaleHost?: string;
}

/** A request that is turned away with an HTTP status, before anything else is done with it. */
export interface Refusal {
  status: number;
  type: string;
  message: string;
}

const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
  'tailscale-user-login',
];

/** Decides where a request comes from, or why it is not answered at all. */
export function originOf(request: IncomingMessage, policy: OriginPolicy): Origin | Refusal {
  const { remoteAddress, localAddress } = request.socket;
  const forwarded = FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
  const trusted = policy.isTrustedProxy(remoteAddress);
  const client = clientAddress(request, policy, { forwarded, trusted });
  if (client === undefined) return PROXY_REFUSAL;
  if ((request.headersDistinct.host?.length ?? 0) > 1) return HOST_REFUSAL;
  if (!forwarded && !hostAllowed(request.headers.host, localAddress, policy)) return HOST_REFUSAL;
  return {
    address: canonicalAddress(client),
    directLocal: !forwarded && isLoopback(remoteAddress) && isLoopback(localAddress),
    browserOrigin: request.headers.origin,
    host: request.headers.host,
    proxy: trusted ? remoteAddress : undefined,
    headers: request.headers,
  };
}

/** Undefined for one that comes through a proxy which nobody trusts. */
function clientAddress(
  request: IncomingMessage,
  policy: OriginPolicy,
  { forwarded, trusted }: { forwarded: boolean; trusted: boolean },
): string | undefined {
  const { remoteAddress = '' } = request.socket;
  if (trusted) return forwardedAddress(request.headers, policy) ?? remoteAddress;
  return forwarded ? tailscaleClient(request, policy) : remoteAddress;
}

/**
 * The address of the client for whom Tailscale's own proxy asks: it speaks from loopback and for one name. That makes
 * nobody more than a stranger from the network: a program of this machine that says the same only loses by it.
 */
function tailscaleClient({ socket, headers }: IncomingMessage, policy: OriginPolicy): string | undefined {
  const { tailscaleHost } = policy;
  if (tailscaleHost === undefined || !isLoopback(socket.remoteAddress) || !isLoopback(socket.localAddress))
    return undefined;
  if (parseAuthority(headers.host)?.host.toLowerCase() !== tailscaleHost) return undefined;
  const address = forwardedAddress({ 'x-forwarded-for': headers['x-forwarded-for'] }, policy);
  return isLoopback(address) ? undefined : address;
}

const PROXY_REFUSAL: Refusal = {
  status: 403,
  type: 'proxy_attribution_required',
  message:
    'Proxy client attribution is required. This request carries forwarding headers from an address that is not in gateway.trustedProxies.',
};

const HOST_REFUSAL: Refusal = {
  status: 403,
  type: 'host_not_allowed',
  message:
    'The Host header names a host that this gateway does not answer to, or more than one. Use its address, or add the origin to gateway.controlUi.allowedOrigins.',
};

/** The nearest hop that is not itself a trusted proxy: everything left of it, also of one that cannot be read, can be made up. */
function forwardedAddress(headers: IncomingHttpHeaders, policy: OriginPolicy): string | undefined {
  const chain = headers['x-forwarded-for'];
  if (chain !== undefined) {
    const hops = String(chain).split(',').map(hopAddress);
    return hops.reverse().find((hop) => hop === undefined || !policy.isTrustedProxy(hop));
  }
  return policy.allowRealIpFallback ? hopAddress(String(headers['x-real-ip'] ?? '')) : undefined;
}

/** Some proxies write the port of the client as well. */
function hopAddress(hop: string): string | undefined {
  const bare = hop.trim();
  return canonicalAddress(bare) ?? canonicalAddress(parseAuthority(bare)?.host);
}

/**
 * DNS rebinding makes a browser send a name of the attacker's to our address, so only names that are
 * surely ours are answered. An address literal cannot be rebound.
 */
function hostAllowed(
  header: string | undefined,
  localAddress: string | undefined,
  policy: OriginPolicy,
): boolean {
  const authority = parseAuthority(header);
  if (!authority) return false;
  if (!isLoopback(localAddress)) return cannotBeRebound(authority.host, policy);
  return isLoopbackHost(authority.host) || policy.allowedHosts.has(authority.host.toLowerCase());
}

function cannotBeRebound(host: string, policy: OriginPolicy): boolean {
  if (isLoopbackHost(host) || canonicalAddress(host) !== undefined) return true;
  return host.toLowerCase() === policy.tailscaleHost || policy.allowedHosts.has(host.toLowerCase());
}

/**
 * `*` is taken at its word; otherwise an origin is ours when it is listed or is the very host that was asked for.
 * That host is looked at once more: a proxy passes on whatever name it was asked for.
 */
export function browserOriginAllowed(
  { browserOrigin, host }: Pick<Origin, 'browserOrigin' | 'host'>,
  policy: OriginPolicy,
): boolean {
  if (browserOrigin === undefined) return false;
  if (policy.allowedOrigins.has('*') || policy.allowedOrigins.has(browserOrigin.toLowerCase())) return true;
  const asked = parseAuthority(host);
  if (!asked || !cannotBeRebound(asked.host, policy) || !URL.canParse(browserOrigin)) return false;
  return new URL(browserOrigin).host === host?.toLowerCase();
}
