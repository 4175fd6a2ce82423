import { isIP } from 'node:net';
import { addressMatcher, isLoopback } from '../lib/address.ts';
import { RpcError } from '../protocol/errors.ts';

/** How far away an address is; `name` is a host name whose addresses are not known yet. */
export type Reach = 'loopback' | 'private' | 'remote' | 'name';

export interface Endpoint {
  /**
   * The canonical address, always with its port, such as `ws://127.0.0.1:18789`. It holds no secret, may be
   * printed, and is the identity that credentials are bound to.
   */
  url: string;
  secure: boolean;
  /** Lower case, IPv6 without brackets. */
  host: string;
  port: number;
  reach: Reach;
}

/** RFC 1918, link-local, carrier-grade NAT (Tailscale) and unique local addresses. */
const isPrivate = addressMatcher([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
]);

/** Class of an IP address in text form; anything that is not one counts as remote. */
export function reachOfAddress(address: string): Exclude<Reach, 'name'> {
  if (isLoopback(address)) return 'loopback';
  return isPrivate(address) ? 'private' : 'remote';
}

/** Decided from a parsed address or the exact name `localhost`, never from how a text begins or ends. */
function reachOfHost(host: string): Reach {
  if (host === 'localhost') return 'loopback';
  return isIP(host) === 0 ? 'name' : reachOfAddress(host);
}

const refused = (problem: string): RpcError =>
  new RpcError(
    'BAD_ARGUMENT',
    `${problem} Give an address like ws://127.0.0.1:18789 or wss://gateway.example.`,
  );

/**
 * Reads a gateway address. Throws BAD_ARGUMENT for anything but ws:// and wss://, and for addresses that
 * carry credentials; the text is not repeated in the message because it may hold a secret.
 */
export function parseEndpoint(text: string): Endpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new RpcError('BAD_ARGUMENT', refused('The gateway address is not a URL.').message, undefined, {
      cause,
    });
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw refused(`A gateway address starts with ws:// or wss://, not ${url.protocol}//.`);
  }
  if (url.username || url.password) {
    throw refused('A gateway address holds no user name or password; pass credentials separately.');
  }
  if (url.search || url.hash) {
    throw refused('A gateway address has no query or fragment; pass credentials separately.');
  }
  return fromUrl(url);
}

function fromUrl(url: URL): Endpoint {
  const secure = url.protocol === 'wss:';
  const port = url.port ? Number(url.port) : secure ? 443 : 80;
  if (port === 0) throw refused('Port 0 is not an address to connect to.');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const path = url.pathname === '/' ? '' : url.pathname;
  return {
    url: `${url.protocol}//${url.hostname}:${port}${path}`,
    secure,
    host,
    port,
    reach: reachOfHost(host),
  };
}
