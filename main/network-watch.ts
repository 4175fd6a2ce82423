import { networkInterfaces } from 'node:os';
import type { Clock } from '../core/lib/clock.ts';

const WATCH_MS = 5_000;

/** Tells when this machine has got other addresses than before; returns what ends that. */
export function watchNetwork(
  clock: Clock,
  onChange: () => void,
  addresses: () => string = addressesNow,
): () => void {
  let last = addresses();
  return clock.every(WATCH_MS, () => {
    const now = addresses();
    if (now === last) return;
    last = now;
    onChange();
  });
}

const addressesNow = (): string =>
  Object.entries(networkInterfaces())
    .flatMap(([name, list = []]) => list.map(({ address }) => `${name} ${address}`))
    .sort()
    .join();
