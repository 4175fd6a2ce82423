import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceIdOf, rawOfKey, rawPublicKey, verifySignature } from './keys.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = rawOfKey(publicKey) as Buffer;
const signed = (payload: string): string =>
  sign(null, Buffer.from(payload), privateKey).toString('base64url');

describe('rawPublicKey', () => {
  it.each([
    ['base64url without padding', raw.toString('base64url')],
    ['plain base64', raw.toString('base64')],
    ['PEM SPKI', publicKey.export({ type: 'spki', format: 'pem' }) as string],
  ])('reads %s', (_name, text) => {
    expect(rawPublicKey(text)).toEqual(raw);
  });

  it('reads the key and derives the id of a recorded frame', () => {
    const recorded = rawPublicKey('TuByv8uhC3Bam5PSbQ9xBel4WRMrgPRJgZvBfNeNbOk');
    expect(recorded && deviceIdOf(recorded)).toBe(
      '3b9c9ef1d2991ec7d0ad9fbb66e3e2a827b919ebeb5017ea41fc17cf9588dd83',
    );
  });

  it.each([
    ['nothing', ''],
    ['a key that is too short', raw.subarray(1).toString('base64url')],
    ['a key that is too long', Buffer.concat([raw, raw]).toString('base64url')],
    [
      'white space inside',
      `${raw.toString('base64url').slice(0, 20)} ${raw.toString('base64url').slice(20)}`,
    ],
    ['bits set beyond the last byte', `${'A'.repeat(42)}B`],
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    [
      'a key of another curve',
      generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }) as string,
    ],
    ['a torn PEM', '-----BEGIN PUBLIC KEY-----\nMCow'],
  ])('refuses %s', (_name, text) => {
    expect(rawPublicKey(text)).toBeUndefined();
  });

  it('gives at most one text in each alphabet for a key, whatever the characters', () => {
    fc.assert(
      fc.property(fc.base64String({ maxLength: 60 }), (text) => {
        const bytes = rawPublicKey(text);
        if (bytes !== undefined) {
          expect([bytes.toString('base64'), bytes.toString('base64url')]).toContain(text);
        }
      }),
    );
  });
});

describe('verifySignature', () => {
  it('accepts what was signed and nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (payload, other) => {
        const signature = signed(payload);
        expect(verifySignature(raw, payload, signature)).toBe(true);
        expect(verifySignature(raw, other, signature)).toBe(Buffer.from(other).equals(Buffer.from(payload)));
      }),
    );
  });

  it('refuses a signature with any bit changed', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 511 }), (payload, bit) => {
        const bytes = Buffer.from(signed(payload), 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(verifySignature(raw, payload, bytes.toString('base64url'))).toBe(false);
      }),
    );
  });

  it('refuses the signature of another key', () => {
    const other = rawOfKey(createPublicKey(generateKeyPairSync('ed25519').privateKey)) as Buffer;
    expect(verifySignature(other, 'payload', signed('payload'))).toBe(false);
  });

  it.each([
    ['an empty signature', ''],
    ['padding that does not belong', `${signed('payload')}=`],
    ['a truncated one', signed('payload').slice(0, -2)],
  ])('refuses %s', (_name, signature) => {
    expect(verifySignature(raw, 'payload', signature)).toBe(false);
  });

  it('refuses any text as signature without throwing, also with a key that is no point', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (key, text) => {
        expect(verifySignature(Buffer.from(key), 'payload', text)).toBe(false);
      }),
    );
  });
});
