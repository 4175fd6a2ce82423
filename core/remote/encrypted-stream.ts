import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

export interface EncryptedStream {
  stream: Duplex;
  /** SHA-256 of the certificate that was shown, 64 lower-case hex digits. */
  tlsFingerprint: string;
}

/**
 * Speaks TLS over a stream; undefined when the other side does not, and then the stream is gone. Any certificate will
 * do: who it belongs to is for the proof to say, which has to name it.
 */
export async function encrypt(
  stream: Duplex,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<EncryptedStream | undefined> {
  const { connect } = await import('node:tls');
  const socket = connect({
    socket: stream,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
  });
  const isSecure = await new Promise<boolean>((resolve) => {
    const fail = (): void => resolve(false);
    const cancel = clock.after(timeoutMs, fail);
    socket.once('secureConnect', () => resolve(true)).once('close', fail);
    socket.on('error', fail).once('close', cancel).once('secureConnect', cancel);
  });
  const fingerprint: string | undefined = isSecure ? socket.getPeerCertificate().fingerprint256 : undefined;
  if (fingerprint) return { stream: socket, tlsFingerprint: fingerprint.replaceAll(':', '').toLowerCase() };
  socket.destroy();
  stream.destroy();
  return undefined;
}
