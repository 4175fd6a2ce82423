import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { discover } from '../../core/discovery/discover.ts';
import { askWideArea } from '../../core/discovery/wide-area.ts';
import { systemClock } from '../../core/lib/clock.ts';
import { freePort } from '../../core/testing/free-port.ts';
import { lacks } from '../../core/testing/programs.ts';
import { fingerprintOf } from '../../core/tls/certificate.ts';
import { TestHome } from '../fixtures/gateway-process.ts';

const DOMAIN = 'openclaw.internal.';

/** Takes questions and never answers. */
async function silentServer(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-dns-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Resolves when the server has said that it listens. */
async function startServer(command: string, args: string[], ready: RegExp): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await new Promise<void>((resolve, reject) => {
    let output = '';
    const hear = (text: Buffer): void => {
      output += text;
      if (ready.test(output)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', (code) => reject(new Error(`${command} ended (${code}): ${output}`)));
  });
  return child;
}

async function startDnsmasq(lines: string[]): Promise<string> {
  const dir = await tempDir();
  const port = await freePort();
  const common = [
    'listen-address=127.0.0.1',
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'user=',
    'no-daemon',
  ];
  const file = join(dir, 'dnsmasq.conf');
  await writeFile(file, [`port=${port}`, ...common, ...lines, ''].join('\n'));
  await startServer('dnsmasq', ['-C', file, '--pid-file='], /started, version/);
  return `127.0.0.1:${port}`;
}

async function startNamed(zone: string): Promise<string> {
  const dir = await tempDir();
  const port = await freePort();
  await writeFile(join(dir, 'zone.db'), zone);
  const options = [
    `directory "${dir}"`,
    `pid-file none`,
    `session-keyfile none`,
    `listen-on port ${port} { 127.0.0.1; }`,
    'listen-on-v6 { none; }',
    'recursion no',
    'allow-query { any; }',
    'dnssec-validation no',
  ];
  const config = `options { ${options.join('; ')}; };\ncontrols { };\nzone "openclaw.internal" { type primary; file "zone.db"; };\n`;
  await writeFile(join(dir, 'named.conf'), config);
  await startServer('named', ['-g', '-c', join(dir, 'named.conf')], / running\n/);
  return `127.0.0.1:${port}`;
}

const ask = (server: string, timeoutMs = 5000) =>
  askWideArea({ domain: DOMAIN, servers: [server], timeoutMs });
const text = (strings: readonly Buffer[]): string[] => strings.map(String);

describe.skipIf(lacks('dnsmasq'))('with dnsmasq', () => {
  test('every gateway of the domain is found with place, addresses and TXT', async () => {
    const server = await startDnsmasq([
      'ptr-record=_openclaw-gw._tcp.openclaw.internal,boxone._openclaw-gw._tcp.openclaw.internal',
      'ptr-record=_openclaw-gw._tcp.openclaw.internal,boxtwo._openclaw-gw._tcp.openclaw.internal',
      'ptr-record=_openclaw-gw._tcp.openclaw.internal,other._openclaw-gw._tcp.evil.example',
      'srv-host=boxone._openclaw-gw._tcp.openclaw.internal,boxone.openclaw.internal,19001',
      'srv-host=boxtwo._openclaw-gw._tcp.openclaw.internal,boxtwo.openclaw.internal,18789',
      'txt-record=boxtwo._openclaw-gw._tcp.openclaw.internal,role=gateway,displayName=Two',
      'host-record=boxone.openclaw.internal,100.64.0.1',
      'host-record=boxtwo.openclaw.internal,100.64.0.2,fd7a::2',
    ]);
    const { services, problem } = await ask(server);
    expect(problem).toBeUndefined();
    const found = services.map(({ txt, ...service }) => ({ ...service, txt: text(txt) }));
    expect(found.sort((a, b) => a.port - b.port)).toEqual([
      {
        instance: 'boxtwo',
        domain: DOMAIN,
        host: 'boxtwo.openclaw.internal',
        port: 18789,
        addresses: ['100.64.0.2', 'fd7a::2'],
        txt: ['role=gateway', 'displayName=Two'],
      },
      {
        instance: 'boxone',
        domain: DOMAIN,
        host: 'boxone.openclaw.internal',
        port: 19001,
        addresses: ['100.64.0.1'],
        txt: [],
      },
    ]);
  });

  test('a name that cannot be asked for is told, and hides no other', async () => {
    const server = await startDnsmasq([
      'ptr-record=_openclaw-gw._tcp.openclaw.internal,"Box One._openclaw-gw._tcp.openclaw.internal"',
      'ptr-record=_openclaw-gw._tcp.openclaw.internal,boxtwo._openclaw-gw._tcp.openclaw.internal',
      'srv-host=boxtwo._openclaw-gw._tcp.openclaw.internal,boxtwo.openclaw.internal,18789',
    ]);
    const { services, problem } = await ask(server);
    expect(services).toMatchObject([{ instance: 'boxtwo' }]);
    expect(problem).toEqual({ code: 'DNS_NAME_UNUSABLE' });
  });

  test('a server that is not responsible, and a domain without gateways, are told apart', async () => {
    const refusing = await startDnsmasq([]);
    expect((await ask(refusing)).problem).toEqual({ code: 'DNS_REFUSED' });
    const authoritative = await startDnsmasq(['local=/openclaw.internal/']);
    expect((await ask(authoritative)).problem).toEqual({ code: 'DNS_DOMAIN_UNKNOWN' });
    const empty = await startDnsmasq([
      'local=/openclaw.internal/',
      'host-record=_openclaw-gw._tcp.openclaw.internal,100.64.0.9',
    ]);
    expect((await ask(empty)).problem).toEqual({ code: 'DNS_NO_GATEWAYS' });
  });
});

describe.skipIf(lacks('named'))('with bind', () => {
  test('the zone that dns setup prints is served and found, also with a machine name of other scripts', async () => {
    await using home = await TestHome.create({
      gateway: { port: 19777 },
      discovery: { wideArea: { domain: 'openclaw.internal' } },
    });
    const env = { OPENCLAW_MDNS_HOSTNAME: 'Büro "1".local', OPENCLAW_TAILNET_DNS: 'box.tail.ts.net' };
    const printed = await home.cli(['dns', 'setup', '--address', '100.64.0.7', '--json'], env);
    const server = await startNamed(JSON.parse(printed.stdout).zone);
    const found = await discover({
      timeoutMs: 1500,
      clock: systemClock,
      domain: 'OpenClaw.internal',
      servers: [server],
      interfaces: () => ({}),
    });
    expect(found).toMatchObject({ domains: ['local.', DOMAIN], problems: [] });
    expect(found.beacons).toMatchObject([
      {
        instanceName: 'openclaw-gateway',
        displayName: 'Büro "1"',
        host: 'openclaw.openclaw.internal',
        port: 19777,
        domain: DOMAIN,
        tailnetDns: 'box.tail.ts.net',
        wsUrl: 'ws://100.64.0.7:19777',
      },
    ]);
  });

  test('a zone of this machine names its gateway on loopback, and the certificate that it shows', async () => {
    const { home, port } = await TestHome.withGateway({ tls: { enabled: true } });
    await home.start();
    const fingerprint = fingerprintOf(await readFile(join(home.trayDir, 'tls', 'cert.pem'), 'utf8'));
    const printed = await home.cli(['dns', 'setup', '--address', '127.0.0.1', '--json']);
    const server = await startNamed(JSON.parse(printed.stdout).zone);
    const asked = ['--domain', 'openclaw.internal', '--dns-server', server, '--timeout', '1000', '--json'];
    const found = JSON.parse((await home.cli(['gateway', 'discover', ...asked])).stdout);
    expect(found.beacons).toContainEqual(
      expect.objectContaining({
        domain: DOMAIN,
        wsUrl: `ws://127.0.0.1:${port}`,
        gatewayTls: true,
        gatewayTlsFingerprintSha256: fingerprint,
      }),
    );
  });
});

test('a server that is not there, and one that does not answer, are told apart in time', async () => {
  expect((await ask(`127.0.0.1:${await freePort()}`)).problem).toEqual({ code: 'DNS_UNREACHABLE' });
  const silent = await silentServer();
  expect((await ask(`127.0.0.1:${silent.address().port}`, 600)).problem).toEqual({ code: 'DNS_TIMEOUT' });
  silent.close();
});
