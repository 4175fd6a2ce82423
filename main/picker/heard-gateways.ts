import type { Beacon } from '../../core/discovery/beacon.ts';

/** A gateway that was announced while it was listened. */
export interface HeardGateway {
  /** Where it is, without `ws:` or `wss:`. */
  place: string;
  beacon: Beacon;
  isGone: boolean;
  /** Epoch milliseconds; of one that is gone: when it was last there. */
  lastSeenAtMs: number;
}

/** Whoever announces more fills nobody's window. */
const MOST_SHOWN = 100;
const MOST_GONE = 20;

/** Remembers what was announced, in the order in which it was first heard, so that no row changes its place. */
export class HeardGateways {
  #all = new Map<string, HeardGateway>();
  /** Announced now, shown or not. */
  found = 0;

  get list(): HeardGateway[] {
    return [...this.#all.values()];
  }

  /** Announced now and not in the list. */
  get hidden(): number {
    return this.found - this.list.filter(({ isGone }) => !isGone).length;
  }

  /** `beacons`: all that are announced now. */
  take(beacons: readonly Beacon[], now: number): void {
    this.found = beacons.length;
    const present = new Map(beacons.map((beacon) => [placeOf(beacon), beacon]));
    for (const heard of this.#all.values()) {
      const beacon = present.get(heard.place);
      if (beacon) Object.assign(heard, { beacon, isGone: false, lastSeenAtMs: now });
      else if (!heard.isGone) Object.assign(heard, { isGone: true, lastSeenAtMs: now });
    }
    this.#forgetOldest();
    for (const [place, beacon] of present) {
      if (this.#all.has(place) || this.#all.size >= MOST_SHOWN) continue;
      this.#all.set(place, { place, beacon, isGone: false, lastSeenAtMs: now });
    }
  }

  #forgetOldest(): void {
    const gone = this.list.filter(({ isGone }) => isGone).sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);
    for (const { place } of gone.slice(MOST_GONE)) this.#all.delete(place);
  }
}

/** `10.0.0.2:18789`; from SRV and address records alone. */
export const placeOf = ({ wsUrl }: Beacon): string => wsUrl.replace(/^wss?:\/\//, '');

/** The address of the records or, where there is none, the name that they give. */
export const hostOf = ({ beacon: { addresses, host } }: HeardGateway): string => addresses[0] ?? host;
