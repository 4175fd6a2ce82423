import type { Clock } from '../lib/clock.ts';
import { inContainer } from '../lib/container.ts';
import { type Beacon, beaconOf, mergeBeacons } from './beacon.ts';
import { type BrowseReport, browse } from './browse.ts';
import { type InterfaceTable, ownAddresses, readInterfaces } from './network.ts';
import { LOCAL_DOMAIN } from './service-name.ts';
import { askWideArea, type DnsProblemCode, domainName, isOwnServer } from './wide-area.ts';

export interface DiscoverOptions {
  /** How long to listen, in ms. */
  timeoutMs: number;
  clock: Clock;
  /** The wide-area domain to ask as well. */
  domain?: string | undefined;
  /** Name servers for it, as `askWideArea` takes them. */
  servers?: readonly string[];
  /** Ends the listening early. */
  signal?: AbortSignal;
  interfaces?: () => InterfaceTable;
}

export type DiscoveryProblemCode =
  | DnsProblemCode
  | 'DOMAIN_INVALID'
  | 'NO_NETWORK'
  | 'MULTICAST_UNAVAILABLE'
  | 'MDNS_PORT_TAKEN'
  | 'IN_CONTAINER'
  | 'NOTHING_HEARD'
  | 'NO_GATEWAY_ANSWERED'
  | 'ONLY_UNUSABLE'
  | 'TOO_MANY';

/** Whoever uses this machine, runs the network and its name servers, or looks after the gateway. */
export type Fixer = 'user' | 'network' | 'gateway';

/** Who can mend what. */
export const FIXED_BY: Readonly<Record<DiscoveryProblemCode, Fixer>> = {
  DOMAIN_INVALID: 'user',
  NO_NETWORK: 'user',
  MULTICAST_UNAVAILABLE: 'network',
  MDNS_PORT_TAKEN: 'user',
  IN_CONTAINER: 'user',
  NOTHING_HEARD: 'network',
  NO_GATEWAY_ANSWERED: 'gateway',
  ONLY_UNUSABLE: 'gateway',
  TOO_MANY: 'network',
  DNS_REFUSED: 'user',
  DNS_UNREACHABLE: 'network',
  DNS_TIMEOUT: 'user',
  DNS_DOMAIN_UNKNOWN: 'gateway',
  DNS_NO_GATEWAYS: 'gateway',
  DNS_NAME_UNUSABLE: 'gateway',
  DNS_FAILED: 'network',
};

/** Why nothing, or not everything, was found. */
export interface DiscoveryProblem {
  code: DiscoveryProblemCode;
  /** Of the domain that was asked. */
  domain?: string;
  /** A system code such as ENETUNREACH. */
  detail?: string;
}

export interface Discovery {
  timeoutMs: number;
  /** With their last dot, `local.` first. */
  domains: string[];
  count: number;
  beacons: Beacon[];
  problems: DiscoveryProblem[];
}

/** Listens on the local network and asks the wide-area domain for `timeoutMs`. Never throws. */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { timeoutMs, clock, signal, servers = [], interfaces = readInterfaces } = options;
  const domain = options.domain === undefined ? undefined : domainName(options.domain);
  const browsing = browse(() => {}, { clock, interfaces });
  const [wide] = await Promise.all([
    domain === undefined ? undefined : askWideArea({ domain, servers, timeoutMs }),
    clock.sleep(timeoutMs, signal),
  ]);
  const own = ownAddresses(interfaces());
  const services = wide?.services ?? [];
  const isFromHere = servers.length > 0 && servers.every(isOwnServer);
  const far = services.flatMap((service) => beaconOf(service, own, isFromHere) ?? []);
  const report = browsing.report();
  const beacons = mergeBeacons([...browsing.beacons(), ...far]);
  await browsing.close();
  return {
    timeoutMs,
    domains: [LOCAL_DOMAIN, ...(domain === undefined ? [] : [domain])],
    count: beacons.length,
    beacons,
    problems: [
      ...(options.domain !== undefined && domain === undefined
        ? [{ code: 'DOMAIN_INVALID' as const, domain: options.domain }]
        : []),
      ...(wide?.problem && domain !== undefined ? [{ ...wide.problem, domain }] : []),
      ...localProblems(report, beacons.length, services.length - far.length),
    ],
  };
}

/** The likeliest reason first. With something found, only what is missing because there is too much. */
export function localProblems(
  report: BrowseReport,
  found: number,
  unusableElsewhere = 0,
  isContainer = inContainer(),
): DiscoveryProblem[] {
  if (report.isOverrun) return [{ code: 'TOO_MANY' }];
  if (found > 0) return [];
  if (report.unusable + unusableElsewhere > 0) return [{ code: 'ONLY_UNUSABLE' }];
  const network = networkProblems(report);
  const container: DiscoveryProblem[] = isContainer ? [{ code: 'IN_CONTAINER' }] : [];
  if (network.length > 0) return [...network, ...container];
  if (report.packetsOfOthers > 0) return [{ code: 'NO_GATEWAY_ANSWERED' }];
  return [...container, { code: 'NOTHING_HEARD' }];
}

function networkProblems({ links, isOffline, troubles }: BrowseReport): DiscoveryProblem[] {
  const troubleOf = (...kinds: string[]) => troubles.find(({ kind }) => kinds.includes(kind));
  const detailOf = (trouble: { detail?: string } | undefined) =>
    trouble?.detail === undefined ? {} : { detail: trouble.detail };
  const blocked = troubleOf('no-multicast', 'send');
  if (isOffline) return [{ code: 'NO_NETWORK' }];
  if (links === 0 || blocked) return [{ code: 'MULTICAST_UNAVAILABLE', ...detailOf(blocked) }];
  const taken = troubleOf('port-taken');
  return taken ? [{ code: 'MDNS_PORT_TAKEN', ...detailOf(taken) }] : [];
}
