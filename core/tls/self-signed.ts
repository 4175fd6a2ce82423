/**
 * The only place that loads the X.509 library, which Node does not have; it is a file of its own in the bundle and is
 * read when a certificate is made, once in ten years.
 */
import { type KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** What a certificate of our own says. */
export interface SelfSignedRequest {
  /** Names and addresses it is for; the first is its common name. */
  names: readonly string[];
  fromMs: number;
  toMs: number;
  /** P-256. */
  key: KeyObject;
  publicKey: KeyObject;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** A self-signed certificate in PEM, for a server and for nothing else: it cannot vouch for others. */
export async function selfSigned({
  names,
  fromMs,
  toMs,
  key,
  publicKey,
}: SelfSignedRequest): Promise<string> {
  const { subtle } = webcrypto;
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const keys = {
    privateKey: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    publicKey: await subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [(names[0] ?? 'localhost').slice(0, 64)] }, { O: ['OpenClaw gateway'] }],
    notBefore: new Date(fromMs),
    notAfter: new Date(toMs),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
