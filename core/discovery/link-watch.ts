import type { Clock } from '../lib/clock.ts';
import type { MdnsPacket } from './mdns-packet.ts';
import { type MdnsSocket, type MulticastTrouble, openMdnsSocket, type Sender } from './mdns-socket.ts';
import { type InterfaceTable, type Link, linkKey, linksOf } from './network.ts';

export interface LinkWatchOptions {
  clock: Clock;
  interfaces: () => InterfaceTable;
  mayFallBack?: boolean;
  /** Multicast works on a link, from now on or again after a sleep. */
  onUp(link: OpenLink): void;
  onDown(link: OpenLink): void;
  onPacket(link: OpenLink, packet: MdnsPacket, from: Sender): void;
  onTrouble(kind: MulticastTrouble, detail?: string): void;
}

export interface OpenLink {
  link: Link;
  socket: MdnsSocket;
}

/** How often interfaces are looked at, in ms: no system tells Node when they change. */
const LOOK_MS = 5000;
/** A look that comes this much too late comes after a sleep. */
const SLEPT_MS = 20_000;

/** A socket on each link there is, while links come and go. */
export class LinkWatch {
  private readonly options: LinkWatchOptions;
  private readonly open = new Map<string, OpenLink>();
  private readonly stop: () => void;
  private lookedAt: number;
  private looking: Promise<void> | undefined;
  private isClosed = false;

  constructor(options: LinkWatchOptions) {
    this.options = options;
    this.lookedAt = options.clock.now();
    this.stop = options.clock.every(LOOK_MS, () => void this.look());
  }

  /** Resolves when the links of this moment are open; also done by itself, every few seconds. */
  look(): Promise<void> {
    this.looking ??= this.follow().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  links(): OpenLink[] {
    return [...this.open.values()];
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.stop();
    await this.looking;
    await Promise.all(this.links().map(({ socket }) => socket.close()));
    this.open.clear();
  }

  private async follow(): Promise<void> {
    try {
      if (this.hasSlept()) await this.drop(this.links());
      const wanted = new Map(linksOf(this.options.interfaces()).map((link) => [linkKey(link), link]));
      await this.drop(this.links().filter(({ link }) => !wanted.has(linkKey(link))));
      for (const [key, link] of wanted) if (!this.open.has(key)) await this.take(key, link);
    } catch (error) {
      this.options.onTrouble('internal', error instanceof Error ? error.message : String(error));
    }
  }

  private hasSlept(): boolean {
    const now = this.options.clock.now();
    const hasSlept = Math.abs(now - this.lookedAt) > LOOK_MS + SLEPT_MS;
    this.lookedAt = now;
    return hasSlept;
  }

  private async drop(links: OpenLink[]): Promise<void> {
    for (const link of links) {
      this.open.delete(linkKey(link.link));
      this.options.onDown(link);
      await link.socket.close();
    }
  }

  private async take(key: string, link: Link): Promise<void> {
    if (this.isClosed) return;
    const { mayFallBack, onPacket, onTrouble, onUp } = this.options;
    const socket = await openMdnsSocket({
      link,
      mayFallBack,
      onTrouble,
      onPacket: (packet, from) => {
        const opened = this.open.get(key);
        if (opened) onPacket(opened, packet, from);
      },
    });
    if (!socket) return;
    const opened = { link, socket };
    this.open.set(key, opened);
    onUp(opened);
  }
}
