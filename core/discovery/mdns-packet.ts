import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';

/** One record of the kinds that name a service. `ttl` in seconds; 0 says goodbye. */
export type MdnsRecord = { name: string; ttl: number; flush: boolean } & (
  | { type: 'PTR'; data: string }
  | { type: 'SRV'; data: { target: string; port: number } }
  | { type: 'TXT'; data: Buffer[] }
  | { type: 'A' | 'AAAA'; data: string }
);

export interface MdnsQuestion {
  name: string;
  /** `ANY`, `PTR`, …; whatever else was asked is there too, and matches nothing. */
  type: string;
}

/** A packet with everything left out that this program has no use for. */
export interface MdnsPacket {
  id: number;
  isResponse: boolean;
  questions: MdnsQuestion[];
  /** What a query knows already, or a response says. */
  answers: MdnsRecord[];
  /** What a query is about to claim. */
  authorities: MdnsRecord[];
  additionals: MdnsRecord[];
}

/** The largest packet of multicast DNS; source: RFC 6762, section 17. */
const MAX_PACKET = 9000;

/** Reads what anybody may have sent; undefined for what is no packet of multicast DNS. Never throws. */
export function readPacket(bytes: Buffer): MdnsPacket | undefined {
  if (bytes.length > MAX_PACKET) return undefined;
  try {
    const { id = 0, type, questions = [], answers = [], authorities = [], additionals = [] } = decode(bytes);
    return {
      id,
      isResponse: type === 'response',
      questions: questions.map((question) => ({ name: question.name, type: question.type })),
      answers: answers.flatMap(knownRecord),
      authorities: authorities.flatMap(knownRecord),
      additionals: additionals.flatMap(knownRecord),
    };
  } catch {
    return undefined;
  }
}

function knownRecord(answer: Answer): MdnsRecord[] {
  if (answer.type === 'OPT') return [];
  const base = { name: answer.name, ttl: answer.ttl ?? 0, flush: answer.flush === true };
  switch (answer.type) {
    case 'PTR':
    case 'A':
    case 'AAAA':
      return typeof answer.data === 'string' ? [{ ...base, type: answer.type, data: answer.data }] : [];
    case 'SRV': {
      const { target, port } = answer.data;
      return [{ ...base, type: 'SRV', data: { target, port } }];
    }
    case 'TXT': {
      const strings = Array.isArray(answer.data) ? answer.data : [answer.data];
      return [{ ...base, type: 'TXT', data: strings.filter((item) => Buffer.isBuffer(item)) }];
    }
    default:
      return [];
  }
}

/** `of` a query: its id and questions are repeated, as one that was not sent from port 5353 expects it. */
export interface Response {
  answers: MdnsRecord[];
  additionals?: MdnsRecord[];
  of?: Pick<MdnsPacket, 'id' | 'questions'>;
}

export function responseBytes({ answers, additionals = [], of }: Response): Buffer {
  return encode({
    type: 'response',
    id: of?.id ?? 0,
    flags: AUTHORITATIVE_ANSWER,
    questions: (of?.questions ?? []) as Packet['questions'],
    answers: answers as Answer[],
    additionals: additionals as Answer[],
  });
}

/** Questions, with what is about to be claimed (a probe), and with answers that are known already. */
export function queryBytes(
  questions: MdnsQuestion[],
  claims: MdnsRecord[] = [],
  known: MdnsRecord[] = [],
): Buffer {
  return encode({
    type: 'query',
    id: 0,
    questions: questions.filter(({ name }) => isSendable(name)) as Packet['questions'],
    answers: known.filter((record) => record.type === 'PTR' && isSendable(record.data)) as Answer[],
    authorities: claims.map((record) => ({ ...record, flush: false })) as Answer[],
  });
}

/** A name that was not text when it was heard can have become too long to be said again. */
const isSendable = (name: string): boolean =>
  Buffer.byteLength(name) <= 253 && name.split('.').every((label) => Buffer.byteLength(label) <= 63);

/** Whether two records say the same; their time to live aside. */
export const saysTheSame = (a: MdnsRecord, b: MdnsRecord): boolean => recordKey(a) === recordKey(b);

/** The same text for records that say the same, whatever the case of their names. */
export function recordKey({ name, type, data }: MdnsRecord): string {
  const said = type === 'TXT' ? data.map((item) => item.toString('hex')) : data;
  return `${type} ${name.toLowerCase()} ${JSON.stringify(said).toLowerCase()}`;
}
