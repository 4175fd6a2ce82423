import { addressMatcher, canonicalAddress, isLoopback } from '../lib/address.ts';
import { inContainer } from '../lib/container.ts';
import { RpcError } from '../protocol/errors.ts';
import { outwardAddresses } from './host-facts.ts';

export type BindMode = 'loopback' | 'lan' | 'tailnet' | 'auto' | 'custom';

export interface BindPlan {
  /** What to listen on; the first is required. */
  addresses: string[];
  /** Decided from the addresses themselves: a `custom` bind may well be loopback. */
  loopbackOnly: boolean;
  /** Said to the user when the mode could not be had as asked. */
  note?: string;
}

const LOOPBACK = ['127.0.0.1', '::1'];
/** Tailscale's address range: the shared address space of RFC 6598. */
const inTailnet = addressMatcher(['100.64.0.0/10']);

/** Turns a bind mode into addresses. Throws CONFIG_INVALID when `custom` names no usable host. */
export function bindPlan(mode: BindMode, customHost: string | undefined): BindPlan {
  switch (mode) {
    case 'loopback':
      return plan(LOOPBACK);
    case 'lan':
      return plan(['0.0.0.0']);
    case 'auto':
      return plan(inContainer() ? ['0.0.0.0'] : LOOPBACK);
    case 'tailnet':
      return tailnetPlan();
    case 'custom':
      return plan(withLoopback(customAddress(customHost)));
  }
}

function plan(addresses: string[]): BindPlan {
  return { addresses, loopbackOnly: addresses.every(isLoopback) };
}

function tailnetPlan(): BindPlan {
  const address = outwardAddresses().find(inTailnet);
  if (address !== undefined) return plan([address, '127.0.0.1']);
  return {
    ...plan(LOOPBACK),
    note: 'gateway.bind=tailnet, but this machine has no tailnet address: listening on loopback only.',
  };
}

/** Commands of this machine reach a gateway on loopback, whatever else it listens on. */
function withLoopback(address: string): string[] {
  return isLoopback(address) || address === '0.0.0.0' ? [address] : [address, '127.0.0.1'];
}

function customAddress(host: string | undefined): string {
  if (!host) {
    throw new RpcError(
      'CONFIG_INVALID',
      'gateway.bind=custom requires gateway.customBindHost\nSet gateway.customBindHost to an IP address of this machine, or gateway.bind to another word.',
      { path: 'gateway.bind', told: { key: 'BIND_HOST_ABSENT', values: {} } },
    );
  }
  if (host.toLowerCase() === 'localhost') return '127.0.0.1';
  const address = canonicalAddress(host);
  if (address !== undefined) return address;
  const addresses = ['127.0.0.1', ...outwardAddresses()].join(', ');
  throw new RpcError(
    'CONFIG_INVALID',
    `gateway.customBindHost must be an IP address of this machine, not "${host}"\nSet it to one of: ${addresses}`,
    { path: 'gateway.customBindHost', told: { key: 'BIND_HOST_INVALID', values: { host, addresses } } },
  );
}
