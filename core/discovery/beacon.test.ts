import { describe, expect, test } from 'vitest';
import { type Beacon, beaconOf, mergeBeacons, type Service } from './beacon.ts';
import { displayNameOf, hostLabel, instanceName, isHostName, unescapeName } from './service-name.ts';

const OWN = ['127.0.0.1', '192.168.1.5', 'fe80::1'];

const service = (more: Partial<Service> = {}, txt: string[] = []): Service => ({
  instance: 'vm (OpenClaw)',
  domain: 'local.',
  host: 'vm.local',
  port: 18789,
  addresses: ['192.168.1.9'],
  ...more,
  txt: txt.map((text) => Buffer.from(text)),
});

function beacon(more: Partial<Service> = {}, txt: string[] = []): Beacon {
  const found = beaconOf(service(more, txt), OWN);
  if (!found) throw new Error('no beacon');
  return found;
}

describe('where a gateway is', () => {
  test('a spoofed TXT record steers neither the route nor the TLS pin (CVE-2026-26327)', () => {
    const honest = beacon();
    const spoofed = beacon({}, [
      'lanHost=evil.example',
      'tailnetDns=evil.example',
      'gatewayPort=666',
      'host=evil.example',
      'wsUrl=ws://evil.example:666',
      'port=666',
      'addresses=6.6.6.6',
      'domain=evil.example',
    ]);
    const route = ({ host, port, addresses, domain, wsUrl }: Beacon) => ({
      host,
      port,
      addresses,
      domain,
      wsUrl,
    });
    expect(route(spoofed)).toEqual(route(honest));
    expect(honest.wsUrl).toBe('ws://192.168.1.9:18789');
    expect(Object.keys(spoofed).filter((key) => /pin/i.test(key))).toEqual([]);
  });

  test('TLS in TXT does not change the address', () => {
    expect(beacon({}, ['gatewayTls=1', 'gatewayPort=666']).wsUrl).toBe('ws://192.168.1.9:18789');
  });

  test('without an address the name of the SRV record is used, when it is one', () => {
    expect(beacon({ addresses: [] }).wsUrl).toBe('ws://vm.local:18789');
    expect(beaconOf(service({ addresses: [], host: 'a b/@evil.example' }), OWN)).toBeUndefined();
  });

  test('IPv4 comes before IPv6, which is written in brackets', () => {
    expect(beacon({ addresses: ['fd00::1', '10.0.0.1'] }).addresses).toEqual(['10.0.0.1', 'fd00::1']);
    expect(beacon({ addresses: ['fd00::1'] }).wsUrl).toBe('ws://[fd00::1]:18789');
  });

  test.each([
    ['0.0.0.0'],
    ['224.0.0.251'],
    ['255.255.255.255'],
    ['::'],
    ['fe80::2'],
    ['127.0.0.1'],
    ['::1'],
    ['x'],
  ])('a gateway at %s alone is nowhere', (address) => {
    expect(beaconOf(service({ addresses: [address] }), OWN)).toBeUndefined();
  });

  test('loopback counts on a machine without a network', () => {
    expect(beaconOf(service({ addresses: ['127.0.0.1'] }), ['127.0.0.1', '::1'])?.wsUrl).toBe(
      'ws://127.0.0.1:18789',
    );
  });

  test('loopback counts when this machine itself said so', () => {
    const loopback = service({ addresses: ['127.0.0.1'] });
    expect(beaconOf(loopback, OWN, true)?.wsUrl).toBe('ws://127.0.0.1:18789');
  });

  test('port 0 is nowhere', () => {
    expect(beaconOf(service({ port: 0 }), OWN)).toBeUndefined();
  });

  test('only what has no address but those of this machine is on this machine', () => {
    expect(beacon({ addresses: ['192.168.1.5'] }).isLocal).toBe(true);
    expect(beacon({ addresses: ['192.168.1.5', '6.6.6.6'] }).isLocal).toBe(false);
    expect(beacon({ addresses: [] }).isLocal).toBe(false);
  });
});

describe('merging', () => {
  test('one gateway in two domains is one entry', () => {
    const far = beacon({
      domain: 'openclaw.internal.',
      instance: 'vm-gateway',
      host: 'vm.openclaw.internal',
    });
    const merged = mergeBeacons([far, beacon()]);
    expect(merged).toMatchObject([
      { instanceName: 'vm (OpenClaw)', domains: ['local.', 'openclaw.internal.'] },
    ]);
  });

  test('whoever adds an address of its own to that of another does not get it into the entry', () => {
    const evil = beacon({ instance: 'a (OpenClaw)', addresses: ['10.6.6.6', '192.168.1.9'] });
    expect(evil.wsUrl).toBe('ws://10.6.6.6:18789');
    const [first, ...others] = mergeBeacons([beacon(), evil]);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ addresses: ['192.168.1.9'], wsUrl: 'ws://192.168.1.9:18789' });
  });

  test('another port or another address is another gateway', () => {
    const list = [beacon(), beacon({ port: 18790 }), beacon({ addresses: ['192.168.1.10'] })];
    expect(mergeBeacons(list)).toHaveLength(3);
  });

  test('the order is the same whatever was heard first, with this machine on top', () => {
    const list = [
      beacon({ instance: 'b (OpenClaw)', addresses: ['10.0.0.2'] }),
      beacon({ instance: 'a (OpenClaw)', addresses: ['10.0.0.3'] }),
      beacon({ instance: 'z (OpenClaw)', addresses: ['192.168.1.5'] }),
    ];
    const names = (beacons: Beacon[]) => beacons.map(({ displayName }) => displayName);
    expect(names(mergeBeacons(list))).toEqual(['z', 'a', 'b']);
    expect(mergeBeacons(list.toReversed())).toEqual(mergeBeacons(list));
  });
});

describe('names', () => {
  test('an instance name fits into one label, also in other scripts and with a number', () => {
    expect(instanceName('vm')).toBe('vm (OpenClaw)');
    expect(instanceName('vm', 2)).toBe('vm (OpenClaw) (2)');
    expect(instanceName('a.b')).toBe('a-b (OpenClaw)');
    expect(Buffer.byteLength(instanceName('机器'.repeat(40), 12))).toBeLessThanOrEqual(63);
  });

  test.each([
    ['vm (OpenClaw)', 'vm'],
    ['vm (OpenClaw) (2)', 'vm'],
    ['vm', 'vm'],
    [' (OpenClaw)', ' (OpenClaw)'],
    ['vm (OpenClaw) x', 'vm (OpenClaw) x'],
  ])('%j is shown as %j', (instance, shown) => {
    expect(displayNameOf(instance)).toBe(shown);
  });

  test.each([
    ['VM.example.com', 'vm'],
    ['localhost', 'openclaw'],
    ['-x', 'openclaw'],
    ['büro', 'openclaw'],
    ['', 'openclaw'],
  ])('a machine named %j is announced as %j', (name, label) => {
    expect(hostLabel(name)).toBe(label);
  });

  test('escapes of DNS are resolved, bytes and characters', () => {
    expect(unescapeName('vm-\\0402\\041.local')).toBe('vm-(2).local');
    expect(unescapeName('B\\195\\188ro\\.x')).toBe('Büro.x');
  });

  test.each(['a b', '-a', 'a-', '', 'a..b', 'a/b', 'a@b', `${'a'.repeat(64)}.local`])(
    '%j is no host name',
    (name) => {
      expect(isHostName(name)).toBe(false);
    },
  );
});
