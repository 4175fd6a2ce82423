import { isIP } from 'node:net';
import { reachOfAddress } from '../../core/client/endpoint.ts';
import { plainText } from '../../core/messages/plain-text.ts';
import { DEFAULT_REMOTE_PORT } from '../../core/remote/default-port.ts';
import { parseSshTarget } from '../../core/ssh/ssh-target.ts';
import type { Destination, PickerRow } from '../bridge/contract.ts';
import { checkDestination, destinationKey } from '../destination.ts';
import { type HeardGateway, hostOf } from './heard-gateways.ts';
import type { KnownPlace } from './known-places.ts';
import type { Latency, Place } from './latency.ts';
import { lookOf } from './look-alike.ts';

interface Facts {
  known: readonly KnownPlace[];
  heard: readonly HeardGateway[];
  current: Destination;
  latencyOf(place: Place | undefined): Latency;
  /** Whether somebody has vouched for the SSH host key of an address. */
  isKnownHost(host: string): boolean;
  /** ws:// to any address was asked for by the environment. */
  allowInsecure: boolean;
}

const NAME_LENGTH = 60;

/**
 * What there is to choose from. What a person has kept stands for itself: an announcement adds to it that it is there,
 * when it names the very same place, and changes nothing else of it.
 */
export function pickerRows(facts: Facts): { known: PickerRow[]; network: PickerRow[] } {
  const taken = new Set(facts.known.flatMap(({ gateway }) => gateway ?? []));
  return {
    known: facts.known.map((place) => knownRow(place, facts)),
    network: facts.heard.filter(({ place }) => !taken.has(place)).map((heard) => networkRow(heard, facts)),
  };
}

function knownRow(place: KnownPlace, { heard, current, latencyOf }: Facts): PickerRow {
  const { destination, name, label, sources, trust, door, lastUsedAtMs } = place;
  const twin = heard.find((one) => one.place === place.gateway);
  const seenAtMs = twin?.lastSeenAtMs ?? lastUsedAtMs;
  return {
    id: destinationKey(destination),
    name: plainText(name ?? label, NAME_LENGTH),
    sources: [...sources, ...(twin ? sourcesOf(twin) : [])],
    address: plainText(label, 200),
    ways: [destination],
    trust,
    latency: latencyOf(door),
    ...(twin ? { heard: twin.isGone ? 'gone' : 'now' } : {}),
    ...(seenAtMs === undefined ? {} : { lastSeenAtMs: seenAtMs }),
    isCurrent: destinationKey(destination) === destinationKey(current),
    marks: [],
  };
}

function networkRow(heard: HeardGateway, facts: Facts): PickerRow {
  const { id, place, beacon, isGone, lastSeenAtMs } = heard;
  const host = hostOf(heard);
  const isPrivate = beacon.isLocal || reachOfAddress(host) !== 'remote';
  return {
    id,
    name: plainText(beacon.displayName, NAME_LENGTH) || place,
    sources: sourcesOf(heard),
    address: place,
    ways: waysOf(heard, host, facts.allowInsecure),
    trust: facts.isKnownHost(host) ? ['host-key'] : [],
    // Nobody is led by an announcement to knock at a door of the internet.
    latency: facts.latencyOf(isPrivate ? { host, port: beacon.port } : undefined),
    heard: isGone ? 'gone' : 'now',
    lastSeenAtMs,
    isCurrent: beacon.isLocal && facts.current.kind === 'local',
    marks: [
      ...(isPrivate ? [] : ['public' as const]),
      ...(beacon.isLocal || !isImitation(beacon.displayName, facts.known) ? [] : ['imitates' as const]),
      ...(isOdd(beacon.displayName) ? ['odd-name' as const] : []),
    ],
  };
}

const sourcesOf = ({ beacon: { domains } }: HeardGateway): PickerRow['sources'] => [
  ...(domains.includes('local.') ? ['lan' as const] : []),
  ...(domains.some((domain) => domain !== 'local.') ? ['wide-area' as const] : []),
];

function waysOf({ beacon }: HeardGateway, host: string, allowInsecure: boolean): Destination[] {
  if (beacon.isLocal) return [{ kind: 'local' }];
  const target = isIP(host) === 6 ? `[${host}]` : host;
  const remotePort = beacon.port === DEFAULT_REMOTE_PORT ? {} : { remotePort: beacon.port };
  const ssh: Destination[] = parseSshTarget(target).ok ? [{ kind: 'ssh', target, ...remotePort }] : [];
  const direct: Destination = { kind: 'direct', url: beacon.wsUrl };
  try {
    return [...ssh, checkDestination(direct, { language: 'en', allowInsecure })];
  } catch {
    return ssh;
  }
}

/** Of the names of a known gateway, one that looks the same; where it is differs, or it would be that one. */
function isImitation(name: string, known: readonly KnownPlace[]): boolean {
  const look = lookOf(name);
  if (look === '') return false;
  return known.some(({ name: given, label }) =>
    [given ?? '', label, label.replace(/^.*@/, '').replace(/:\d+$/, '')].some((one) => lookOf(one) === look),
  );
}

const isOdd = (name: string): boolean =>
  name.includes('\ufffd') || plainText(name, NAME_LENGTH) !== name.trim();
