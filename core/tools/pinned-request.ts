import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ToolRefusal } from './tool.ts';

/** How names become addresses and addresses connections. */
export interface Network {
  resolve(host: string): Promise<string[]>;
  dial(address: string, port: number): Socket;
  mayConnect(address: string): boolean;
}

export const systemNetwork = (mayConnect: (address: string) => boolean): Network => ({
  resolve: async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address),
  dial: (address, port) => connect({ host: address, port }),
  mayConnect,
});

export interface Page {
  url: URL;
  status: number;
  contentType: string;
  body: Buffer;
  /** True when the body was longer than allowed. */
  cut: boolean;
}

export type Hop = { page: Page } | { redirect: string };

/** One request to an address that was checked, over a connection to this very address. */
export async function requestOnce(
  network: Network,
  url: URL,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Hop> {
  const address = await checkedAddress(network, url, signal);
  const response = await respond(network, url, address, signal);
  try {
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) return { redirect: location };
    const { body, cut } = await readBody(response, maxBytes);
    return { page: { url, status, contentType: response.headers['content-type'] ?? '', body, cut } };
  } finally {
    response.destroy();
  }
}

/** Every address of the name has to be public: which one a later question gets is not ours to choose. */
async function checkedAddress(network: Network, url: URL, signal: AbortSignal): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : await resolved(network, host, signal);
  const [first] = addresses;
  if (first === undefined || !addresses.every((address) => network.mayConnect(address))) {
    throw new ToolRefusal(
      `${JSON.stringify(host)} is not a public address. Only public web servers may be fetched, ` +
        'not this machine, its network or cloud metadata.',
      { status: 'address-refused' },
    );
  }
  return first;
}

async function resolved(network: Network, host: string, signal: AbortSignal): Promise<string[]> {
  const stop = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });
  try {
    return await Promise.race([network.resolve(host), stop]);
  } catch {
    signal.throwIfAborted();
    throw new ToolRefusal(`The name ${JSON.stringify(host)} could not be resolved.`);
  }
}

function respond(network: Network, url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: 'text/html, text/plain, application/json, */*;q=0.5',
        'accept-encoding': 'gzip, deflate, br',
        'user-agent': 'openclaw-tray',
        connection: 'close',
      },
      maxHeaderSize: 32 * 1024,
      signal,
      createConnection: () => {
        const socket = network.dial(address, port);
        if (!secure) return socket;
        return tlsConnect({
          socket,
          ...(isIP(host) ? {} : { servername: host }),
          ALPNProtocols: ['http/1.1'],
        });
      },
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
}

function readBody(response: IncomingMessage, maxBytes: number): Promise<{ body: Buffer; cut: boolean }> {
  const stream = decoded(response);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (cut: boolean): void => {
      stream.destroy();
      resolve({ body: Buffer.concat(chunks).subarray(0, maxBytes), cut });
    };
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) finish(true);
    });
    stream.once('end', () => finish(false));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('closed early')));
  });
}

function decoded(response: IncomingMessage): Readable {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return response;
  const decoder = decoderOf(encoding);
  if (decoder === undefined) throw new ToolRefusal('The server used a compression nobody asked for.');
  return pipeline(response, decoder, () => {});
}

function decoderOf(encoding: string): ReturnType<typeof createGunzip> | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}
