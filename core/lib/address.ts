import { BlockList, isIPv4 } from 'node:net';

/**
 * One spelling for each IP address, so that nobody counts twice: IPv4-mapped IPv6 becomes IPv4, IPv6 is
 * compressed and lowercase, a zone is dropped. Anything else comes back as undefined.
 */
export function canonicalAddress(text: string | undefined): string | undefined {
  const bare = text?.replace(/%.*$/, '');
  if (bare === undefined || isIPv4(bare)) return bare;
  // A URL knows an IPv6 address at once; Node's own pattern takes milliseconds the first time.
  if (!/^[\da-f:.]+$/i.test(bare) || !URL.canParse(`http://[${bare}]`)) return undefined;
  const host = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  return mapped ? dotted(mapped[1] ?? '0', mapped[2] ?? '0') : host;
}

/** Of a canonical address. */
const isIPv6 = (canonical: string): boolean => canonical.includes(':');

function dotted(high: string, low: string): string {
  const value = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** Decided from the parsed address, never from the text: `127.evil.com` is no loopback address. */
export function isLoopback(address: string | undefined): boolean {
  const canonical = canonicalAddress(address);
  return canonical !== undefined && (canonical === '::1' || canonical.startsWith('127.'));
}

/**
 * Whose budget a caller at this address uses up: one for all of this machine, and one for each IPv6 network of
 * 64 bits, the smallest that is given to one customer.
 */
export function budgetKey(address: string | undefined): string {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return 'unknown';
  if (isLoopback(canonical)) return 'loopback';
  return isIPv6(canonical) ? networkOf(canonical) : canonical;
}

function networkOf(ipv6: string): string {
  const [head, tail] = ipv6.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const gap = tail === undefined ? 0 : 8 - (head?.length ?? 0) - tail.length;
  const groups = [...(head ?? []), ...Array<string>(gap).fill('0'), ...(tail ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** True for `localhost` and for loopback address literals, with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare.toLowerCase() === 'localhost' || isLoopback(bare);
}

/** Splits `host`, `host:port` and `[v6]:port`; undefined for anything a URL would not accept as an authority. */
export function parseAuthority(
  authority: string | undefined,
): { host: string; port: number | undefined } | undefined {
  if (!authority || !/^[a-zA-Z0-9.:[\]_-]+$/.test(authority)) return undefined;
  try {
    const url = new URL(`http://${authority}`);
    const port = /:(\d+)$/.exec(authority)?.[1];
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: port === undefined ? undefined : Number(port),
    };
  } catch {
    return undefined;
  }
}

/** Matches an address against single addresses and CIDR ranges such as `10.0.0.0/8`; bad rules match nothing. */
export function addressMatcher(rules: readonly string[]): (address: string | undefined) => boolean {
  let matchers: { isIn4(address: string): boolean; isIn6(address: string): boolean } | undefined;
  return (address) => {
    const canonical = canonicalAddress(address);
    if (canonical === undefined) return false;
    matchers ??= matchersOf(rules.flatMap(parseRule));
    return isIPv6(canonical) ? matchers.isIn6(canonical) : matchers.isIn4(canonical);
  };
}

interface Rule {
  /** Canonical. */
  address: string;
  prefix: number;
}

function parseRule(rule: string): Rule[] {
  const [text, bits] = rule.trim().split('/');
  const address = canonicalAddress(text);
  if (address === undefined) return [];
  const length = isIPv6(address) ? 128 : 32;
  const prefix = bits === undefined ? length : Number(bits);
  return Number.isInteger(prefix) && prefix >= 0 && prefix <= length ? [{ address, prefix }] : [];
}

/** IPv4 is reckoned with, because Node's own list takes a millisecond the first time; IPv6 is left to it. */
function matchersOf(rules: readonly Rule[]) {
  const networks = rules
    .filter(({ address }) => !isIPv6(address))
    .map(({ address, prefix }) => ({ size: 2 ** (32 - prefix), address: numberOf(address) }));
  const others = rules.filter(({ address }) => isIPv6(address));
  let list: BlockList | undefined;
  return {
    isIn4: (address: string) =>
      networks.some(
        (network) =>
          Math.floor(numberOf(address) / network.size) === Math.floor(network.address / network.size),
      ),
    isIn6(address: string) {
      if (others.length === 0) return false;
      list ??= listOf(others);
      return list.check(address, 'ipv6');
    },
  };
}

const numberOf = (ipv4: string): number =>
  ipv4.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);

function listOf(rules: readonly Rule[]): BlockList {
  const list = new BlockList();
  for (const { address, prefix } of rules) list.addSubnet(address, prefix, 'ipv6');
  return list;
}
