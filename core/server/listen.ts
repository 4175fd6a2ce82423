import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { RpcError } from '../protocol/errors.ts';

export interface ListenHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** PEM texts; see `TlsIdentity`. */
export interface TlsMaterial {
  cert: string;
  key: string;
  ca?: string;
}

export interface Listening {
  port: number;
  addresses: string[];
  /** Serves new TLS connections with another certificate; without TLS it does nothing. */
  setTls(tls: TlsMaterial): void;
  /** Stops accepting, and ends HTTP connections; sockets that were upgraded live on. */
  close(): Promise<void>;
}

/** Milliseconds a client has for its request head, for the whole request and until the next one, and how often that is looked at. */
const TIMEOUTS = { head: 10_000, request: 30_000, keepAlive: 5_000, checkEvery: 2_000 };
const MAX_SOCKETS = 20_000;

/**
 * Listens on every address with one port; port 0 picks a free one. The first address has to work, a further
 * one may be missing on this machine (IPv6 turned off). Throws PORT_IN_USE when somebody holds the port.
 */
export async function listenOn(
  addresses: readonly string[],
  port: number,
  handlers: ListenHandlers,
  { tls, timeouts = TIMEOUTS }: ListenOptions = {},
): Promise<Listening> {
  // Node's TLS server costs milliseconds of every start, so it is loaded for those who use it.
  const https = tls && { tls, createServer: (await import('node:https')).createServer };
  const servers: Server[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer));
  };
  let actual = port;
  const bound: string[] = [];
  for (const address of addresses) {
    const server = httpServer(handlers, timeouts, https);
    try {
      actual = await listen(server, address, actual);
    } catch (error) {
      if (bound.length > 0 && isAbsent(error)) continue;
      await closeAll();
      throw asRpcError(error, address, actual);
    }
    servers.push(server);
    bound.push(address);
  }
  return {
    port: actual,
    addresses: bound,
    setTls(material) {
      if (tls) for (const server of servers) (server as TlsServer).setSecureContext(contextOf(material));
    },
    close: closeAll,
  };
}

export interface ListenOptions {
  /** Speaks TLS only when given. */
  tls?: TlsMaterial | undefined;
  timeouts?: typeof TIMEOUTS;
}

interface Https {
  tls: TlsMaterial;
  createServer: typeof import('node:https').createServer;
}

/** With fewer names than `TlsIdentity` has, as Node looks for keys of its own in these options. */
const contextOf = ({ cert, key, ca }: TlsMaterial) => ({
  cert,
  key,
  ...(ca !== undefined && { ca }),
  minVersion: 'TLSv1.2' as const,
});

function httpServer(handlers: ListenHandlers, timeouts: typeof TIMEOUTS, https: Https | undefined): Server {
  const options = {
    requestTimeout: timeouts.request,
    headersTimeout: timeouts.head,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: timeouts.checkEvery,
  };
  const server = https
    ? https.createServer(
        { ...options, ...contextOf(https.tls), handshakeTimeout: timeouts.head, ALPNProtocols: ['http/1.1'] },
        handlers.request,
      )
    : createServer(options, handlers.request);
  server.maxConnections = MAX_SOCKETS;
  server.on('upgrade', handlers.upgrade);
  server.on('clientError', refuseBytes);
  return server;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers bytes that are no request, or that come too slowly; the socket must not wait for the other side to hang up. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  socket.once('finish', () => socket.destroy());
  if (!socket.writable || isBeforeTls(socket)) socket.destroy();
  else {
    const status = STATUS_OF[error.code ?? ''] ?? 400;
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
    socket.end(`${head}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
}

/** Nothing can be said to somebody who does not speak TLS, and an answer would wait for it. */
const isBeforeTls = (socket: Duplex): boolean =>
  'encrypted' in socket && (socket as TLSSocket).getProtocol() === null;

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error);

function isAbsent(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(codeOf(error));
}

function asRpcError(error: unknown, address: string, port: number): RpcError {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new RpcError(
      'PORT_IN_USE',
      `Port ${port} is already in use.`,
      { address, port },
      { cause: error },
    );
  }
  const why = code === 'EACCES' ? 'not permitted (choose a port of 1024 or above)' : code;
  return new RpcError(
    'START_BLOCKED',
    `Cannot listen on ${address}:${port}: ${why}`,
    { address, port },
    { cause: error },
  );
}
