import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Announcement,
  allRecords,
  announcementOf,
  answersTo,
  conflictIn,
  losesTo,
} from './announcement.ts';
import { MdnsCache } from './mdns-cache.ts';
import { type MdnsPacket, type MdnsRecord, queryBytes, readPacket, responseBytes } from './mdns-packet.ts';
import { allowance } from './mdns-socket.ts';
import { linksOf, tailnetAddress } from './network.ts';

const own = (more: { port?: number; host?: string; addresses?: string[] } = {}): Announcement =>
  announcementOf({
    names: { instance: 'vm (OpenClaw)', host: more.host ?? 'vm' },
    port: more.port ?? 18789,
    txt: ['role=gateway'],
    addresses: more.addresses ?? ['10.0.0.1'],
  });

const query = (name: string, type = 'PTR', known: MdnsRecord[] = []): MdnsPacket => {
  const packet = readPacket(queryBytes([{ name, type }], [], known));
  if (!packet) throw new Error('no packet');
  return packet;
};

describe('a packet', () => {
  test('is read as it was written', () => {
    const packet = readPacket(responseBytes({ answers: allRecords(own()) }));
    expect(packet).toMatchObject({ isResponse: true, answers: allRecords(own()) });
  });

  test('of any bytes is read or refused, and neither throws', () => {
    const real = responseBytes({ answers: allRecords(own()) });
    const mutated = fc
      .array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 12 })
      .map((changes) => {
        const bytes = Buffer.from(real);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    const cache = new MdnsCache();
    fc.assert(
      fc.property(fc.oneof(mutated, random), (bytes) => {
        const packet = readPacket(bytes);
        if (!packet) return;
        answersTo(packet, own());
        const records = [...packet.answers, ...packet.additionals];
        conflictIn(records, own(), []);
        losesTo(packet.authorities, own());
        cache.add(records, '10.0.0.9', 0);
        queryBytes(cache.gaps(), [], cache.known(0));
      }),
      { numRuns: 3000 },
    );
  });

  test('larger than any of multicast DNS is refused', () => {
    expect(readPacket(Buffer.alloc(9001))).toBeUndefined();
  });
});

describe('answers', () => {
  test('a question for gateways is answered with everything that is needed to connect', () => {
    const { answers, additionals } = answersTo(query('_OpenClaw-gw._tcp.local'), own());
    expect(answers.map(({ type }) => type)).toEqual(['PTR']);
    expect(additionals.map(({ type }) => type)).toEqual(['SRV', 'TXT', 'A']);
  });

  test('who knows us already is not answered', () => {
    expect(answersTo(query('_openclaw-gw._tcp.local', 'PTR', [own().ptr]), own()).answers).toEqual([]);
    const stale = { ...own().ptr, ttl: 10 };
    expect(answersTo(query('_openclaw-gw._tcp.local', 'PTR', [stale]), own()).answers).toHaveLength(1);
  });

  test('questions about others are not answered', () => {
    expect(answersTo(query('_http._tcp.local'), own()).answers).toEqual([]);
    expect(answersTo(query('vm (OpenClaw)._openclaw-gw._tcp.local', 'A'), own()).answers).toEqual([]);
  });
});

describe('conflicts', () => {
  test('a second gateway of this machine has the host name in common and wants another instance name', () => {
    const other = allRecords(own({ port: 18790 }));
    expect(conflictIn(other, own(), ['10.0.0.1'])).toBe('instance');
    expect(conflictIn(allRecords(own()), own(), ['10.0.0.1'])).toBeUndefined();
  });

  test('another machine of the same name is a conflict about the host', () => {
    expect(conflictIn(allRecords(own({ addresses: ['10.0.0.2'] })), own(), ['10.0.0.1'])).toBe('host');
  });

  test('of two that claim a name at once exactly one gives way', () => {
    const pairs = [
      [own(), own({ port: 18790 })],
      [own(), own({ addresses: ['10.0.0.2'] })],
    ] as const;
    for (const [one, two] of pairs)
      expect([losesTo(allRecords(two), one), losesTo(allRecords(one), two)].sort()).toEqual([false, true]);
  });

  test('a goodbye is no conflict', () => {
    const gone = allRecords(own({ port: 1 })).map((record) => ({ ...record, ttl: 0 }));
    expect(conflictIn(gone, own(), ['10.0.0.1'])).toBeUndefined();
  });
});

describe('what was heard', () => {
  const heard = (): MdnsCache => {
    const cache = new MdnsCache();
    cache.add(allRecords(own()).toReversed(), '10.0.0.1', 0);
    return cache;
  };

  test('is a service, in whatever order its records come', () => {
    expect(heard().services()).toMatchObject([
      { instance: 'vm (OpenClaw)', domain: 'local.', host: 'vm.local', port: 18789, addresses: ['10.0.0.1'] },
    ]);
    expect(heard().gaps()).toEqual([]);
  });

  test('is forgotten when it says goodbye, and when its time is over', () => {
    const cache = heard();
    cache.add([{ ...own().ptr, ttl: 0 }], '10.0.0.1', 1);
    expect(cache.services()).toEqual([]);
    const other = heard();
    expect(other.expire(119_000)).toBe(false);
    expect(other.expire(121_000)).toBe(true);
    expect(other.services()).toEqual([]);
  });

  test('is asked for where something is missing', () => {
    const cache = new MdnsCache();
    cache.add([own().ptr], '10.0.0.1', 0);
    expect(cache.gaps().map(({ type }) => type)).toEqual(['SRV', 'TXT']);
  });

  test('is replaced by its sender alone', () => {
    const cache = heard();
    cache.add([own({ port: 666 }).srv], '10.6.6.6', 5000);
    expect(cache.services().map(({ port }) => port)).toEqual([18789, 666]);
    cache.add([own({ port: 18790 }).srv], '10.0.0.1', 5000);
    expect(
      cache
        .services()
        .map(({ port }) => port)
        .sort(),
    ).toEqual([18790, 666]);
  });

  test('has an end, however many names are announced', () => {
    const cache = new MdnsCache();
    for (let index = 0; index < 1000; index += 1) {
      const names = { instance: `n${index} (OpenClaw)`, host: `n${index}` };
      const records = allRecords(announcementOf({ names, port: 1, txt: [], addresses: ['10.0.0.1'] }));
      cache.add(records, '10.0.0.1', 0);
    }
    expect(cache.services()).toHaveLength(256);
    expect(cache.isFull).toBe(true);
  });
});

test('an allowance runs out', () => {
  const take = allowance(3);
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
});

describe('links', () => {
  const row = (address: string, cidr: string, internal = false) =>
    ({ address, cidr, internal, family: 'IPv4', netmask: '', mac: '' }) as const;
  const lo = row('127.0.0.1', '127.0.0.1/8', true);

  test('are all interfaces with IPv4, and loopback where there is no other', () => {
    expect(linksOf({ lo: [lo] }).map(({ name }) => name)).toEqual(['lo']);
    expect(linksOf({ lo: [lo], eth0: [row('10.0.0.1', '10.0.0.1/24')] }).map(({ name }) => name)).toEqual([
      'eth0',
    ]);
    expect(linksOf({})).toEqual([]);
  });

  test('are not those of Tailscale, whose address is found all the same', () => {
    const table = { lo: [lo], tailscale0: [row('100.64.0.7', '100.64.0.7/32')] };
    expect(linksOf(table).map(({ name }) => name)).toEqual(['lo']);
    expect(tailnetAddress(table)).toBe('100.64.0.7');
  });
});
