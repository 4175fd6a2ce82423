import type { Beacon } from '../../core/discovery/beacon.ts';

/** A gateway that was announced while it was listened. */
export interface HeardGateway {
  /** Stays while the name in the announcement is resolved, so that who looks at it is not sent back. */
  id: string;
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
  #all: HeardGateway[] = [];
  #heardSoFar = 0;
  /** Announced now, shown or not. */
  found = 0;

  get list(): readonly HeardGateway[] {
    return this.#all;
  }

  /** Announced now and not in the list. */
  get hidden(): number {
    return this.found - this.#all.filter(({ isGone }) => !isGone).length;
  }

  /** `beacons`: all that are announced now. */
  take(beacons: readonly Beacon[], now: number): void {
    this.found = beacons.length;
    const present = new Map(beacons.map((beacon) => [placeOf(beacon), beacon]));
    for (const heard of this.#all) {
      if (!present.has(heard.place)) heard.place = resolved(heard, beacons) ?? heard.place;
      renew(heard, present.get(heard.place), now);
    }
    this.#forget();
    const shown = new Set(this.#all.map(({ place }) => place));
    for (const [place, beacon] of present) {
      if (shown.has(place) || this.#all.length >= MOST_SHOWN) continue;
      this.#all.push({ id: `heard ${++this.#heardSoFar}`, place, beacon, isGone: false, lastSeenAtMs: now });
    }
  }

  /** Two that have become one, and those that are gone for longest. */
  #forget(): void {
    const gone = this.#all.filter(({ isGone }) => isGone).sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs);
    const old = new Set(gone.slice(MOST_GONE));
    const places = this.#all.map(({ place }) => place);
    this.#all = this.#all.filter((heard, index) => !old.has(heard) && places.indexOf(heard.place) === index);
  }
}

function renew(heard: HeardGateway, beacon: Beacon | undefined, now: number): void {
  if (beacon) Object.assign(heard, { beacon, isGone: false, lastSeenAtMs: now });
  else if (!heard.isGone) Object.assign(heard, { isGone: true, lastSeenAtMs: now });
}

/** Where the same announcement leads, now that the name in it has an address. */
function resolved({ beacon }: HeardGateway, beacons: readonly Beacon[]): string | undefined {
  if (beacon.addresses.length > 0) return undefined;
  const { instanceName, domain, port } = beacon;
  const now = beacons.find(
    (one) => one.instanceName === instanceName && one.domain === domain && one.port === port,
  );
  return now && placeOf(now);
}

/** `10.0.0.2:18789`; from SRV and address records alone. */
export const placeOf = ({ wsUrl }: Beacon): string => wsUrl.replace(/^wss?:\/\//, '');

/** The address of the records or, where there is none, the name that they give. */
export const hostOf = ({ beacon: { addresses, host } }: HeardGateway): string => addresses[0] ?? host;
