import type { TLSSocket } from 'node:tls';
import { dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';

/** The certificate that a server shows, whether it can be believed or not: for a person to judge. */
export interface PeerCertificate {
  /** SHA-256, 64 lower-case hex digits. */
  fingerprint: string;
  /** Text of the server's; make it safe before it is shown. */
  subject: string;
  validToMs: number;
}

/** Looks at the certificate of a wss:// address; nothing is sent. Undefined when none can be seen. */
export async function certificateAt(
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<PeerCertificate | undefined> {
  let socket: TLSSocket;
  try {
    socket = (await dial(endpoint, { anyCertificate: true }, signal)) as TLSSocket;
  } catch {
    return undefined;
  }
  const { fingerprint256, subject, valid_to: validTo } = socket.getPeerCertificate();
  socket.destroy();
  if (!fingerprint256) return undefined;
  const { CN, O } = subject ?? {};
  return {
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: [CN, O].flat().filter(Boolean).join(', ') || '?',
    validToMs: Date.parse(validTo),
  };
}
