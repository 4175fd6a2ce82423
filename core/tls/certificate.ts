import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { TlsFiles } from './tls-files.ts';

/** A certificate and its key that belong together and may be served. */
export interface TlsIdentity {
  /** PEM; the certificate itself first. */
  cert: string;
  /** PEM. A secret. */
  key: string;
  ca?: string;
  certPath: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  fingerprint: string;
  /** Epoch milliseconds after which others refuse it. */
  validToMs: number;
}

/** Why a gateway cannot serve TLS. Each has words, and below `_FIX` what mends it, in tls-messages.ts. */
export const TLS_PROBLEMS = [
  'TLS_HALF_CONFIGURED',
  'TLS_CERT_MISSING',
  'TLS_KEY_MISSING',
  'TLS_FILE_UNREADABLE',
  'TLS_CERT_INVALID',
  'TLS_KEY_INVALID',
  'TLS_KEY_ENCRYPTED',
  'TLS_KEY_MISMATCH',
  'TLS_KEY_EXPOSED',
] as const;

export type TlsProblemCode = (typeof TLS_PROBLEMS)[number];

export interface TlsProblem {
  code: TlsProblemCode;
  /** What the words need; never a secret. */
  values: { path: string; other: string; reason: string };
  /** The dotted key of the configuration it is about. */
  setting: string;
}

export type TlsCheck = { ok: true; identity: TlsIdentity } | { ok: false; problem: TlsProblem };

/** Of others, anybody may read it, or its group may write it; that a group reads it is customary (`ssl-cert`). */
const TOO_OPEN = 0o027;

/** Reads certificate and key and sees whether they can be served. Writes nothing. */
export function checkTlsFiles(files: TlsFiles): TlsCheck {
  try {
    return { ok: true, identity: readIdentity(files) };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** SHA-256 of the first certificate of a PEM text, 64 lower-case hex digits; throws when there is none. */
export const fingerprintOf = (pem: string): string => hexOf(new X509Certificate(pem).fingerprint256);

const hexOf = (fingerprint256: string): string => fingerprint256.replaceAll(':', '').toLowerCase();

class Fault extends Error {
  readonly problem: TlsProblem;

  constructor(code: TlsProblemCode, setting: string, values: Partial<TlsProblem['values']>) {
    super(code);
    this.problem = { code, setting, values: { path: '', other: '', reason: '', ...values } };
  }
}

function readIdentity(files: TlsFiles): TlsIdentity {
  const { certPath, keyPath, caPath, half } = files;
  if (half) throw new Fault('TLS_HALF_CONFIGURED', `gateway.tls.${half}`, { path: half });
  const cert = readText(certPath, 'certPath');
  const key = readText(keyPath, 'keyPath');
  const certificate = parseCertificate(cert, certPath);
  const privateKey = parseKey(key, keyPath);
  requirePrivate(keyPath);
  if (!certificate.checkPrivateKey(privateKey))
    throw new Fault('TLS_KEY_MISMATCH', 'gateway.tls.keyPath', { path: keyPath, other: certPath });
  return {
    cert,
    key,
    ...(caPath !== undefined && { ca: readText(caPath, 'caPath') }),
    certPath,
    fingerprint: hexOf(certificate.fingerprint256),
    validToMs: Date.parse(certificate.validTo),
  };
}

function readText(path: string, setting: 'certPath' | 'keyPath' | 'caPath'): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const missing = setting === 'keyPath' ? 'TLS_KEY_MISSING' : 'TLS_CERT_MISSING';
    const code = reason === 'ENOENT' ? missing : 'TLS_FILE_UNREADABLE';
    throw new Fault(code, `gateway.tls.${setting}`, { path, reason });
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Fault('TLS_CERT_INVALID', 'gateway.tls.certPath', { path });
  }
}

function parseKey(pem: string, path: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem))
    throw new Fault('TLS_KEY_ENCRYPTED', 'gateway.tls.keyPath', { path });
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Fault('TLS_KEY_INVALID', 'gateway.tls.keyPath', { path });
  }
}

function requirePrivate(path: string): void {
  if (process.platform === 'win32' || (statSync(path).mode & TOO_OPEN) === 0) return;
  throw new Fault('TLS_KEY_EXPOSED', 'gateway.tls.keyPath', { path });
}
