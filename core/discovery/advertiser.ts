import type { Clock } from '../lib/clock.ts';
import {
  type Announcement,
  allRecords,
  announcementOf,
  answersTo,
  type Conflict,
  conflictIn,
  goodbyeRecords,
  losesTo,
  type Names,
} from './announcement.ts';
import { LinkWatch, type OpenLink } from './link-watch.ts';
import { type MdnsPacket, type MdnsRecord, queryBytes, responseBytes } from './mdns-packet.ts';
import { allowance, MDNS_PORT, type MulticastTrouble, type Sender } from './mdns-socket.ts';
import { type InterfaceTable, linksOf, ownAddresses, readInterfaces } from './network.ts';
import { instanceName, numberedLabel } from './service-name.ts';
import { type GatewayFacts, type TxtMode, txtStrings } from './txt-record.ts';

export type AdvertiserEvent =
  | { kind: 'announced'; name: string; link: string }
  | { kind: 'renamed'; name: string }
  | { kind: 'gave-up' }
  | { kind: 'no-network' }
  | { kind: 'trouble'; trouble: MulticastTrouble; detail?: string };

export interface AdvertiserOptions {
  facts: GatewayFacts;
  mode: TxtMode;
  clock: Clock;
  /** Called for every event; trouble may come with every packet. */
  onEvent(event: AdvertiserEvent): void;
  interfaces?: () => InterfaceTable;
}

/** A gateway that is announced on every network of this machine until it is closed. */
export interface Advertiser {
  /** Takes the announcement back and closes all sockets. */
  close(): Promise<void>;
}

/** One link on the way to being announced on. */
interface Presence {
  link: OpenLink;
  own: Announcement;
  state: 'probing' | 'announced';
  mayAnswer: () => boolean;
  cancel(): void;
}

/** In ms; source: RFC 6762, section 8. */
const PROBES_MS = [0, 250, 500];
const CLAIM_MS = 750;
const ANNOUNCE_MS = [0, 1000, 3000];
const LOST_MS = 1000;
const MOST_NAMES = 20;
/** Packets a second on one link, so that no flood of questions becomes one of answers. */
const MAX_ANSWERS_PER_SECOND = 20;

/** Starts announcing; that takes about a second, and goes on while networks come and go. Never throws. */
export function openAdvertiser(options: AdvertiserOptions): Advertiser {
  const advertiser = new MdnsAdvertiser(options);
  void advertiser.start();
  return advertiser;
}

class MdnsAdvertiser implements Advertiser {
  private readonly options: AdvertiserOptions;
  private readonly interfaces: () => InterfaceTable;
  private readonly watch: LinkWatch;
  private readonly presences = new Map<OpenLink, Presence>();
  private attempts = { instance: 1, host: 1 };
  private isClosed = false;

  constructor(options: AdvertiserOptions) {
    this.options = options;
    this.interfaces = options.interfaces ?? readInterfaces;
    this.watch = new LinkWatch({
      clock: options.clock,
      interfaces: this.interfaces,
      onUp: (link) => this.begin(link),
      onDown: (link) => this.leave(link),
      onPacket: (link, packet, from) => this.hear(link, packet, from),
      onTrouble: (trouble, detail) => options.onEvent({ kind: 'trouble', trouble, detail }),
    });
  }

  async start(): Promise<void> {
    await this.watch.look();
    if (linksOf(this.interfaces()).length === 0) this.options.onEvent({ kind: 'no-network' });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const announced = [...this.presences.values()].filter(({ state }) => state === 'announced');
    for (const link of [...this.presences.keys()]) this.end(link);
    await Promise.all(
      announced.map(({ link, own }) => link.socket.send(responseBytes({ answers: goodbyeRecords(own) }))),
    );
    await this.watch.close();
  }

  private names(): Names {
    const { displayName, hostLabel } = this.options.facts;
    const { instance, host } = this.attempts;
    return { instance: instanceName(displayName, instance), host: numberedLabel(hostLabel, host) };
  }

  private begin(link: OpenLink, delayMs = 0): void {
    this.end(link);
    const { instance, host } = this.attempts;
    if (this.isClosed || instance > MOST_NAMES || host > MOST_NAMES) return;
    const { facts, mode } = this.options;
    const names = this.names();
    const { addresses } = link.link;
    const txt = txtStrings({ ...facts, hostLabel: names.host }, mode);
    const own = announcementOf({ names, port: facts.port, txt, addresses });
    const timers: (() => void)[] = [];
    const presence: Presence = {
      link,
      own,
      state: 'probing',
      mayAnswer: allowance(MAX_ANSWERS_PER_SECOND),
      cancel: () => timers.forEach((cancel) => void cancel()),
    };
    this.presences.set(link, presence);
    const after = (ms: number, task: () => void): void =>
      void timers.push(this.options.clock.after(delayMs + ms, () => this.guarded(task)));
    for (const ms of PROBES_MS) after(ms, () => this.probe(presence));
    after(CLAIM_MS, () => this.claim(presence));
    for (const ms of ANNOUNCE_MS) after(CLAIM_MS + ms, () => this.announce(presence));
  }

  private end(link: OpenLink): void {
    this.presences.get(link)?.cancel();
    this.presences.delete(link);
  }

  private probe({ link, own }: Presence): void {
    const questions = [own.instance, own.host].map((name) => ({ name, type: 'ANY' }));
    void link.socket.send(queryBytes(questions, [own.srv, own.txt, ...own.addresses]));
  }

  private claim(presence: Presence): void {
    presence.state = 'announced';
    this.options.onEvent({ kind: 'announced', name: this.names().instance, link: presence.link.link.name });
  }

  private announce({ link, own }: Presence): void {
    void link.socket.send(responseBytes({ answers: allRecords(own) }));
  }

  private hear(link: OpenLink, packet: MdnsPacket, from: Sender): void {
    const presence = this.presences.get(link);
    if (!presence) return;
    if (packet.isResponse) this.compare(presence, [...packet.answers, ...packet.additionals]);
    else if (presence.state === 'announced') this.answer(presence, packet, from);
    else if (losesTo(packet.authorities, presence.own)) this.begin(link, LOST_MS);
  }

  /**
   * Whoever was there first keeps its name. When two networks become one, both were: then the greater record keeps
   * it, and says so.
   */
  private compare(presence: Presence, records: readonly MdnsRecord[]): void {
    const { own, state, mayAnswer } = presence;
    const conflict = conflictIn(records, own, ownAddresses(this.interfaces()));
    if (!conflict) return;
    if (state === 'probing' || losesTo(records, own)) this.rename(conflict);
    else if (mayAnswer()) this.announce(presence);
  }

  private answer({ own, link, mayAnswer }: Presence, query: MdnsPacket, from: Sender): void {
    const { answers, additionals } = answersTo(query, own);
    if (answers.length === 0 || !mayAnswer()) return;
    if (from.port === MDNS_PORT) void link.socket.send(responseBytes({ answers, additionals }));
    else void link.socket.send(responseBytes({ answers, additionals, of: query }), from);
  }

  /** Everywhere at once, because a gateway has one name. The old one is another's now, so it is not taken back. */
  private rename(what: Conflict): void {
    this.attempts = { ...this.attempts, [what]: this.attempts[what] + 1 };
    const isHopeless = this.attempts[what] > MOST_NAMES;
    this.options.onEvent(isHopeless ? { kind: 'gave-up' } : { kind: 'renamed', name: this.names().instance });
    for (const link of this.watch.links()) this.begin(link);
  }

  /** In another network the first name may be free again. */
  private leave(link: OpenLink): void {
    this.end(link);
    if (this.presences.size === 0) this.attempts = { instance: 1, host: 1 };
  }

  private guarded(task: () => void): void {
    try {
      task();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.options.onEvent({ kind: 'trouble', trouble: 'internal', detail });
    }
  }
}
