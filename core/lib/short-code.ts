import { createHash } from 'node:crypto';

/**
 * Six digits that two people can read to each other, such as `042 917`, from texts that both sides know. Made of the
 * first 48 bits of the SHA-256 of the texts, each followed by a zero byte.
 */
export function shortCode(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text, 'utf8').update('\0');
  const digits = String(hash.digest().readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}
