import type { BindMode, Setting, TailscaleMode } from '../config/settings.ts';
import { addressMatcher, isLoopback } from '../lib/address.ts';

/** How a gateway was told to be reached. */
export interface Exposure {
  bind: Setting<BindMode>;
  tailscale: Setting<TailscaleMode>;
}

/** Who can reach a gateway; the shape of `status`. */
export interface Listening extends Partial<Exposure> {
  addresses: string[];
  port: number;
  tls: boolean;
  reach: 'loopback' | 'tailnet' | 'network';
  tailscaleHost?: string;
}

interface Served {
  addresses: string[];
  port: number;
}

interface Told {
  tls?: unknown;
  exposure?: Exposure | undefined;
  tailscaleHost?: (() => string | undefined) | undefined;
}

const isNear = addressMatcher(['100.64.0.0/10', 'fd7a:115c:a1e0::/48']);

export function reachOf({ addresses, port }: Served, told: Told): Listening {
  const tailscaleHost = told.tailscaleHost?.();
  return {
    addresses,
    port,
    tls: told.tls !== undefined,
    reach: farthest(addresses),
    ...told.exposure,
    ...(tailscaleHost === undefined ? {} : { tailscaleHost }),
  };
}

/** The farthest that one of the addresses can be reached from. */
function farthest(addresses: readonly string[]): Listening['reach'] {
  const outside = addresses.filter((address) => !isLoopback(address));
  if (outside.length === 0) return 'loopback';
  return outside.every(isNear) ? 'tailnet' : 'network';
}
