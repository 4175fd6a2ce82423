import type { Service } from './beacon.ts';
import { type MdnsRecord, recordKey } from './mdns-packet.ts';
import { canonicalName, LOCAL_DOMAIN, SERVICE_TYPE } from './service-name.ts';

const SERVICE = `${SERVICE_TYPE}.local`;
/** Whoever claims more than this fills nobody's memory. */
const MAX_INSTANCES = 256;
const MAX_RECORDS = 2048;
/** Seconds; what is announced for longer is asked for again. */
const MAX_TTL = 4500;
/** Records of one name that came at most this long ago belong together; source: RFC 6762, section 10.2. */
const TOGETHER_MS = 1000;

interface Entry {
  record: MdnsRecord;
  /** Address of the sender. */
  from: string;
  heardAt: number;
  expiresAt: number;
}

/** What has been heard of gateways on the local network, each record for as long as it is good. */
export class MdnsCache {
  /** By what they say. */
  private readonly entries = new Map<string, Entry>();
  /** The same by name, so that a flood of records costs no more than their number. */
  private readonly byName = new Map<string, Set<Entry>>();
  /** More was announced than there is room for. */
  isFull = false;

  /** Takes in the records of a packet; true when that changes what is known. `now` in epoch ms. */
  add(records: readonly MdnsRecord[], from: string, now: number): boolean {
    let isChanged = this.expire(now);
    // The names first, so that it is known whose addresses matter.
    const order = ['PTR', 'SRV', 'TXT', 'A', 'AAAA'];
    for (const record of [...records].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))) {
      if (this.isWanted(record)) isChanged = this.take(record, from, now) || isChanged;
    }
    return isChanged;
  }

  /** Forgets what is out of date; true when there was any. */
  expire(now: number): boolean {
    const old = [...this.entries.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const { record } of old) this.remove(record);
    return old.length > 0;
  }

  services(): Service[] {
    return this.named('PTR', SERVICE).flatMap(({ data: name }) =>
      this.named('SRV', name).map(({ data: { target, port } }) => ({
        instance: name.slice(0, -SERVICE.length - 1),
        domain: LOCAL_DOMAIN,
        host: target,
        port,
        addresses: [...this.named('A', target), ...this.named('AAAA', target)].map(({ data }) => data),
        txt: this.named('TXT', name)[0]?.data ?? [],
      })),
    );
  }

  /** What has to be asked to know the whole of what was named. */
  gaps(): { name: string; type: 'SRV' | 'TXT' | 'A' }[] {
    const gaps = this.named('PTR', SERVICE).flatMap(({ data: name }) => [
      ...(this.named('SRV', name).length === 0 ? [{ name, type: 'SRV' as const }] : []),
      ...(this.named('TXT', name).length === 0 ? [{ name, type: 'TXT' as const }] : []),
      ...this.named('SRV', name).flatMap(({ data: { target } }) =>
        this.named('A', target).length + this.named('AAAA', target).length === 0
          ? [{ name: target, type: 'A' as const }]
          : [],
      ),
    ]);
    return gaps.slice(0, 64);
  }

  /** The pointers that are known, to be listed in a query: whoever is known keeps quiet. */
  known(now: number): MdnsRecord[] {
    return [...(this.byName.get(SERVICE) ?? [])]
      .slice(0, 32)
      .map(({ record, expiresAt }) => ({ ...record, ttl: Math.floor((expiresAt - now) / 1000) }));
  }

  private isWanted(record: MdnsRecord): boolean {
    const name = canonicalName(record.name);
    if (record.type === 'PTR') return name === SERVICE && canonicalName(record.data).endsWith(`.${SERVICE}`);
    if (record.type === 'A' || record.type === 'AAAA') return this.targets().has(name);
    return this.entries.has(
      recordKey({ name: SERVICE, type: 'PTR', data: record.name, ttl: 0, flush: false }),
    );
  }

  private targets(): Set<string> {
    const services = this.named('PTR', SERVICE).flatMap(({ data }) => this.named('SRV', data));
    return new Set(services.map(({ data }) => canonicalName(data.target)));
  }

  private take(record: MdnsRecord, from: string, now: number): boolean {
    if (record.ttl === 0) return this.forget(record);
    const isFlushed = record.flush && this.flush(record, from, now);
    const key = recordKey(record);
    const known = this.entries.has(key);
    if (!known && !this.hasRoom(record)) {
      this.isFull = true;
      return isFlushed;
    }
    this.remove(record);
    const expiresAt = now + Math.min(record.ttl, MAX_TTL) * 1000;
    this.insert(key, { record, from, heardAt: now, expiresAt });
    return isFlushed || !known;
  }

  private hasRoom({ type }: MdnsRecord): boolean {
    return this.entries.size < MAX_RECORDS && (type !== 'PTR' || this.instances() < MAX_INSTANCES);
  }

  private instances = (): number => this.byName.get(SERVICE)?.size ?? 0;

  /** A goodbye: without its pointer, nothing of a gateway is left. */
  private forget(record: MdnsRecord): boolean {
    if (!this.entries.has(recordKey(record))) return false;
    this.remove(record);
    return true;
  }

  /** A sender that replaces what it said itself; what others said of the same name stays. */
  private flush({ type, name }: MdnsRecord, from: string, now: number): boolean {
    const old = [...(this.byName.get(canonicalName(name)) ?? [])].filter(
      (entry) => entry.record.type === type && entry.from === from && now - entry.heardAt > TOGETHER_MS,
    );
    for (const { record } of old) this.remove(record);
    return old.length > 0;
  }

  private insert(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    const name = canonicalName(entry.record.name);
    const sameName = this.byName.get(name) ?? new Set();
    this.byName.set(name, sameName.add(entry));
  }

  private remove(record: MdnsRecord): void {
    const entry = this.entries.get(recordKey(record));
    if (!entry) return;
    this.entries.delete(recordKey(record));
    const name = canonicalName(record.name);
    const sameName = this.byName.get(name);
    sameName?.delete(entry);
    if (sameName?.size === 0) this.byName.delete(name);
  }

  private named<T extends MdnsRecord['type']>(type: T, name: string): Extract<MdnsRecord, { type: T }>[] {
    return [...(this.byName.get(canonicalName(name)) ?? [])].flatMap(({ record }) =>
      record.type === type ? [record as Extract<MdnsRecord, { type: T }>] : [],
    );
  }
}
