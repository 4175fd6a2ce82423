import type { Clock } from '../lib/clock.ts';
import { type Beacon, beaconOf, mergeBeacons } from './beacon.ts';
import { LinkWatch, type OpenLink } from './link-watch.ts';
import { MdnsCache } from './mdns-cache.ts';
import { queryBytes } from './mdns-packet.ts';
import type { MulticastTrouble } from './mdns-socket.ts';
import { type InterfaceTable, linksOf, ownAddresses, readInterfaces } from './network.ts';
import { SERVICE_TYPE } from './service-name.ts';

export interface BrowseOptions {
  clock: Clock;
  interfaces?: () => InterfaceTable;
}

/** What became of looking around on the local network; it tells why nothing was found. */
export interface BrowseReport {
  /** Networks that were asked. */
  links: number;
  /** Only loopback is there to be asked. */
  isOffline: boolean;
  troubles: { kind: MulticastTrouble; detail?: string }[];
  /** Packets of others. */
  packetsOfOthers: number;
  /** Gateways that name no place to connect to. */
  unusable: number;
  /** More was announced than is kept. */
  isOverrun: boolean;
}

export interface Browsing {
  beacons(): Beacon[];
  report(): BrowseReport;
  close(): Promise<void>;
}

/** When it is asked, in ms; after that once a minute. */
const ASK_MS = [0, 250, 1000, 3000, 9000, 27_000];
const REPEAT_MS = 60_000;
const EXPIRE_MS = 1000;

/**
 * Listens for gateways on all local networks until it is closed, and calls `listener` with all of them whenever
 * that changes. Works beside another multicast DNS program of this machine. Never throws.
 */
export function browse(listener: (beacons: Beacon[]) => void, options: BrowseOptions): Browsing {
  return new Browser(listener, options);
}

class Browser implements Browsing {
  private readonly listener: (beacons: Beacon[]) => void;
  private readonly clock: Clock;
  private readonly interfaces: () => InterfaceTable;
  private readonly cache = new MdnsCache();
  private readonly watch: LinkWatch;
  private readonly timers: (() => void)[] = [];
  private readonly troubles = new Map<string, { kind: MulticastTrouble; detail?: string }>();
  private packetsOfOthers = 0;
  private askedForGaps = 0;

  constructor(listener: (beacons: Beacon[]) => void, options: BrowseOptions) {
    this.listener = listener;
    this.clock = options.clock;
    this.interfaces = options.interfaces ?? readInterfaces;
    this.watch = new LinkWatch({
      clock: options.clock,
      interfaces: this.interfaces,
      mayFallBack: true,
      onUp: (link) => this.ask(link),
      onDown: () => {},
      onPacket: (_, packet, { address }) => {
        if (!ownAddresses(this.interfaces()).includes(address)) this.packetsOfOthers += 1;
        if (packet.isResponse) this.hear([...packet.answers, ...packet.additionals], address);
      },
      onTrouble: (kind, detail) => this.note(kind, detail),
    });
    void this.watch.look();
    for (const ms of ASK_MS.slice(1)) this.timers.push(this.clock.after(ms, () => this.askAll()));
    this.timers.push(this.clock.every(REPEAT_MS, () => this.askAll()));
    this.timers.push(this.clock.every(EXPIRE_MS, () => this.expire()));
  }

  beacons(): Beacon[] {
    const own = ownAddresses(this.interfaces());
    return mergeBeacons(this.cache.services().flatMap((service) => beaconOf(service, own) ?? []));
  }

  report(): BrowseReport {
    const own = ownAddresses(this.interfaces());
    const links = linksOf(this.interfaces());
    return {
      links: this.watch.links().length,
      isOffline: links.every(({ isLoopback }) => isLoopback),
      troubles: [...this.troubles.values()],
      packetsOfOthers: this.packetsOfOthers,
      unusable: this.cache.services().filter((service) => !beaconOf(service, own)).length,
      isOverrun: this.cache.isFull,
    };
  }

  async close(): Promise<void> {
    for (const stop of this.timers.splice(0)) stop();
    await this.watch.close();
  }

  private askAll(): void {
    for (const link of this.watch.links()) this.ask(link);
  }

  private ask({ socket }: OpenLink): void {
    const questions = [{ name: `${SERVICE_TYPE}.local`, type: 'PTR' }, ...this.cache.gaps()];
    void socket.send(queryBytes(questions, [], this.cache.known(this.clock.now())));
  }

  private hear(records: Parameters<MdnsCache['add']>[0], from: string): void {
    if (!this.cache.add(records, from, this.clock.now())) return;
    this.fillGaps();
    this.listener(this.beacons());
  }

  /** Asked for at once, but not again for each of a flood of names. */
  private fillGaps(): void {
    const now = this.clock.now();
    if (this.cache.gaps().length === 0 || Math.abs(now - this.askedForGaps) < 250) return;
    this.askedForGaps = now;
    this.askAll();
  }

  private expire(): void {
    if (this.cache.expire(this.clock.now())) this.listener(this.beacons());
  }

  private note(kind: MulticastTrouble, detail?: string): void {
    const key = `${kind} ${detail ?? ''}`;
    if (this.troubles.size < 16)
      this.troubles.set(key, { kind, ...(detail === undefined ? {} : { detail }) });
  }
}
