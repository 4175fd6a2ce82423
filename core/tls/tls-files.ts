import { join, resolve } from 'node:path';
import { asText, valueAt } from '../lib/json.ts';

/** Where the certificate of a gateway and its key are. */
export interface TlsFiles {
  certPath: string;
  keyPath: string;
  /** Certificates of issuers that are sent along, where the certificate file does not hold them. */
  caPath?: string;
  /** The certificate is ours: `autoGenerate` makes it where it is missing. */
  isOwn: boolean;
  autoGenerate: boolean;
  /** A certificate was configured without a key, or the other way round: which of the two is missing. */
  half?: 'certPath' | 'keyPath';
}

/**
 * What `gateway.tls` says, undefined when TLS is off. Without paths the certificate is our own, in `<trayDir>/tls`;
 * configured paths are the user's files and are never written to.
 */
export function tlsFilesOf(
  config: unknown,
  { home, trayDir }: { home: string; trayDir: string },
): TlsFiles | undefined {
  const tls = valueAt(config, 'gateway.tls');
  if (valueAt(tls, 'enabled') !== true) return undefined;
  const path = (key: string): string | undefined => {
    const text = asText(valueAt(tls, key))?.trim();
    return text ? resolve(text.replace(/^~(?=$|[\\/])/, () => home)) : undefined;
  };
  const [certPath, keyPath, caPath] = [path('certPath'), path('keyPath'), path('caPath')];
  const ownDir = join(trayDir, 'tls');
  const isHalf = (certPath === undefined) !== (keyPath === undefined);
  return {
    certPath: certPath ?? join(ownDir, 'cert.pem'),
    keyPath: keyPath ?? join(ownDir, 'key.pem'),
    ...(caPath !== undefined && { caPath }),
    isOwn: certPath === undefined && keyPath === undefined,
    autoGenerate: valueAt(tls, 'autoGenerate') !== false,
    ...(isHalf && { half: certPath === undefined ? 'certPath' : 'keyPath' }),
  };
}
