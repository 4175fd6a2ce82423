import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lacks } from '../testing/programs.ts';
import { fingerprintOf } from './fingerprint.ts';
import { hostKeyAlgorithms, judgeHostKey, parseKnownHosts } from './known-hosts.ts';
import { addKnownHost, readKnownHosts, removeKnownHost } from './known-hosts-files.ts';
import { testSurroundings } from './testing/surroundings.ts';

/** A public key as it is sent. */
function edKey(): Buffer {
  const raw = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const part = (data: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    return Buffer.concat([head, data]);
  };
  return Buffer.concat([part(Buffer.from('ssh-ed25519')), part(raw)]);
}
const rsaLike = (): Buffer => {
  const key = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa'), edKey().subarray(-36)]);
  return key;
};

const [good, other] = [edKey(), edKey()];
const line = (hosts: string, key: Buffer, type = 'ssh-ed25519'): string =>
  `${hosts} ${type} ${key.toString('base64')}`;
const judge = (text: string, key = good, host = 'host.example', port = 22) =>
  judgeHostKey(parseKnownHosts('f', text), { host, port }, key);

test.each([
  ['its name', line('host.example', good), 'known'],
  ['its name in other letters', line('Host.EXAMPLE', good), 'known'],
  ['one of several names', line('a,host.example,b', good), 'known'],
  ['a wildcard', line('*.example', good), 'known'],
  ['a wildcard that excludes it', line('*.example,!host.example', good), 'unknown'],
  ['another name', line('other.example', good), 'unknown'],
  ['a comment', `#${line('host.example', good)}`, 'unknown'],
  ['nothing', '', 'unknown'],
  ['a key that is cut off', line('host.example', good).slice(0, -30), 'unknown'],
  ['a type that is not that of the key', line('host.example', good, 'ssh-rsa'), 'unknown'],
  ['a marker that nobody knows', `@new ${line('host.example', good)}`, 'unknown'],
  ['another key', line('host.example', other), 'changed'],
  ['a key of another kind', line('host.example', rsaLike(), 'ssh-rsa'), 'changed'],
  [
    'another key first, then its own',
    `${line('host.example', other)}\n${line('host.example', good)}`,
    'known',
  ],
  ['its revoked key', `${line('host.example', good)}\n@revoked ${line('*', good)}`, 'revoked'],
  ['another revoked key', `@revoked ${line('*', other)}`, 'unknown'],
])('a host that stands there with %s', (_, text, verdict) => {
  expect(judge(text).verdict).toBe(verdict);
});

test('a key that changed is told with what was known, by file and line', () => {
  const text = `# first\n${line('host.example', other)}\n`;
  expect(judge(text)).toEqual({
    verdict: 'changed',
    known: [{ type: 'ssh-ed25519', fingerprint: fingerprintOf(other), file: 'f', line: 2 }],
  });
});

test('whoever signs keys is no reason to trust one, and is told', () => {
  const judged = judge(`@cert-authority ${line('*.example', good)}`);
  expect(judged).toMatchObject({ verdict: 'unknown', authorities: [{ file: 'f', line: 1 }] });
});

test('a port of its own has a line of its own; the line of the bare name only ever helps', () => {
  expect(judge(line('[host.example]:2222', good), good, 'host.example', 2222).verdict).toBe('known');
  expect(judge(line('[host.example]:2222', good), good, 'host.example', 22).verdict).toBe('unknown');
  expect(judge(line('host.example', good), good, 'host.example', 2222).verdict).toBe('known');
  expect(judge(line('host.example', other), good, 'host.example', 2222).verdict).toBe('unknown');
  expect(judge(line('[2001:db8::1]:2222', good), good, '2001:db8::1', 2222).verdict).toBe('known');
});

test('a line about every host and port is told once', () => {
  const judged = judge(`@revoked * ${line('', good).trim()}`, good, 'host.example', 2222);
  expect(judged).toMatchObject({ verdict: 'revoked', known: [{ line: 1 }] });
});

test('the kinds of key that a host is known by are asked for first', () => {
  const entries = parseKnownHosts('f', line('host.example', rsaLike(), 'ssh-rsa'));
  const ask = (host: string) => hostKeyAlgorithms(entries, { host, port: 22 }).slice(0, 2);
  expect(ask('host.example')).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
  expect(ask('other.example')).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256']);
});

test('a key that was vouched for is kept in our own file, which others cannot read', async () => {
  const around = testSurroundings({ 'tray/known_hosts': line('before', other) });
  const question = { type: 'ssh-ed25519', key: good.toString('base64'), host: 'Host', port: 2222 };
  const rest = { fingerprint: '', randomart: [], known: [], authorities: [] };
  await addKnownHost(around.ownKnownHosts, { ...question, ...rest });
  const entries = await readKnownHosts([`${around.home}/missing`, around.ownKnownHosts]);
  expect(judgeHostKey(entries, { host: 'host', port: 2222 }, good).verdict).toBe('known');
  expect(judgeHostKey(entries, { host: 'before', port: 22 }, other).verdict).toBe('known');
  expect(statSync(around.ownKnownHosts).mode & 0o777).toBe(0o600);
});

test('a key that a person gives up is taken out for its host alone, and everything else stays as it is', async () => {
  const around = testSurroundings();
  const kept = ['# mine', line('[host.example]:2222', good), line('host.example', other), ''];
  const file = around.write('known', [line('host.example', good), ...kept].join('\n'));
  const host = { host: 'Host.Example', port: 22 };
  expect(await removeKnownHost(file, host, [fingerprintOf(good)])).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(kept.join('\n'));
  expect(await removeKnownHost(file, host, [fingerprintOf(good)])).toBe(false);
  around.write('known', line('a.example,host.example', good));
  await removeKnownHost(file, host, [fingerprintOf(good)]);
  expect(readFileSync(file, 'utf8')).toBe(line('a.example', good));
});

test('a file that cannot be read is no empty one', async () => {
  const around = testSurroundings();
  await expect(readKnownHosts([around.home])).rejects.toMatchObject({
    problem: { code: 'SSH_CONFIG_UNUSABLE', values: { file: around.home, reason: 'EISDIR' } },
  });
});

describe.skipIf(lacks('ssh'))('names that ssh-keygen has hashed', () => {
  test('are found again', () => {
    const around = testSurroundings();
    const text = [line('host.example', good), line('[host.example]:2222', other)].join('\n');
    const file = around.write('known', `${text}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const hashed = readFileSync(file, 'utf8');
    expect(hashed).not.toContain('host');
    expect(judge(hashed).verdict).toBe('known');
    expect(judge(hashed, other).verdict).toBe('changed');
    expect(judge(hashed, other, 'host.example', 2222).verdict).toBe('known');
    expect(judge(hashed, good, 'elsewhere').verdict).toBe('unknown');
  });
});
