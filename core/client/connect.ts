import type { Clock } from '../lib/clock.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { shortCode } from '../lib/short-code.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { CLOSE } from '../protocol/frames.ts';
import type { Role } from '../protocol/scopes.ts';
import { type GatewayConnection, WireConnection } from './connection.ts';
import {
  type Credential,
  type CredentialSource,
  firstCredential,
  type GivenAuth,
  isDead,
  secondCredential,
  tokenKey,
} from './credentials.ts';
import { withinDeadline } from './deadline.ts';
import type { DeviceTokenStore } from './device-token-store.ts';
import type { DialOptions } from './dial.ts';
import { parseEndpoint } from './endpoint.ts';
import { connectTimeout } from './gateway-failure.ts';
import { type ClientInfo, shakeHands } from './handshake.ts';
import { openTransport } from './ws-transport.ts';

export interface ConnectOptions extends DialOptions {
  /** ws:// or wss://, without credentials. */
  url: string;
  /** Explicit credentials; they win over stored device tokens. */
  auth?: GivenAuth | undefined;
  device?: DeviceIdentity | undefined;
  /** Where device tokens are kept; they are used and written only together with `device`. */
  tokens?: DeviceTokenStore | undefined;
  client: ClientInfo;
  /** Operator when absent. */
  role?: Role | undefined;
  /** All usual ones for an operator when absent, none for a node; ask for the least that does. */
  scopes?: readonly string[] | undefined;
  caps?: readonly string[] | undefined;
  /** 3 when absent. */
  minProtocol?: number | undefined;
  /** 4 when absent. */
  maxProtocol?: number | undefined;
  /** Milliseconds for everything up to the hello; 10 s when absent. */
  timeoutMs?: number | undefined;
  /** Gives up; `connect` then rejects with the reason of the signal. It has no effect afterwards. */
  signal?: AbortSignal | undefined;
  clock: Clock;
  log?: Logger | undefined;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

interface Asking extends ConnectOptions {
  onAsked: () => void;
}

interface Attempt {
  options: Asking;
  source: CredentialSource;
  credential: Credential;
  signal: AbortSignal;
}

/**
 * Connects to a gateway of either era and resolves after its hello. Rejects with RpcError: BAD_ARGUMENT for
 * the address, GATEWAY_TRANSPORT, GATEWAY_TIMEOUT, or what the gateway answered, such as INVALID_REQUEST
 * with `details.code` AUTH_TOKEN_MISMATCH or NOT_PAIRED with `details.requestId`.
 */
export async function connect(options: ConnectOptions): Promise<GatewayConnection> {
  const endpoint = parseEndpoint(options.url);
  const { auth, scopes, device, tokens, clock, signal } = options;
  const source: CredentialSource = {
    endpoint,
    role: options.role ?? 'operator',
    auth,
    scopes,
    device,
    tokens,
  };
  const timeoutMs = options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  let isAsked = false;
  const onAsked = () => {
    isAsked = true;
    options.onStage?.('challenge');
  };
  const onTimeout = () => connectTimeout(endpoint.url, timeoutMs, isAsked);
  const connection = await withinDeadline({ clock, timeoutMs, signal, onTimeout }, (limit) =>
    withBestCredential({ ...options, onAsked }, source, limit),
  );
  // One turn later, so that the caller has set its listeners before the first event arrives.
  setImmediate(() => connection.start());
  return connection;
}

async function withBestCredential(
  options: Asking,
  source: CredentialSource,
  signal: AbortSignal,
): Promise<WireConnection> {
  const first = await firstCredential(source);
  try {
    return await attempt({ options, source, credential: first, signal });
  } catch (error) {
    const second = await secondCredential(source, first, error);
    if (!second) throw error;
    try {
      return await attempt({ options, source, credential: second, signal });
    } catch (secondError) {
      // What the user gave is what is wrong; the stored token was only a guess.
      throw isDead(second, secondError) ? error : secondError;
    }
  }
}

async function attempt(parts: Attempt): Promise<WireConnection> {
  const { options, source, credential, signal } = parts;
  const { client, device, caps, minProtocol, maxProtocol, onAsked, clock, log = silentLogger } = options;
  const transport = await openTransport(source.endpoint, options, signal);
  options.onStage?.('websocket');
  const { role } = source;
  const introduction = { client, role, credential, device, caps, minProtocol, maxProtocol, onAsked };
  try {
    const hello = await shakeHands(transport, source.endpoint.url, introduction, signal);
    options.onStage?.('hello');
    const connection = new WireConnection({ transport, hello, clock, log });
    await rememberToken(connection, parts);
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    transport.close(CLOSE.normal, '');
    await forgetDeadToken(error, parts);
    throw withOwnCode(error, device);
  }
}

/** The code that people compare is made here of this device's own key, so that nobody in between can choose it. */
function withOwnCode(error: unknown, device: DeviceIdentity | undefined): unknown {
  if (!(error instanceof RpcError) || !device) return error;
  const { code, message, details, cause, retryable, retryAfterMs } = error;
  if (details?.code !== 'PAIRING_REQUIRED' || typeof details.requestId !== 'string') return error;
  const pairingCode = shortCode(device.publicKey, details.requestId);
  return new RpcError(code, message, { ...details, pairingCode }, { cause, retryable, retryAfterMs });
}

/** A token that cannot be stored costs nothing but a new one next time. */
async function rememberToken(connection: WireConnection, { options, source }: Attempt): Promise<void> {
  const { role, scopes, deviceToken: token, issuedAtMs } = connection.hello.auth;
  const key = tokenKey({ ...source, role: role === 'node' ? 'node' : 'operator' });
  if (!key || typeof token !== 'string' || !token || !Array.isArray(scopes)) return;
  try {
    await options.tokens?.put(key, { token, scopes, issuedAtMs });
  } catch (error) {
    options.log?.warn('the device token could not be stored', { error: String(error) });
  }
}

async function forgetDeadToken(error: unknown, { options, source, credential }: Attempt): Promise<void> {
  const key = tokenKey(source);
  if (!key || !isDead(credential, error)) return;
  try {
    await options.tokens?.drop(key, credential.stored.token);
  } catch (failure) {
    options.log?.warn('a dead device token could not be removed', { error: String(failure) });
  }
}
