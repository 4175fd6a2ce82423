import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { addressMatcher, canonicalAddress } from '../lib/address.ts';

export type InterfaceTable = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** One network that multicast can use: an interface with its IPv4 addresses. */
export interface Link {
  name: string;
  /** What packets are sent from. */
  address: string;
  addresses: string[];
  /** Its subnets, such as `192.168.1.5/24`; whoever sends from elsewhere is not on this link. */
  subnets: string[];
  isLoopback: boolean;
}

/** Tailscale's range: its networks carry no multicast. */
const isTailnet = addressMatcher(['100.64.0.0/10']);

/** The interfaces of this machine; none where the system does not tell, which has happened. */
export function readInterfaces(): InterfaceTable {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}

/** The networks to use: all but loopback, or loopback alone on a machine without any other. */
export function linksOf(table: InterfaceTable): Link[] {
  const all = Object.entries(table).flatMap(([name, rows]) => linkOf(name, rows ?? []));
  const outward = all.filter((link) => !link.isLoopback);
  return outward.length > 0 ? outward : all;
}

function linkOf(name: string, rows: NetworkInterfaceInfo[]): Link[] {
  const usable = rows.filter(({ family, address }) => family === 'IPv4' && !isTailnet(address));
  const [first] = usable;
  if (!first) return [];
  return [
    {
      name,
      address: first.address,
      addresses: usable.map((row) => row.address),
      subnets: usable.flatMap((row) => row.cidr ?? []),
      isLoopback: first.internal,
    },
  ];
}

/** Changes when anything about a link does. */
export const linkKey = ({ name, subnets }: Link): string => [name, ...subnets].join(' ');

/** All addresses of this machine, in one spelling. */
export const ownAddresses = (table: InterfaceTable): string[] =>
  Object.values(table)
    .flatMap((rows) => rows ?? [])
    .flatMap((row) => canonicalAddress(row.address) ?? []);

/** This machine's address in a Tailscale network. */
export const tailnetAddress = (table: InterfaceTable): string | undefined =>
  ownAddresses(table).find((address) => isTailnet(address));
