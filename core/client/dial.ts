import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { RpcError } from '../protocol/errors.ts';
import { type Endpoint, reachOfAddress } from './endpoint.ts';
import { notReachable } from './gateway-failure.ts';
import { normalizeFingerprint, requirePinned } from './tls-pin.ts';

/** Resolves a name to all its addresses, as `dns.lookup` with `all: true` does. */
export type ResolveName = (
  host: string,
  options: LookupOptions,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** What a connection has achieved, in order; an attempt that fails has stopped after the last one told. */
export type ConnectStage = 'tcp' | 'tls' | 'websocket' | 'challenge' | 'hello';

export interface DialOptions {
  /** Called at each stage; a second attempt with another credential begins again. */
  onStage?: ((stage: ConnectStage) => void) | undefined;
  /** SHA-256 of the certificate; replaces the check of the certificate chain. Only for wss://. */
  tlsFingerprint?: string | undefined;
  /** Takes whatever certificate is shown, to be looked at; nothing may be sent then. */
  anyCertificate?: boolean | undefined;
  /** Allows ws:// to any address. */
  allowInsecure?: boolean | undefined;
  /** Name resolution; the system's own when absent. */
  resolveName?: ResolveName | undefined;
}

/**
 * Opens the TCP or TLS socket to a gateway. Nothing has been sent on it when it resolves, and with a
 * fingerprint the certificate has been compared. Plain ws:// reaches loopback and private addresses only:
 * a name is judged by the addresses it resolves to, and only those are connected to.
 * Throws BAD_ARGUMENT (details.code INSECURE_URL for refused plain text) or GATEWAY_TRANSPORT.
 */
export async function dial(endpoint: Endpoint, options: DialOptions, signal: AbortSignal): Promise<Socket> {
  const pin = pinFor(endpoint, options);
  if (!endpoint.secure && endpoint.reach === 'remote' && !options.allowInsecure) throw insecure(endpoint.url);
  signal.throwIfAborted();
  const socket = openSocket(endpoint, options, pin);
  socket.once('connect', () => options.onStage?.('tcp'));
  const release = closeOnAbort(socket, signal);
  try {
    await opened(socket, endpoint.secure ? 'secureConnect' : 'connect');
    if (pin) requirePinned(socket as TLSSocket, pin, endpoint.url);
    if (endpoint.secure) options.onStage?.('tls');
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    throw cause instanceof RpcError ? cause : notReachable(endpoint.url, cause as Error);
  } finally {
    release();
  }
}

function pinFor(endpoint: Endpoint, options: DialOptions): string | undefined {
  if (options.tlsFingerprint === undefined) return undefined;
  if (endpoint.secure) return normalizeFingerprint(options.tlsFingerprint);
  throw new RpcError(
    'BAD_ARGUMENT',
    'A TLS fingerprint was given, but ws:// has no certificate to compare. Use a wss:// address.',
  );
}

function openSocket(endpoint: Endpoint, options: DialOptions, pin: string | undefined): Socket {
  const lookup = guardedLookup(endpoint, options);
  const { host, port } = endpoint;
  if (!endpoint.secure) return connectTcp({ host, port, lookup });
  return connectTls({
    host,
    port,
    lookup,
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: pin === undefined && !options.anyCertificate,
  });
}

function closeOnAbort(socket: Socket, signal: AbortSignal): () => void {
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('socket closed')));
    socket.once(event, () => {
      socket.removeAllListeners('error').removeAllListeners('close');
      resolve();
    });
  });
}

/** Hands on only the addresses this endpoint may be reached at, so that a name cannot lead elsewhere. */
function guardedLookup(endpoint: Endpoint, options: DialOptions): LookupFunction {
  const resolveName = options.resolveName ?? resolveWithSystem;
  const allowed = addressFilter(endpoint, options);
  return (host, lookupOptions, done) => {
    resolveName(host, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const usable = addresses.filter(({ address }) => allowed(address));
      const [first] = usable;
      if (!first) return done(noUsableAddress(endpoint), '', 0);
      if (lookupOptions.all) return done(null, usable);
      done(null, first.address, first.family);
    });
  };
}

const resolveWithSystem: ResolveName = (host, options, done) => {
  systemLookup(host, { ...options, all: true }, done);
};

function addressFilter(endpoint: Endpoint, options: DialOptions): (address: string) => boolean {
  if (endpoint.reach === 'loopback') return (address) => reachOfAddress(address) === 'loopback';
  if (endpoint.secure || options.allowInsecure) return () => true;
  return (address) => reachOfAddress(address) !== 'remote';
}

const noUsableAddress = (endpoint: Endpoint): Error =>
  endpoint.reach === 'loopback'
    ? new Error(`${endpoint.host} does not resolve to a loopback address`)
    : insecure(endpoint.url);

/** Source: CLI samples, err-url-plain-remote. The two parts let a command print its own lines between them. */
function insecure(url: string): RpcError {
  const problem =
    `SECURITY ERROR: Gateway URL "${url}" uses plaintext ws:// to a non-loopback address.\n` +
    'Both credentials and chat data would be exposed to network interception.';
  const fix =
    'Fix: Use wss:// for remote gateway URLs, or an SSH tunnel to the gateway host.\n' +
    'Break-glass (trusted private networks only): set OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1';
  return new RpcError('BAD_ARGUMENT', `${problem}\n${fix}`, { code: 'INSECURE_URL', problem, fix });
}
