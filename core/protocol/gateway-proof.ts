/** The route at which a gateway proves which one it is, to whoever wants to know before giving it a secret. */
export const PROOF_PATH = '/identity';

/** 32 bytes, base64url without padding. */
const NONCE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

export const isProofNonce = (text: unknown): text is string => typeof text === 'string' && NONCE.test(text);

export interface GatewayProof {
  ok: true;
  /** Lowercase hex SHA-256 of the raw public key: what a client remembers. */
  gatewayId: string;
  /** Raw 32-byte Ed25519 public key, base64url without padding. */
  publicKey: string;
  /** The port the gateway listens on. */
  port: number;
  /** SHA-256 of the certificate that this connection was served with, 64 lower-case hex digits; absent without TLS. */
  tlsFingerprint?: string;
  /** Of `proofPayload`, base64url without padding. */
  signature: string;
}

/**
 * What a gateway signs. The first words keep the signature from meaning anything elsewhere, such as in the connect
 * request of a device; the port keeps a stranger on another port from passing the question on to the real one, and the
 * certificate one who ends its encryption on the way.
 */
export const proofPayload = (
  nonce: string,
  gatewayId: string,
  port: number,
  tlsFingerprint?: string,
): string =>
  [
    'openclaw-gateway-proof-v1',
    nonce,
    gatewayId,
    String(port),
    ...(tlsFingerprint === undefined ? [] : [tlsFingerprint]),
  ].join('|');
