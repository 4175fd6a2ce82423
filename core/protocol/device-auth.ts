/** A device's key as its owner holds it; `sign` returns base64url without padding. */
export interface DeviceIdentity {
  /** Lowercase hex SHA-256 of the raw public key. */
  deviceId: string;
  /** Raw 32-byte Ed25519 public key, base64url without padding. */
  publicKey: string;
  sign(payload: string): string;
}

export interface SignedFields {
  deviceId: string;
  clientId: string;
  clientMode: string;
  role: string;
  /** In the order sent. */
  scopes: readonly string[];
  /** Epoch milliseconds. */
  signedAt: number;
  /** The shared, device or bootstrap token sent along; a password is never signed. */
  token: string | undefined;
  nonce: string;
  platform?: string | undefined;
  deviceFamily?: string | undefined;
}

export type SignatureVersion = 'v2' | 'v3';

/** The string a device signs in its connect request. Source: wire protocol, device identity. */
export function signaturePayload(version: SignatureVersion, fields: SignedFields): string {
  const parts = [
    version,
    fields.deviceId,
    fields.clientId,
    fields.clientMode,
    fields.role,
    fields.scopes.join(','),
    String(fields.signedAt),
    fields.token ?? '',
    fields.nonce,
  ];
  if (version === 'v3') parts.push(plain(fields.platform), plain(fields.deviceFamily));
  return parts.join('|');
}

/** Only ASCII letters are folded, so that every implementation agrees on the bytes. */
function plain(value: string | undefined): string {
  return (value ?? '').trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
