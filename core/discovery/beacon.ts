import { isIP } from 'node:net';
import { addressMatcher, canonicalAddress, isLoopback } from '../lib/address.ts';
import { canonicalName, displayNameOf, isHostName, plainText, unescapeName } from './service-name.ts';
import { parseTxt, type TxtHints } from './txt-record.ts';

/** One gateway as DNS names it: PTR, SRV, addresses and TXT, put together. */
export interface Service {
  /** The first label, such as `vm (OpenClaw)`. */
  instance: string;
  /** `local.` or the wide-area domain with its last dot. */
  domain: string;
  /** Of the SRV record. */
  host: string;
  port: number;
  /** A and AAAA records of `host`. */
  addresses: readonly string[];
  txt: readonly Buffer[];
}

/** A gateway that was heard. Where it is comes from SRV and address records alone; the rest is what it claims. */
export interface Beacon extends TxtHints {
  instanceName: string;
  displayName: string;
  host: string;
  port: number;
  /** The best first; empty when the name was not resolved. */
  addresses: string[];
  domain: string;
  /** All domains that name it. */
  domains: string[];
  /** It runs on this machine. */
  isLocal: boolean;
  /** Of the resolved place alone; `gatewayTls` hints that it may want `wss:` instead. */
  wsUrl: string;
}

/** Nobody can be reached there: this network, multicast, broadcast, and link-local IPv6, which lacks its interface. */
const NOWHERE = ['0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8', 'fe80::/10'];

/**
 * What is shown of a service; undefined when it names no place to connect to. `ownAddresses` are those of this
 * machine; a loopback address counts only where there is no other, or where this machine said it itself
 * (`isFromHere`), because from elsewhere it leads to a wrong place.
 */
export function beaconOf(
  service: Service,
  ownAddresses: readonly string[],
  isFromHere = false,
): Beacon | undefined {
  const own = new Set(ownAddresses);
  const all = [...new Set(service.addresses.map((address) => canonicalAddress(address) ?? ''))];
  const isLocal = all.length > 0 && all.every((address) => own.has(address));
  const mayBeLoopback = isFromHere || [...own].every(isLoopback);
  const addresses = somewhere(all, mayBeLoopback).sort(byPreference);
  const host = plainText(unescapeName(service.host)).replace(/\.$/, '');
  const place = addresses[0] ?? (all.length === 0 && isHostName(host) ? host : undefined);
  if (place === undefined || service.port < 1 || service.port > 65_535) return undefined;
  const hints = parseTxt(service.txt);
  const instanceName = plainText(service.instance);
  return {
    instanceName,
    host,
    port: service.port,
    addresses,
    ...hints,
    displayName: hints.displayName ?? displayNameOf(instanceName),
    domain: service.domain,
    domains: [service.domain],
    isLocal,
    wsUrl: urlOf(place, service.port),
  };
}

const urlOf = (place: string, port: number): string =>
  `ws://${isIP(place) === 6 ? `[${place}]` : place}:${port}`;

function somewhere(addresses: readonly string[], mayBeLoopback: boolean): string[] {
  const isNowhere = addressMatcher(NOWHERE);
  return addresses.filter(
    (address) => address !== '' && !isNowhere(address) && (mayBeLoopback || !isLoopback(address)),
  );
}

/** IPv4 first, because gateways listen there; then by text, so that the order is always the same. */
const byPreference = (a: string, b: string): number => isIP(a) - isIP(b) || (a < b ? -1 : 1);

/**
 * One entry for each gateway, in a stable order: this machine first, then by name. Entries are the same gateway when
 * they share port and an address; then only the addresses that all of them name remain, so that nobody can slip one
 * of their own into the entry of another.
 */
export function mergeBeacons(beacons: readonly Beacon[]): Beacon[] {
  const merged: Beacon[] = [];
  for (const beacon of [...beacons].sort(byName)) {
    const index = merged.findIndex((other) => isSame(other, beacon));
    const twin = merged[index];
    if (twin) merged[index] = united(twin, beacon);
    else merged.push(beacon);
  }
  return merged;
}

const keyOf = ({ isLocal, displayName, instanceName, domain, host, port }: Beacon): string[] => [
  isLocal ? '0' : '1',
  domain === 'local.' ? '0' : domain,
  displayName.toLowerCase(),
  instanceName,
  canonicalName(host),
  String(port).padStart(5, '0'),
];

function byName(a: Beacon, b: Beacon): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing === -1 ? 0 : (left[differing] ?? '') < (right[differing] ?? '') ? -1 : 1;
}

function isSame(a: Beacon, b: Beacon): boolean {
  if (a.port !== b.port) return false;
  if (a.addresses.some((address) => b.addresses.includes(address))) return true;
  return a.wsUrl === b.wsUrl;
}

function united(first: Beacon, second: Beacon): Beacon {
  const addresses = first.addresses.filter((address) => second.addresses.includes(address));
  const [place] = addresses;
  return {
    ...first,
    addresses,
    domains: [...new Set([...first.domains, ...second.domains])],
    isLocal: first.isLocal || second.isLocal,
    wsUrl: place === undefined ? first.wsUrl : urlOf(place, first.port),
  };
}
