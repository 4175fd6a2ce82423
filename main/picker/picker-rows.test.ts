import { describe, expect, it } from 'vitest';
import { type Beacon, beaconOf, mergeBeacons } from '../../core/discovery/beacon.ts';
import { HeardGateways } from './heard-gateways.ts';
import type { KnownPlace } from './known-places.ts';
import { pickerRows } from './picker-rows.ts';

function beacon(name: string, address: string, port = 18789, txt: string[] = [], domain = 'local.'): Beacon {
  const found = beaconOf(
    {
      instance: `${name} (OpenClaw)`,
      domain,
      host: 'box.local',
      port,
      addresses: [address],
      txt: txt.map((text) => Buffer.from(text)),
    },
    ['10.0.0.1'],
  );
  if (!found) throw new Error('no beacon');
  return found;
}

const place = (fields: Partial<KnownPlace> = {}): KnownPlace => ({
  destination: { kind: 'ssh', target: 'ann@10.0.0.2' },
  label: 'ann@10.0.0.2',
  name: 'Studio',
  sources: ['saved'],
  lastUsedAtMs: 5,
  trust: ['host-key'],
  door: { host: '10.0.0.2', port: 22 },
  gateway: '10.0.0.2:18789',
  ...fields,
});

function rows(beacons: Beacon[], known: KnownPlace[] = [], knownHosts: string[] = []) {
  const heard = new HeardGateways();
  heard.take(mergeBeacons(beacons), 100);
  return pickerRows({
    known,
    heard: heard.list,
    current: { kind: 'local' },
    latencyOf: (door) => (door ? { state: 'measured', ms: 1 } : { state: 'off' }),
    isKnownHost: (host) => knownHosts.includes(host),
    allowInsecure: false,
  });
}

describe('the rows of the picker', () => {
  it('offer a gateway that was heard over SSH and directly, at the place of its records', () => {
    const { network } = rows([beacon('studio', '10.0.0.2', 19001, ['gatewayPort=1', 'lanHost=evil'])]);
    expect(network).toMatchObject([
      {
        name: 'studio',
        sources: ['lan'],
        address: '10.0.0.2:19001',
        ways: [
          { kind: 'ssh', target: '10.0.0.2', remotePort: 19001 },
          { kind: 'direct', url: 'ws://10.0.0.2:19001' },
        ],
        trust: [],
        latency: { state: 'measured', ms: 1 },
        heard: 'now',
        marks: [],
      },
    ]);
  });

  it('keep what a person has saved as it is, and say that it was heard', () => {
    const { known, network } = rows([beacon('Other name', '10.0.0.2')], [place()]);
    expect(network).toEqual([]);
    expect(known).toMatchObject([
      {
        name: 'Studio',
        sources: ['saved', 'lan'],
        ways: [{ kind: 'ssh', target: 'ann@10.0.0.2' }],
        heard: 'now',
        lastSeenAtMs: 100,
      },
    ]);
  });

  it('are one for what is heard on the network and in the domain', () => {
    const both = [beacon('studio', '10.0.0.2'), beacon('studio', '10.0.0.2', 18789, [], 'lab.example.')];
    expect(rows(both).network).toMatchObject([{ sources: ['lan', 'wide-area'] }]);
  });

  it.each(['Studio', 'STUDIO ', 'Stud\u0456o', 'St\u200budio', 'ann@10.0.0.2', '10.0.0.2'])(
    'mark a stranger that calls itself %j like a saved one',
    (name) => {
      const { network } = rows([beacon('x', '10.0.0.66', 18789, [`displayName=${name}`])], [place()]);
      expect(network[0]?.marks).toContain('imitates');
    },
  );

  it('trust an address that SSH knows, never a name', () => {
    expect(rows([beacon('studio', '10.0.0.2')], [], ['10.0.0.2']).network[0]?.trust).toEqual(['host-key']);
    expect(rows([beacon('studio', '10.0.0.3')], [place()]).network[0]?.trust).toEqual([]);
  });

  it('lead nobody to an address of the internet: it is marked, not measured and not reached without TLS', () => {
    const { network } = rows([beacon('far', '8.8.8.8')]);
    expect(network).toMatchObject([
      { marks: ['public'], latency: { state: 'off' }, ways: [{ kind: 'ssh', target: '8.8.8.8' }] },
    ]);
  });

  it('show characters that hide or turn the reading direction as nothing but a mark', () => {
    const { network } = rows([beacon('x', '10.0.0.2', 18789, ['displayName=evil\u202egnp.\u0007exe\u2066'])]);
    expect(network[0]?.marks).toEqual(['odd-name']);
    expect(network[0]?.name).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('name the gateway of this computer as that', () => {
    const { network } = rows([beacon('me', '10.0.0.1')]);
    expect(network).toMatchObject([{ ways: [{ kind: 'local' }], isCurrent: true, marks: [] }]);
  });
});

describe('what was heard', () => {
  it('keeps its place, and is gone rather than missing', () => {
    const heard = new HeardGateways();
    const [b, a] = [beacon('b', '10.0.0.2'), beacon('a', '10.0.0.3')];
    heard.take([b], 1);
    heard.take(mergeBeacons([a, b]), 2);
    heard.take([a], 3);
    expect(heard.list).toMatchObject([
      { place: '10.0.0.2:18789', isGone: true, lastSeenAtMs: 3 },
      { place: '10.0.0.3:18789', isGone: false },
    ]);
    expect(heard.found).toBe(1);
    heard.take(mergeBeacons([a, b]), 4);
    expect(heard.list.map(({ isGone }) => isGone)).toEqual([false, false]);
  });

  it('is one also when its name had no address yet', () => {
    const heard = new HeardGateways();
    const { port, ...rest } = beacon('b', '10.0.0.2');
    const nameless = { ...rest, port, addresses: [], wsUrl: 'ws://box.local:18789' };
    heard.take([nameless], 1);
    const [first] = heard.list.map(({ id }) => id);
    heard.take([beacon('b', '10.0.0.2')], 2);
    expect(heard.list).toMatchObject([{ id: first, place: '10.0.0.2:18789', isGone: false }]);
  });

  it('stays small when somebody announces hundreds, again and again', () => {
    const heard = new HeardGateways();
    for (let round = 0; round < 5; round += 1)
      heard.take(
        Array.from({ length: 250 }, (_, index) => beacon(`n${index}`, `10.${round}.1.${index}`)),
        round,
      );
    expect(heard.list.length).toBe(100);
    expect(heard).toMatchObject({ found: 250 });
    expect(heard.hidden).toBe(170);
  });
});
