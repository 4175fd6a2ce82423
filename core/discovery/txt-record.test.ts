import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GatewayFacts, parseTxt, txtStrings } from './txt-record.ts';

const facts: GatewayFacts = {
  port: 18789,
  hostLabel: 'vm',
  displayName: 'vm',
  isReachable: true,
  tls: { fingerprintSha256: 'ab'.repeat(32) },
  sshPort: 22,
  cliPath: '/usr/bin/openclaw',
  tailnetDns: 'vm.tail.ts.net',
};
const parse = (...strings: (string | Buffer)[]) =>
  parseTxt(strings.map((item) => Buffer.from(item as string)));

test('minimal says what it takes to be recognised, full says what describes the machine as well', () => {
  const minimal = [
    'role=gateway',
    'gatewayPort=18789',
    'lanHost=vm.local',
    'displayName=vm',
    'transport=gateway',
    'gatewayTls=1',
    `gatewayTlsSha256=${'ab'.repeat(32)}`,
    'gatewayDirectReachable=1',
  ];
  expect(txtStrings(facts, 'minimal')).toEqual(minimal);
  expect(txtStrings(facts, 'full')).toEqual([
    ...minimal,
    'sshPort=22',
    'cliPath=/usr/bin/openclaw',
    'tailnetDns=vm.tail.ts.net',
  ]);
});

test('a value too long for one string of a TXT record is left out', () => {
  const strings = txtStrings({ ...facts, cliPath: '/x'.repeat(200) }, 'full');
  expect(strings.join(' ')).not.toContain('cliPath');
  expect(strings).toContain('sshPort=22');
});

test('what is announced is read back as it was meant', () => {
  const hints = parse(...txtStrings(facts, 'full'));
  expect(hints).toMatchObject({
    role: 'gateway',
    gatewayPort: 18789,
    lanHost: 'vm.local',
    displayName: 'vm',
    gatewayTls: true,
    gatewayTlsFingerprintSha256: 'ab'.repeat(32),
    gatewayDirectReachable: true,
    sshPort: 22,
    tailnetDns: 'vm.tail.ts.net',
  });
});

test.each([
  ['a port that is no number', 'sshPort=22; rm -rf ~', 'sshPort'],
  ['a port out of range', 'gatewayPort=70000', 'gatewayPort'],
  ['a host with blanks', 'lanHost=a b', 'lanHost'],
  ['a host that begins with a dash', 'lanHost=-oProxyCommand=x', 'lanHost'],
  ['a fingerprint that is none', 'gatewayTlsSha256=zz', 'gatewayTlsFingerprintSha256'],
  ['a role with special characters', 'role=$(id)', 'role'],
  ['a flag that is not set', 'gatewayTls=0', 'gatewayTls'],
])('%s counts as not said', (_, string, key) => {
  expect(parse(string)).not.toHaveProperty(key);
});

test('the first of equal keys counts, whatever their case', () => {
  expect(parse('displayName=first', 'DISPLAYNAME=second', 'displayName=third').displayName).toBe('first');
});

test('keys that mean something to every object are left out', () => {
  const { txt } = parse('__proto__=x', 'constructor=y', 'toString=z', 'role=gateway');
  expect(txt).toEqual({ role: 'gateway' });
  expect(Object.getPrototypeOf(txt)).toBe(Object.prototype);
});

test('control characters and those that turn the reading direction cannot be seen through', () => {
  expect(parse('displayName=\u001b[31mred\u202egnp').displayName).toBe('\ufffd[31mred\ufffdgnp');
});

test('whatever bytes come in, what comes out is small, plain and of the right kinds', () => {
  const strings = fc.array(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(strings, (list) => {
      const { txt, sshPort = 22 } = parseTxt(list);
      expect(Object.keys(txt).length).toBeLessThanOrEqual(32);
      for (const value of Object.values(txt)) expect(value).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
      expect(Number.isInteger(sshPort)).toBe(true);
    }),
  );
});
