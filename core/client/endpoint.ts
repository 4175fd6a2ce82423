import { BlockList, isIP } from 'node:net';
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

type Subnet = [network: string, prefix: number, family: 'ipv4' | 'ipv6'];

const LOOPBACK = blockList([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);

/** RFC 1918, link-local, carrier-grade NAT (Tailscale) and unique local addresses. */
const PRIVATE = blockList([
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
]);

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of subnets) list.addSubnet(network, prefix, family);
  return list;
}

/** Class of an IP address in text form; anything that is not one counts as remote. */
export function reachOfAddress(address: string): Exclude<Reach, 'name'> {
  const version = isIP(address);
  if (version === 0) return 'remote';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'remote';
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
