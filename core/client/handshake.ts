import type {
  ClientInfo as AnyClientInfo,
  ConnectParams,
  DeviceProof,
  HelloOk,
} from '../protocol/connect.ts';
import { type DeviceIdentity, signaturePayload } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { LIMITS, PROTOCOL } from '../protocol/frames.ts';
import type { Role } from '../protocol/scopes.ts';
import type { Credential } from './credentials.ts';
import { closedEarly, notAGateway, responseError } from './gateway-failure.ts';
import { isRecord, parseFrame } from './inbound-frame.ts';
import type { Transport } from './ws-transport.ts';

/** What a client says of itself, as far as gateways of both eras accept it. */
export type ClientInfo = Omit<AnyClientInfo, 'buildId' | 'timeZone'>;

export interface Introduction {
  client: ClientInfo;
  role: Role;
  credential: Credential;
  device?: DeviceIdentity | undefined;
  caps?: readonly string[] | undefined;
  minProtocol?: number | undefined;
  maxProtocol?: number | undefined;
  /** Called when the connect request has been handed to the socket. */
  onAsked?: (() => void) | undefined;
}

interface Challenge {
  nonce: string;
  /** Epoch milliseconds of the gateway's clock. */
  ts: number;
}

const CONNECT_ID = 'connect';

/**
 * challenge → connect → hello-ok. The transport is left open and detached, so that what follows the hello
 * waits for its new owner. Rejects with the gateway's error, GATEWAY_TRANSPORT when the socket closes first,
 * or the reason of `signal`.
 */
export function shakeHands(
  transport: Transport,
  url: string,
  introduction: Introduction,
  signal: AbortSignal,
): Promise<HelloOk> {
  return new Promise<HelloOk>((resolve, reject) => {
    const settle = (outcome: () => void) => {
      transport.attach(undefined);
      signal.removeEventListener('abort', abort);
      outcome();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const abort = () => fail(signal.reason);
    const listen = conversation(transport, url, introduction);
    const hear = (text: string) => {
      try {
        const hello = listen(text);
        if (hello) settle(() => resolve(hello));
      } catch (error) {
        fail(error);
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    transport.attach({ alive: () => {}, closed: (info) => fail(closedEarly(info)), text: hear });
    if (signal.aborted) abort();
  });
}

/** Answers the first frame, the challenge, and finds the hello in what follows. Throws what ends the attempt. */
function conversation(
  transport: Transport,
  url: string,
  introduction: Introduction,
): (text: string) => HelloOk | undefined {
  let challenged = false;
  return (text) => {
    if (challenged) return readHello(text, url, introduction.role);
    transport.send(JSON.stringify(connectRequest(readChallenge(text, url), introduction)));
    challenged = true;
    introduction.onAsked?.();
    return undefined;
  };
}

function readChallenge(text: string, url: string): Challenge {
  const frame = parseFrame(text);
  const payload = isRecord(frame?.payload) ? frame.payload : {};
  const { nonce, ts } = payload;
  if (
    frame?.event === 'connect.challenge' &&
    typeof nonce === 'string' &&
    nonce &&
    Number.isSafeInteger(ts)
  ) {
    return { nonce, ts: ts as number };
  }
  throw notAGateway(url, 'no challenge');
}

/** Only fields that gateways of both eras know: theirs are closed objects. */
function connectRequest(challenge: Challenge, introduction: Introduction): object {
  const { client, role, credential, caps, minProtocol, maxProtocol } = introduction;
  const proof = proofOfDevice(challenge, introduction);
  const params: ConnectParams = {
    minProtocol: minProtocol ?? PROTOCOL.oldest,
    maxProtocol: maxProtocol ?? PROTOCOL.current,
    client: {
      id: client.id,
      version: client.version,
      platform: client.platform,
      mode: client.mode,
      ...(client.displayName && { displayName: client.displayName }),
      ...(client.deviceFamily && { deviceFamily: client.deviceFamily }),
      ...(client.modelIdentifier && { modelIdentifier: client.modelIdentifier }),
      ...(client.instanceId && { instanceId: client.instanceId }),
    },
    role,
    scopes: [...credential.scopes],
    ...(caps && { caps: [...caps] }),
    ...(credential.auth && { auth: credential.auth }),
    ...(proof && { device: proof }),
  };
  return { type: 'req', id: CONNECT_ID, method: 'connect', params };
}

/** Signed with the gateway's own time, so that a wrong clock on this side does no harm. */
function proofOfDevice(challenge: Challenge, introduction: Introduction): DeviceProof | undefined {
  const { device, client, credential, role } = introduction;
  if (!device) return undefined;
  const payload = signaturePayload('v3', {
    deviceId: device.deviceId,
    clientId: client.id,
    clientMode: client.mode,
    role,
    scopes: credential.scopes,
    signedAt: challenge.ts,
    token: credential.auth?.token ?? credential.auth?.deviceToken,
    nonce: challenge.nonce,
    platform: client.platform,
    deviceFamily: client.deviceFamily,
  });
  return {
    id: device.deviceId,
    publicKey: device.publicKey,
    signature: device.sign(payload),
    signedAt: challenge.ts,
    nonce: challenge.nonce,
  };
}

/** The hello, undefined for frames that are none; throws the gateway's refusal. */
function readHello(text: string, url: string, role: Role): HelloOk | undefined {
  const frame = parseFrame(text);
  if (frame?.type !== 'res' || frame.id !== CONNECT_ID) return undefined;
  if (frame.ok !== true) throw responseError(frame.error);
  if (!isRecord(frame.payload) || frame.payload.type !== 'hello-ok') throw notAGateway(url, 'no hello');
  const hello = completeHello(frame.payload, role);
  if (hello.protocol >= PROTOCOL.oldest && hello.protocol <= PROTOCOL.current) return hello;
  const details = { code: 'PROTOCOL_MISMATCH', expectedProtocol: hello.protocol };
  throw new RpcError('INVALID_REQUEST', `protocol mismatch: protocol ${hello.protocol}`, details);
}

const part = (source: Record<string, unknown>, name: string): Record<string, unknown> => {
  const value = source[name];
  return isRecord(value) ? value : {};
};

/**
 * Fills in what older gateways leave out. A v3 gateway that says nothing about `auth` has issued no device
 * token, which it does for every connection that keeps its scopes: no scopes are held.
 */
function completeHello(payload: Record<string, unknown>, role: Role): HelloOk {
  const snapshot = part(payload, 'snapshot');
  return {
    ...payload,
    type: 'hello-ok',
    protocol: typeof payload.protocol === 'number' ? payload.protocol : PROTOCOL.oldest,
    server: { version: 'unknown', bootId: '', connId: '', ...part(payload, 'server') },
    features: { methods: [], events: [], capabilities: [], ...part(payload, 'features') },
    snapshot: {
      presence: [],
      health: {},
      stateVersion: { presence: 0, health: 0 },
      uptimeMs: 0,
      sessionDefaults: { defaultAgentId: 'main', mainKey: 'main', mainSessionKey: 'agent:main:main' },
      ...snapshot,
    },
    auth: { role, scopes: [], ...part(payload, 'auth') },
    policy: {
      maxPayload: LIMITS.frameBytes,
      maxBufferedBytes: LIMITS.bufferedBytes,
      tickIntervalMs: LIMITS.tickIntervalMs,
      ...part(payload, 'policy'),
    },
  };
}
