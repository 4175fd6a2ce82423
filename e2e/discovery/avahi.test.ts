import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shippedProgram, until } from '../fixtures/gateway-process.ts';
import { type Lab, type Machine, noLab, openLab, type Program } from './network-lab.ts';

const TYPE = '_openclaw-gw._tcp';

describe.skipIf(noLab())('beside a real avahi', () => {
  let program = '';
  let lab: Lab;
  let homes = 0;

  beforeAll(async () => {
    program = await shippedProgram();
    lab = await openLab();
    await lab.there.startAvahi('there');
  });
  afterAll(() => lab?.close());

  const openclaw = (args: string[]): string[] => [process.execPath, program, ...args];

  const auth = { mode: 'token', token: 'lab-token' };

  async function startGateway(more: object = {}, port = 18789, env: NodeJS.ProcessEnv = {}) {
    homes += 1;
    const home = join(lab.dir, `home-${homes}`);
    const configPath = join(home, '.openclaw', 'openclaw.json');
    await mkdir(join(home, '.openclaw'), { recursive: true, mode: 0o700 });
    const write = (value: object): Promise<void> =>
      writeFile(configPath, JSON.stringify({ gateway: { auth }, ...value }), { mode: 0o600 });
    await write(more);
    const gateway = lab.here.start(
      openclaw(['gateway', 'run', '--allow-unconfigured', '--port', String(port)]),
      {
        HOME: home,
        OPENCLAW_DISABLE_BONJOUR: '0',
        OPENCLAW_MDNS_HOSTNAME: 'gatehost',
        ...env,
      },
    );
    return Object.assign(gateway, { write });
  }

  const discover = async (machine: Machine, timeout = 2500) =>
    JSON.parse(await machine.do(openclaw(['gateway', 'discover', '--json', '--timeout', String(timeout)])));

  /** An avahi-browse that goes on; its lines begin with + (new), = (resolved) and - (gone). */
  const watch = (machine: Machine): Program => machine.start(['avahi-browse', '-rpk', TYPE]);

  test('avahi sees our gateway with port and TXT, and hears its goodbye', async () => {
    await using browser = watch(lab.there);
    await using gateway = await startGateway();
    const [line] = await browser.said(/^=;wire0;IPv4;gatehost.*\n/m);
    expect(line.trimEnd().split(';').slice(3, 9)).toEqual([
      'gatehost\\032\\040OpenClaw\\041',
      TYPE,
      'local',
      'gatehost.local',
      '10.7.0.1',
      '18789',
    ]);
    for (const entry of [
      'role=gateway',
      'gatewayPort=18789',
      'lanHost=gatehost.local',
      'displayName=gatehost',
    ])
      expect(line).toContain(`"${entry}"`);
    expect(line).not.toContain('cliPath');
    await gateway.stop();
    await browser.said(/^-;wire0;IPv4;gatehost/m);
    expect(gateway.output).not.toMatch(/warn|error/i);
  });

  test('discover finds what avahi publishes and what we do, and takes the address from DNS', async () => {
    await using published = lab.there.start([
      'avahi-publish',
      '-s',
      'Box 1.5 (OpenClaw)',
      TYPE,
      '19001',
      'role=gateway',
      'lanHost=evil.example',
      'gatewayPort=1',
      'sshPort=2222',
    ]);
    await published.said(/Established/);
    await using gateway = await startGateway({ discovery: { mdns: { mode: 'full' } } });
    await gateway.said(/announced on the network as "gatehost \(OpenClaw\)" \(wire0\)/);
    const fromHere = await discover(lab.here);
    expect(fromHere).toMatchObject({ domains: ['local.'], count: 2, problems: [] });
    expect(fromHere.beacons[0]).toMatchObject({
      instanceName: 'gatehost (OpenClaw)',
      displayName: 'gatehost',
      host: 'gatehost.local',
      port: 18789,
      isLocal: true,
      sshPort: 22,
      wsUrl: 'ws://10.7.0.1:18789',
    });
    expect(fromHere.beacons[1]).toMatchObject({
      instanceName: 'Box 1.5 (OpenClaw)',
      displayName: 'Box 1.5',
      host: 'there.local',
      addresses: ['10.7.0.2'],
      isLocal: false,
      sshPort: 2222,
      wsUrl: 'ws://10.7.0.2:19001',
    });
    const fromThere = await discover(lab.there);
    expect(fromThere.beacons.map((beacon: { wsUrl: string }) => beacon.wsUrl).sort()).toEqual([
      'ws://10.7.0.1:18789',
      'ws://10.7.0.2:19001',
    ]);
    const text = await lab.here.do(openclaw(['gateway', 'discover']));
    expect(text).toContain('  ssh: ssh -N -L 18789:127.0.0.1:19001 <user>@10.7.0.2 -p 2222\n');
    await gateway.stop();
  });

  test('a second gateway of the same name takes another one, and both are found', async () => {
    await using first = await startGateway({}, 18789);
    await first.said(/announced/);
    await using second = await startGateway({}, 18790);
    await second.said(/announced on the network as "gatehost \(OpenClaw\) \(2\)"/);
    const { beacons } = await discover(lab.there);
    expect(
      beacons.map((beacon: { instanceName: string; port: number }) => [beacon.instanceName, beacon.port]),
    ).toEqual([
      ['gatehost (OpenClaw)', 18789],
      ['gatehost (OpenClaw) (2)', 18790],
    ]);
    await second.stop();
    await first.stop();
  });

  test('a name of avahi is left to avahi', async () => {
    await using published = lab.there.start(['avahi-publish', '-s', 'gatehost (OpenClaw)', TYPE, '19001']);
    await published.said(/Established/);
    await using gateway = await startGateway();
    await gateway.said(/announced on the network as "gatehost \(OpenClaw\) \(2\)"/);
    expect(published.output).not.toMatch(/collision/i);
    await gateway.stop();
  });

  test('the host name of another machine is left to it', async () => {
    await using gateway = await startGateway({}, 18789, { OPENCLAW_MDNS_HOSTNAME: 'there' });
    await gateway.said(/announced/);
    const found = await discover(lab.there);
    expect(found.beacons).toMatchObject([{ host: 'there-2.local', wsUrl: 'ws://10.7.0.1:18789' }]);
    expect(await lab.there.do(['avahi-resolve', '-n', 'there.local'])).toContain('10.7.0.2');
    await gateway.stop();
  });

  test('an interface that goes and comes back is announced on again', async () => {
    await using browser = watch(lab.there);
    await using gateway = await startGateway();
    await browser.said(/^=;wire0;IPv4;gatehost/m);
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'down']);
    await gateway.said(/announced on the network as "gatehost \(OpenClaw\)" \(lo\)/);
    await lab.here.do(['ip', 'addr', 'flush', 'dev', 'wire0']);
    await lab.here.do(['ip', 'addr', 'add', '10.7.0.77/24', 'dev', 'wire0']);
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'up']);
    const found = await until('the new address', async () => {
      const { beacons } = await discover(lab.there, 1500);
      return beacons.some((beacon: { wsUrl: string }) => beacon.wsUrl === 'ws://10.7.0.77:18789');
    });
    expect(found).toBe(true);
    await gateway.stop();
    await lab.here.do(['ip', 'addr', 'flush', 'dev', 'wire0']);
    await lab.here.do(['ip', 'addr', 'add', '10.7.0.1/24', 'dev', 'wire0']);
  });

  test('a change of discovery.mdns.mode is taken over without a restart', async () => {
    await using browser = watch(lab.there);
    await using gateway = await startGateway({ discovery: { mdns: { mode: 'minimal' } } });
    await browser.said(/^=;wire0;IPv4;gatehost/m);
    await gateway.write({ discovery: { mdns: { mode: 'off' } } });
    await browser.said(/^-;wire0;IPv4;gatehost/m);
    const from = browser.output.length;
    await gateway.write({ discovery: { mdns: { mode: 'full' } } });
    await browser.said(/^=;wire0;IPv4;gatehost.*"cliPath=/m, from);
    expect(gateway.output).not.toContain('restart');
    await gateway.stop();
  });

  test('with an avahi on the same machine, both are heard and neither loses its names', async () => {
    const avahi = await lab.here.startAvahi('gatehost');
    await using gateway = await startGateway();
    await gateway.said(/announced on the network as "gatehost \(OpenClaw\)"/);
    const { beacons } = await discover(lab.here);
    expect(beacons).toMatchObject([{ host: 'gatehost.local', isLocal: true, wsUrl: 'ws://10.7.0.1:18789' }]);
    const found = await lab.here.do(['avahi-browse', '-rpt', TYPE]);
    expect(found).toContain(';gatehost.local;10.7.0.1;18789;');
    await gateway.stop();
    expect(await lab.there.do(['avahi-resolve', '-n', 'gatehost.local'])).toContain('10.7.0.1');
    expect(avahi.output).not.toMatch(/conflict/i);
    await avahi.stop();
  });

  test('when another program keeps port 5353 to itself, gateways are found and the gateway goes on', async () => {
    await using published = lab.there.start(['avahi-publish', '-s', 'Box (OpenClaw)', TYPE, '19001']);
    await published.said(/Established/);
    const hold = "require('dgram').createSocket('udp4').bind(5353, () => console.log('held'))";
    await using holder = lab.here.start([process.execPath, '-e', hold]);
    await holder.said(/held/);
    await using gateway = await startGateway();
    await gateway.said(/UDP port 5353 cannot be had: not announced on the network \(EADDRINUSE\)/);
    const { beacons } = await discover(lab.here);
    expect(beacons).toMatchObject([{ wsUrl: 'ws://10.7.0.2:19001' }]);
    await published.stop();
    const { problems } = await discover(lab.here, 1000);
    expect(problems[0]).toMatchObject({ code: 'MDNS_PORT_TAKEN', who: 'user', detail: 'EADDRINUSE' });
    await holder.stop();
    await gateway.said(/announced on the network as "gatehost/);
    expect(gateway.output.match(/EADDRINUSE/g)).toHaveLength(1);
  });

  test('a routing table that forbids multicast is no hindrance', async () => {
    await lab.here.do(['ip', 'route', 'add', 'unreachable', '224.0.0.0/4']);
    await using gateway = await startGateway();
    await gateway.said(/announced/);
    const { beacons } = await discover(lab.there);
    await lab.here.do(['ip', 'route', 'del', 'unreachable', '224.0.0.0/4']);
    expect(beacons).toMatchObject([{ wsUrl: 'ws://10.7.0.1:18789' }]);
    expect(gateway.output).not.toContain('could not be sent');
  });

  test('when nothing is found, a network without gateways differs from a deaf one and from none', async () => {
    const codes = async () =>
      (await discover(lab.here, 1200)).problems
        .map(({ code }: { code: string }) => code)
        .filter((code: string) => code !== 'IN_CONTAINER');
    expect(await codes()).toEqual(['NOTHING_HEARD']);
    await using published = lab.there.start(['avahi-publish', '-s', 'Web', '_http._tcp', '80']);
    await published.said(/Established/);
    expect(await codes()).toEqual(['NO_GATEWAY_ANSWERED']);
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'down']);
    expect(await codes()).toEqual(['NO_NETWORK']);
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'up']);
  });
});
