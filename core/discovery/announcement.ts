import { type MdnsPacket, type MdnsRecord, saysTheSame } from './mdns-packet.ts';
import { canonicalName, SERVICE_TYPE } from './service-name.ts';

/** The names a gateway goes by on the network. */
export interface Names {
  /** `vm (OpenClaw)` */
  instance: string;
  /** `vm` */
  host: string;
}

/** The records of one gateway on one link. */
export interface Announcement {
  instance: string;
  host: string;
  ptr: MdnsRecord;
  /** `_services._dns-sd._udp`: which types there are; of everybody, so nobody takes it back. */
  type: MdnsRecord;
  srv: MdnsRecord;
  txt: MdnsRecord;
  /** The operating system may say the same of this machine, so it is neither flushed nor taken back. */
  addresses: MdnsRecord[];
}

export interface AnnouncementFacts {
  names: Names;
  port: number;
  txt: readonly string[];
  /** IPv4 addresses of this link alone: others would be a conflict for whoever knows this machine there. */
  addresses: readonly string[];
}

/** Seconds; source: RFC 6762, section 10. */
const HOST_TTL = 120;
const OTHER_TTL = 4500;
const SERVICE = `${SERVICE_TYPE}.local`;

export function announcementOf({ names, port, txt, addresses }: AnnouncementFacts): Announcement {
  const instance = `${names.instance}.${SERVICE}`;
  const host = `${names.host}.local`;
  const unique = { ttl: HOST_TTL, flush: true };
  const shared = { ttl: OTHER_TTL, flush: false };
  return {
    instance,
    host,
    ptr: { ...shared, name: SERVICE, type: 'PTR', data: instance },
    type: { ...shared, name: '_services._dns-sd._udp.local', type: 'PTR', data: SERVICE },
    srv: { ...unique, name: instance, type: 'SRV', data: { target: host, port } },
    txt: {
      ttl: OTHER_TTL,
      flush: true,
      name: instance,
      type: 'TXT',
      data: txt.map((text) => Buffer.from(text)),
    },
    addresses: addresses.map((data) => ({ ttl: HOST_TTL, flush: false, name: host, type: 'A', data })),
  };
}

export const allRecords = ({ ptr, type, srv, txt, addresses }: Announcement): MdnsRecord[] => [
  ptr,
  type,
  srv,
  txt,
  ...addresses,
];

/** What tells everybody that the gateway is gone. */
export const goodbyeRecords = ({ ptr, srv, txt }: Announcement): MdnsRecord[] =>
  [ptr, srv, txt].map((record) => ({ ...record, ttl: 0 }));

/** What a gateway has to say to a query; no answers when it was not asked or all is known already. */
export function answersTo(
  query: MdnsPacket,
  own: Announcement,
): { answers: MdnsRecord[]; additionals: MdnsRecord[] } {
  const asked = allRecords(own).filter((record) =>
    query.questions.some(
      ({ name, type }) =>
        (type === 'ANY' || type === record.type) && canonicalName(name) === canonicalName(record.name),
    ),
  );
  const answers = asked.filter((record) => !isKnown(record, query.answers));
  const isAnswered = (record: MdnsRecord): boolean => answers.includes(record);
  const helpful = answers.includes(own.ptr) ? [own.srv, own.txt, ...own.addresses] : [];
  const more = isAnswered(own.srv) ? own.addresses : [];
  const additionals = [...new Set([...helpful, ...more])].filter((record) => !isAnswered(record));
  return { answers, additionals };
}

/** Whoever lists an answer that will be good for more than half of its time need not hear it again. */
const isKnown = (record: MdnsRecord, known: readonly MdnsRecord[]): boolean =>
  known.some((other) => other.ttl >= record.ttl / 2 && saysTheSame(other, record));

export type Conflict = 'instance' | 'host';

/**
 * What of our names another one claims in these records. `ownAddresses` are all of this machine: the operating
 * system, and a second gateway, may rightly say them of the same host name.
 */
export function conflictIn(
  records: readonly MdnsRecord[],
  own: Announcement,
  ownAddresses: readonly string[],
): Conflict | undefined {
  const foreign = records.filter((record) => record.ttl > 0);
  const isOurs = (name: string, ours: string): boolean => canonicalName(name) === canonicalName(ours);
  if (
    foreign.some(
      (record) => record.type === 'A' && isOurs(record.name, own.host) && !ownAddresses.includes(record.data),
    )
  )
    return 'host';
  const isRival = (record: MdnsRecord): boolean =>
    record.type === 'SRV' && isOurs(record.name, own.instance) && !saysTheSame(record, own.srv);
  return foreign.some(isRival) ? 'instance' : undefined;
}

/**
 * Two that claim the same name at the same time: whether the other one may have it. Both come to the same decision,
 * because both compare the same records.
 */
export function losesTo(claims: readonly MdnsRecord[], own: Announcement): boolean {
  const ours = [own.srv, ...own.addresses];
  return [own.srv.type, 'A'].some((type) => {
    const [mine, theirs] = [ours, claims].map((records) => greatest(records, type, own));
    return mine !== undefined && theirs !== undefined && theirs > mine;
  });
}

function greatest(records: readonly MdnsRecord[], type: string, own: Announcement): string | undefined {
  const names = [own.instance, own.host].map(canonicalName);
  return records
    .filter((record) => record.type === type && record.ttl > 0 && names.includes(canonicalName(record.name)))
    .map(weight)
    .sort()
    .at(-1);
}

const weight = (record: MdnsRecord): string =>
  record.type === 'SRV'
    ? `${String(record.data.port).padStart(5, '0')} ${canonicalName(record.data.target)}`
    : String(record.data);
