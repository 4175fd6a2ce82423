import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { normalizeFingerprint } from '../core/client/tls-pin.ts';
import { fingerprintOf } from '../core/tls/certificate.ts';
import { type TlsFiles, tlsFilesOf } from '../core/tls/tls-files.ts';
import type { QueryOptions } from './options.ts';
import type { Settings } from './settings.ts';
import type { Target } from './target.ts';

/** The certificate of the gateway on this machine, as its files say; `fingerprint` is absent before its first start. */
export interface OwnCertificate {
  files: TlsFiles;
  fingerprint?: string;
  validToMs?: number;
}

/** Undefined when TLS is off. */
export function ownCertificate({
  config,
  paths,
}: Pick<Settings, 'config' | 'paths'>): OwnCertificate | undefined {
  const files = tlsFilesOf(config, paths);
  if (!files) return undefined;
  try {
    const pem = readFileSync(files.certPath, 'utf8');
    const validToMs = Date.parse(new X509Certificate(pem).validTo);
    return { files, fingerprint: fingerprintOf(pem), validToMs };
  } catch {
    return { files };
  }
}

/** Whoever can read the files of the gateway on this machine need not be told which certificate is its own. */
export function withPin(target: Target, { tlsFingerprint }: QueryOptions, settings: Settings): Target {
  if (tlsFingerprint !== undefined)
    return { ...target, tlsFingerprint: normalizeFingerprint(tlsFingerprint) };
  if (target.source !== 'local loopback' || !target.url.startsWith('wss:')) return target;
  const fingerprint = ownCertificate(settings)?.fingerprint;
  return fingerprint === undefined ? target : { ...target, tlsFingerprint: fingerprint };
}
