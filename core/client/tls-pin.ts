import type { TLSSocket } from 'node:tls';
import { RpcError } from '../protocol/errors.ts';

/**
 * SHA-256 of a certificate as 64 lower-case hex digits, from any usual spelling: `sha256:AA:BB…`,
 * `AA:BB…`, plain hex. Throws BAD_ARGUMENT (details.code TLS_PIN_INVALID) for anything else.
 */
export function normalizeFingerprint(text: string): string {
  const hex = text
    .trim()
    .replace(/^sha-?256(?: fingerprint)?[:= ]\s*/i, '')
    .replace(/[:\s]/g, '')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new RpcError(
    'BAD_ARGUMENT',
    'The TLS fingerprint is not a SHA-256 one. Give 64 hex digits, such as sha256:AA:BB:…, of the certificate.',
    { code: 'TLS_PIN_INVALID' },
  );
}

/** Throws unless the peer's certificate is the pinned one. Trying again cannot help, so it is not retryable. */
export function requirePinned(socket: TLSSocket, pin: string, url: string): void {
  const given: string | undefined = socket.getPeerCertificate().fingerprint256;
  const actual = given ? normalizeFingerprint(given) : 'none';
  if (actual === pin) return;
  throw new RpcError(
    'GATEWAY_TRANSPORT',
    `The certificate of ${url} is not the pinned one; nothing was sent. Its SHA-256 fingerprint is ${actual}. ` +
      'If the gateway got a new certificate, compare the fingerprint on its host and save it.',
    { kind: 'tls-pin', reason: 'certificate fingerprint mismatch', expected: pin, actual },
    { retryable: false },
  );
}
