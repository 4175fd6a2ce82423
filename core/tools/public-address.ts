import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress } from '../lib/address.ts';

/** IPv4 ranges that are not somebody else's public server. The last one answers for a cloud's own services. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
];

/** Ranges inside 2000::/3 that are reserved or carry an IPv4 address within; all outside it is closed. */
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/** Address ranges a fetch may never reach, decided from the parsed address. */
export function createAddressGuard(own: () => string[] = ownAddresses): (address: string) => boolean {
  const closed = new BlockList();
  const open6 = new BlockList();
  open6.addSubnet('2000::', 3, 'ipv6');
  for (const range of CLOSED_V4) addRange(closed, range, 'ipv4');
  for (const range of CLOSED_V6) addRange(closed, range, 'ipv6');
  const isReserved = (address: string): boolean => {
    if (isIP(address) === 4) return closed.check(address, 'ipv4');
    // IPv4 in the clothes of IPv6 (::ffff:…, 64:ff9b::…) lies outside 2000::/3 and is refused as such.
    return !open6.check(address, 'ipv6') || closed.check(address, 'ipv6');
  };
  return (address) => {
    if (isIP(address) === 0 || address.includes('%')) return false;
    return !isReserved(address) && !own().includes(canonicalAddress(address) ?? address);
  };
}

function addRange(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', bits] = range.split('/');
  list.addSubnet(address, Number(bits), family);
}

/** Of this machine: a public one leads back to whatever listens here. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((rows) => rows ?? [])
    .map(({ address }) => canonicalAddress(address) ?? address);
}
