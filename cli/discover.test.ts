import { describe, expect, test } from 'vitest';
import { type Beacon, beaconOf } from '../core/discovery/beacon.ts';
import type { BrowseReport } from '../core/discovery/browse.ts';
import { type DiscoveryProblemCode, localProblems } from '../core/discovery/discover.ts';
import { LANGUAGES, type Language } from '../core/messages/language.ts';
import { discoveryLines, problemLines } from './actions/discover.ts';
import { displayWidth } from './text-width.ts';

const asked = (language: Language, profile?: string) => ({
  language,
  cli: { env: {} },
  globals: { dev: false, profile },
  output: { width: 80, style: { bold: (text: string) => text } },
});
type Asked = Parameters<typeof discoveryLines>[0];
const en = asked('en') as unknown as Asked;

const PROBLEMS: Record<DiscoveryProblemCode, true> = {
  NO_NETWORK: true,
  MULTICAST_UNAVAILABLE: true,
  MDNS_PORT_TAKEN: true,
  IN_CONTAINER: true,
  NOTHING_HEARD: true,
  NO_GATEWAY_ANSWERED: true,
  ONLY_UNUSABLE: true,
  TOO_MANY: true,
  DOMAIN_INVALID: true,
  DNS_REFUSED: true,
  DNS_UNREACHABLE: true,
  DNS_TIMEOUT: true,
  DNS_DOMAIN_UNKNOWN: true,
  DNS_NO_GATEWAYS: true,
  DNS_NAME_UNUSABLE: true,
  DNS_FAILED: true,
};
const codes = Object.keys(PROBLEMS) as DiscoveryProblemCode[];

function beacon(txt: string[], addresses = ['192.168.1.9']): Beacon {
  const found = beaconOf(
    {
      instance: 'vm (OpenClaw)',
      domain: 'local.',
      host: 'vm.local',
      port: 19431,
      addresses,
      txt: txt.map((text) => Buffer.from(text)),
    },
    ['192.168.1.5'],
  );
  if (!found) throw new Error('no beacon');
  return found;
}

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(codes)('%s is told with one fix, within 80 columns', (code) => {
    const lines = problemLines(asked(language) as unknown as Asked, {
      code,
      domain: 'openclaw.internal.',
      detail: 'ENETUNREACH',
    });
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(/\{\w+\}|undefined/);
    }
  });
});

test('a beacon is shown as other OpenClaw programs show it', () => {
  const beacons = [beacon(['role=gateway', 'transport=gateway', 'lanHost=vm.local'])];
  const found = { timeoutMs: 1, domains: ['local.'], count: 1, beacons, problems: [] };
  expect(discoveryLines(en, found)).toEqual([
    'Gateway Discovery',
    'Found 1 gateway(s) · domains: local.',
    '- vm local.',
    '  lan: vm.local',
    '  host: vm.local',
    '  ws: ws://192.168.1.9:19431',
    '  role: gateway',
    '  transport: gateway',
    '  ssh: ssh -N -L 18789:127.0.0.1:19431 <user>@192.168.1.9 -p 22',
  ]);
});

test('this machine is marked, and needs no tunnel', () => {
  const beacons = [beacon(['gatewayTls=1', `gatewayTlsSha256=${'ab'.repeat(32)}`], ['192.168.1.5'])];
  const lines = discoveryLines(en, { timeoutMs: 1, domains: ['local.'], count: 1, beacons, problems: [] });
  expect(lines).toContain('- vm local. (this machine)');
  expect(lines.join('\n')).not.toContain('ssh');
});

test.each([
  ['en', 'hinted, not checked; then it is wss://192.168.1.9:19431'],
  ['zh-CN', '仅为提示，未经核实；若属实则为 wss://192.168.1.9:19431'],
] as const)(
  'what a gateway says of TLS is a hint, and its address stays the resolved one (%s)',
  (language, hint) => {
    const beacons = [beacon(['gatewayTls=1', `gatewayTlsSha256=${'ab'.repeat(32)}`])];
    const found = { timeoutMs: 1, domains: ['local.'], count: 1, beacons, problems: [] };
    const lines = discoveryLines(asked(language) as unknown as Asked, found);
    expect(lines).toContain('  ws: ws://192.168.1.9:19431');
    expect(lines).toContain(`  tls: ${hint}`);
    expect(lines).toContain(`  sha256: ${'ab'.repeat(32)}`);
  },
);

test('what a name on the network holds is harmless, and the colours are not taken for it', () => {
  const found = { timeoutMs: 1, domains: ['\u001b[31mlocal.'], count: 0, beacons: [], problems: [] };
  const bold = (text: string): string => `\u001b[1m${text}\u001b[0m`;
  const coloured = { ...asked('en'), output: { width: 80, style: { bold } } } as unknown as Asked;
  expect(discoveryLines(coloured, found).slice(0, 2)).toEqual([
    '\u001b[1mGateway Discovery\u001b[0m',
    'Found 0 gateway(s) · domains: \\u001b[31mlocal.',
  ]);
});

test('the commands of a fix reach the same profile', () => {
  const lines = problemLines(asked('en', 'work') as unknown as Asked, { code: 'NO_GATEWAY_ANSWERED' });
  expect(lines.at(-1)).toBe('    openclaw --profile work config set discovery.mdns.mode minimal');
});

const report: BrowseReport = {
  links: 1,
  isOffline: false,
  troubles: [],
  packetsOfOthers: 0,
  unusable: 0,
  isOverrun: false,
};

test.each<[string, Partial<BrowseReport>, boolean, DiscoveryProblemCode[]]>([
  ['nothing at all was heard', {}, false, ['NOTHING_HEARD']],
  ['a container was deaf', {}, true, ['IN_CONTAINER', 'NOTHING_HEARD']],
  ['others were heard', { packetsOfOthers: 3 }, true, ['NO_GATEWAY_ANSWERED']],
  ['there is only loopback', { isOffline: true }, false, ['NO_NETWORK']],
  ['no link takes multicast', { links: 0 }, false, ['MULTICAST_UNAVAILABLE']],
  ['sending failed', { troubles: [{ kind: 'send', detail: 'EPERM' }] }, false, ['MULTICAST_UNAVAILABLE']],
  ['another program has the port', { troubles: [{ kind: 'port-taken' }] }, false, ['MDNS_PORT_TAKEN']],
  ['what was heard leads nowhere', { unusable: 1, packetsOfOthers: 1 }, false, ['ONLY_UNUSABLE']],
  [
    'malformed packets came in',
    { troubles: [{ kind: 'malformed' }], packetsOfOthers: 1 },
    false,
    ['NO_GATEWAY_ANSWERED'],
  ],
])('why nothing was found: %s', (_, more, isContainer, expected) => {
  expect(localProblems({ ...report, ...more }, 0, 0, isContainer).map(({ code }) => code)).toEqual(expected);
});

test('when something was found, nothing is to be explained, unless there was too much of it', () => {
  expect(localProblems({ ...report, links: 0 }, 1, 0, true)).toEqual([]);
  expect(localProblems({ ...report, isOverrun: true }, 200, 0, false)).toEqual([{ code: 'TOO_MANY' }]);
});
