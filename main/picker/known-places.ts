import { join } from 'node:path';
import { parseEndpoint } from '../../core/client/endpoint.ts';
import { asText } from '../../core/lib/json.ts';
import { DEFAULT_REMOTE_PORT } from '../../core/remote/default-port.ts';
import { pinnedGateway, remoteKey } from '../../core/remote/remotes-file.ts';
import { configuredHosts } from '../../core/ssh/config-hosts.ts';
import { type HostOutlook, hostOutlooks } from '../../core/ssh/host-outlook.ts';
import { sshMachine } from '../../core/ssh/machine.ts';
import type { SshProblem } from '../../core/ssh/ssh-problem.ts';
import { parseSshTarget, type SshTarget } from '../../core/ssh/ssh-target.ts';
import type { KeptConnection } from '../app-settings.ts';
import type { PickerRow } from '../bridge/contract.ts';
import {
  type DirectDestination,
  destinationKey,
  destinationLabel,
  type RemoteDestination,
  type SshDestination,
} from '../destination.ts';
import type { Surroundings } from '../gateway-route.ts';
import type { Place } from './latency.ts';

type Source = PickerRow['sources'][number];
type Trust = PickerRow['trust'][number];

/** A gateway that is known without being announced. */
export interface KnownPlace {
  destination: RemoteDestination;
  label: string;
  name: string | undefined;
  sources: Source[];
  lastUsedAtMs: number | undefined;
  trust: Trust[];
  /** What a connection goes to first; undefined where that goes through other hosts or is not known. */
  door: Place | undefined;
  /** Where the gateway itself is, as an announcement names it; undefined where nobody knows. */
  gateway: string | undefined;
}

export interface KnownPlaces {
  places: KnownPlace[];
  /** Why the hosts of ~/.ssh/config are missing. */
  sshProblem: SshProblem | undefined;
}

type Seed = Pick<KnownPlace, 'destination' | 'name' | 'sources' | 'lastUsedAtMs'>;

/** Saved and used gateways, that of the configuration, and hosts of ~/.ssh/config; each once. */
export async function knownPlaces(
  { kept, offered }: { kept: readonly KeptConnection[]; offered: RemoteDestination | undefined },
  surroundings: Surroundings,
): Promise<KnownPlaces> {
  const { hosts, problem } = await configuredHosts(sshMachine(surroundings));
  const seeds = withHosts(withOffered(kept.flatMap(seedOf), offered), hosts);
  const outlook = outlooks(surroundings);
  const places: KnownPlace[] = [];
  for (const seed of seeds) places.push(await placeOf(seed, outlook, surroundings));
  return { places, sshProblem: problem };
}

/** How hosts are seen from here, over SSH. */
export function outlooks(
  surroundings: Surroundings,
): (target: SshTarget) => Promise<HostOutlook | undefined> {
  const ownKnownHosts = join(surroundings.paths.trayDir, 'known_hosts');
  return hostOutlooks({ ...sshMachine(surroundings), ownKnownHosts });
}

const seedOf = ({ destination, name, isSaved, lastUsedAtMs }: KeptConnection): Seed[] =>
  destination.kind === 'local'
    ? []
    : [{ destination, name, lastUsedAtMs, sources: [isSaved ? 'saved' : 'recent'] }];

const fresh = (destination: RemoteDestination, source: Source): Seed => ({
  destination,
  sources: [source],
  name: undefined,
  lastUsedAtMs: undefined,
});

function withOffered(seeds: readonly Seed[], offered: RemoteDestination | undefined): Seed[] {
  if (!offered) return [...seeds];
  const key = destinationKey(offered);
  const isIt = (seed: Seed): boolean => destinationKey(seed.destination) === key;
  return seeds.some(isIt)
    ? seeds.map((seed) => (isIt(seed) ? { ...seed, sources: [...seed.sources, 'config'] } : seed))
    : [...seeds, fresh(offered, 'config')];
}

/** A host that is used already, under whichever user, is not offered a second time. */
function withHosts(seeds: readonly Seed[], hosts: readonly string[]): Seed[] {
  const aliasOf = (seed: Seed): string | undefined =>
    hosts.find((host) => targetOf(seed.destination)?.host === host);
  const used = new Set(seeds.map(aliasOf));
  return [
    ...seeds.map((seed) =>
      aliasOf(seed) === undefined ? seed : { ...seed, sources: [...seed.sources, 'ssh-config' as const] },
    ),
    ...hosts
      .filter((host) => !used.has(host))
      .map((host) => fresh({ kind: 'ssh', target: host }, 'ssh-config')),
  ];
}

function targetOf(destination: RemoteDestination): SshTarget | undefined {
  if (destination.kind !== 'ssh') return undefined;
  const parsed = parseSshTarget(destination.target);
  return parsed.ok ? parsed.target : undefined;
}

async function placeOf(
  seed: Seed,
  outlook: ReturnType<typeof outlooks>,
  { paths }: Surroundings,
): Promise<KnownPlace> {
  const { destination } = seed;
  const pins = join(paths.trayDir, 'remotes.json');
  const facts =
    destination.kind === 'direct' ? directFacts(destination) : await sshFacts(destination, outlook, pins);
  return { ...seed, ...facts, label: destinationLabel(destination), name: asText(seed.name) };
}

type Facts = Pick<KnownPlace, 'trust' | 'door' | 'gateway'>;

function directFacts({ url, tlsFingerprint }: DirectDestination): Facts {
  const door = doorOf(url);
  return {
    trust: tlsFingerprint === undefined ? [] : ['certificate'],
    door,
    gateway: door && `${bracketed(door.host)}:${door.port}`,
  };
}

async function sshFacts(
  destination: SshDestination,
  outlook: ReturnType<typeof outlooks>,
  pins: string,
): Promise<Facts> {
  const target = targetOf(destination);
  const seen = target && (await outlook(target));
  if (!seen) return { trust: [], door: undefined, gateway: undefined };
  const port = destination.remotePort ?? DEFAULT_REMOTE_PORT;
  const pinned = await pinnedGateway(pins, remoteKey(target, port)).catch(() => undefined);
  const trust: Trust[] = [
    ...(seen.isKnown ? ['host-key' as const] : []),
    ...(pinned ? ['gateway' as const] : []),
  ];
  if (!seen.isDirect) return { trust, door: undefined, gateway: undefined };
  return { trust, door: { host: seen.host, port: seen.port }, gateway: `${bracketed(seen.host)}:${port}` };
}

function doorOf(url: string): Place | undefined {
  try {
    const { host, port } = parseEndpoint(url);
    return { host, port };
  } catch {
    return undefined;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
