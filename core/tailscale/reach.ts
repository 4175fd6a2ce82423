import { request } from 'node:https';

/** Where something answers in the tailnet. */
export interface TailnetPlace {
  host: string;
  port: number;
  /** Of this machine; the name need not be resolved by it. */
  address: string | undefined;
}

/** Undefined when a gateway answered; otherwise why not. Never rejects. */
export type Reach = (place: TailnetPlace, signal: AbortSignal) => Promise<string | undefined>;

/** The first request makes Tailscale fetch a certificate. */
const REACH_MS = 60_000;
const MAX_BODY_BYTES = 1024;

/** Asks `/healthz` as any client would: by its name, over TLS, with a certificate that counts. Sends no credential. */
export const reachOverTls: Reach = ({ host, port, address }, signal) =>
  new Promise((resolve) => {
    const asked = request(
      {
        host: address ?? host,
        servername: host,
        port,
        path: '/healthz',
        headers: { host: port === 443 ? host : `${host}:${port}` },
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REACH_MS)]),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > MAX_BODY_BYTES) response.destroy();
        });
        response.on('close', () => {
          resolve(response.statusCode === 200 && isLive(body) ? undefined : `HTTP ${response.statusCode}`);
        });
      },
    );
    // An answer that would leave HTTP is told here only.
    asked.on('upgrade', ({ statusCode }) => {
      asked.destroy();
      resolve(`HTTP ${statusCode}`);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end();
  });

function isLive(body: string): boolean {
  try {
    const value = JSON.parse(body) as { ok?: unknown; status?: unknown } | null;
    return value?.ok === true && value.status === 'live';
  } catch {
    return false;
  }
}
