import { createHash } from 'node:crypto';

/** `SHA256:…` of a public key as it is sent, the way OpenSSH prints it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The strings an SSH structure begins with; stops at the first that is cut off. */
export function sshStrings(data: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    parts.push(data.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

/** The kind of a public key: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
export const keyTypeOf = (key: Buffer): string => sshStrings(key)[0]?.toString('latin1') ?? '';

/** The words OpenSSH has for it: `ED25519`, `ECDSA`, `RSA`; the type itself for others. */
export function keyKind(type: string): string {
  if (type.startsWith('ecdsa-sha2-')) return 'ECDSA';
  return { 'ssh-ed25519': 'ED25519', 'ssh-rsa': 'RSA', 'ssh-dss': 'DSA' }[type] ?? type;
}

/** Bits of the key, as OpenSSH counts them; 0 for a kind that is not known. */
export function keyBits(key: Buffer): number {
  const [type, , third] = sshStrings(key);
  const name = type?.toString('latin1') ?? '';
  if (name === 'ssh-ed25519') return 256;
  const curve = /^ecdsa-sha2-nistp(\d+)$/.exec(name)?.[1];
  if (curve !== undefined) return Number(curve);
  return name === 'ssh-rsa' && third ? bitLength(third) : 0;
}

function bitLength(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0));
}
