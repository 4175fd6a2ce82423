import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TEST_CERT } from './testing/tls-fixture.ts';
import { normalizeFingerprint } from './tls-pin.ts';

const colons = new X509Certificate(TEST_CERT).fingerprint256;
const hex = colons.replaceAll(':', '').toLowerCase();

describe('a TLS fingerprint', () => {
  it.each([
    colons,
    hex,
    hex.toUpperCase(),
    `sha256:${colons}`,
    `sha256:${hex}`,
    `SHA-256=${colons}`,
    `sha256 Fingerprint=${colons}`,
    ` ${colons}\n`,
  ])('is understood as %j', (text) => {
    expect(normalizeFingerprint(text)).toBe(hex);
  });

  it.each(['', 'sha256:', hex.slice(1), `${hex}0`, `sha1:${hex.slice(0, 40)}`, hex.replace(/^./, 'g')])(
    '%j is refused',
    (text) => {
      expect(() => normalizeFingerprint(text)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
    },
  );
});
