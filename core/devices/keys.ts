import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * The raw 32-byte Ed25519 key of a `device.publicKey`: base64url without padding (43 characters), plain
 * base64, or PEM SPKI. Undefined for anything else, also for an encoding that is not the canonical one:
 * two texts for one key would let a device look like another.
 */
export function rawPublicKey(text: string): Buffer | undefined {
  return text.includes('-----BEGIN') ? rawOfPem(text) : decodeCanonical(text, KEY_BYTES);
}

/** The device id of a raw public key: lowercase hex SHA-256. */
export function deviceIdOf(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('hex');
}

/** True when `signature` (64 bytes, base64url without padding or plain base64) is that of `payload` by this key. */
export function verifySignature(raw: Buffer, payload: string, signature: string): boolean {
  const bytes = decodeCanonical(signature, SIGNATURE_BYTES);
  if (bytes === undefined || raw.length !== KEY_BYTES) return false;
  try {
    return verify(null, Buffer.from(payload, 'utf8'), publicKeyObject(raw), bytes);
  } catch {
    return false;
  }
}

/** The raw public half of an Ed25519 key, private or public; undefined for another kind of key. */
export function rawOfKey(key: KeyObject): Buffer | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return typeof jwk.x === 'string' ? decodeCanonical(jwk.x, KEY_BYTES) : undefined;
}

function publicKeyObject(raw: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}

/** A private key would load as well, since Node derives its public half: a peer must never send us one. */
function rawOfPem(text: string): Buffer | undefined {
  if (!text.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    return rawOfKey(createPublicKey({ key: text, format: 'pem', type: 'spki' }));
  } catch {
    return undefined;
  }
}

function decodeCanonical(text: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length) return undefined;
  return text === bytes.toString('base64url') || text === bytes.toString('base64') ? bytes : undefined;
}
