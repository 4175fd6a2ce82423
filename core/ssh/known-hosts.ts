import { createHmac } from 'node:crypto';
import { fingerprintOf, keyTypeOf, sshStrings } from './fingerprint.ts';
import { matchesPatterns } from './host-pattern.ts';

/** One line of a known_hosts file that names a key. */
export interface KnownHost {
  file: string;
  /** From 1. */
  line: number;
  marker?: 'revoked' | 'cert-authority';
  /** Patterns as written, or one hashed name. */
  hosts: readonly string[];
  type: string;
  key: Buffer;
}

/** Where a key of a host is written down. */
export interface KeyRecord {
  type: string;
  fingerprint: string;
  file: string;
  line: number;
}

export type HostKeyVerdict =
  | { verdict: 'known' }
  /** `authorities`: lines that trust whoever signs keys; certificates of hosts are not understood here. */
  | { verdict: 'unknown'; authorities: KeyRecord[] }
  | { verdict: 'changed'; known: KeyRecord[] }
  | { verdict: 'revoked'; known: KeyRecord[] };

const MARKERS = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const;

/** The lines of a known_hosts file that can be used; what nobody can read counts as absent, as it does for OpenSSH. */
export function parseKnownHosts(file: string, text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    const marker = MARKERS[words[0] as keyof typeof MARKERS];
    if (words[0]?.startsWith('@') && words.shift() !== undefined && marker === undefined) return [];
    const [hosts = '', type = '', encoded = ''] = words;
    const key = Buffer.from(encoded, 'base64');
    if (hosts === '' || hosts.startsWith('#') || !isKey(key, type)) return [];
    const line = index + 1;
    return [{ file, line, ...(marker && { marker }), hosts: hosts.split(','), type, key }];
  });
}

/** A key of this type and nothing behind it. */
function isKey(key: Buffer, type: string): boolean {
  const parts = sshStrings(key);
  const length = parts.reduce((sum, part) => sum + 4 + part.length, 0);
  return parts.length > 1 && length === key.length && keyTypeOf(key) === type;
}

/** How a host is called in these files: `host`, or `[host]:2222` where the port is not 22. */
export const knownName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** The host and port that these files have it under. */
export const knownPlace = ({ host, port, hostKeyAlias }: KnownPlace): { host: string; port: number } =>
  hostKeyAlias === undefined ? { host, port } : { host: hostKeyAlias, port: 22 };

interface KnownPlace {
  host: string;
  port: number;
  hostKeyAlias: string | undefined;
}

/** The entries about a host. A line about the bare name is heard for another port, too, but only in favour of a key. */
function entriesFor(entries: readonly KnownHost[], name: string): KnownHost[] {
  return entries.filter(({ hosts }) =>
    hosts[0]?.startsWith('|1|')
      ? isHashed(hosts[0], name)
      : matchesPatterns(
          hosts.map((host) => host.toLowerCase()),
          name,
        ),
  );
}

function isHashed(hashed: string, name: string): boolean {
  const [, , salt = '', digest = ''] = hashed.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

const record = ({ type, key, file, line }: KnownHost): KeyRecord => ({
  type,
  fingerprint: fingerprintOf(key),
  file,
  line,
});

/** Whether somebody has vouched for a key of this host, whichever key it will show. */
export function isKnownHost(
  entries: readonly KnownHost[],
  { host, port }: { host: string; port: number },
): boolean {
  return entriesFor(entries, knownName(host, port)).some(({ marker }) => marker === undefined);
}

/**
 * What the files say about the key that a host shows. A key that differs from all that are known is a changed
 * one also when it is of another kind: whoever stands in between would otherwise only have to show another kind.
 */
export function judgeHostKey(
  entries: readonly KnownHost[],
  { host, port }: { host: string; port: number },
  key: Buffer,
): HostKeyVerdict {
  const own = entriesFor(entries, knownName(host, port));
  const bare = port === 22 ? [] : entriesFor(entries, knownName(host, 22));
  const about = [...new Set([...own, ...bare])];
  const revoked = about.filter((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (revoked.length > 0) return { verdict: 'revoked', known: revoked.map(record) };
  const plain = own.filter(({ marker }) => marker === undefined);
  const isSame = (entry: KnownHost): boolean => entry.marker === undefined && entry.key.equals(key);
  if ([...plain, ...bare].some(isSame)) return { verdict: 'known' };
  if (plain.length > 0) return { verdict: 'changed', known: plain.map(record) };
  const authorities = own.filter(({ marker }) => marker === 'cert-authority').map(record);
  return { verdict: 'unknown', authorities };
}

const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;
export type HostKeyAlgorithm = (typeof HOST_KEY_ALGORITHMS)[number];

/** What to ask the host for, in this order: the kinds of key it is known by come first, so that it shows one of them. */
export function hostKeyAlgorithms(
  entries: readonly KnownHost[],
  { host, port }: { host: string; port: number },
): HostKeyAlgorithm[] {
  const own = entriesFor(entries, knownName(host, port));
  const about = own.length > 0 ? own : entriesFor(entries, knownName(host, 22));
  const types = new Set(about.filter(({ marker }) => marker === undefined).map(({ type }) => type));
  const isKnown = (name: HostKeyAlgorithm): boolean => types.has(name.startsWith('rsa-') ? 'ssh-rsa' : name);
  return [...HOST_KEY_ALGORITHMS.filter(isKnown), ...HOST_KEY_ALGORITHMS.filter((name) => !isKnown(name))];
}
