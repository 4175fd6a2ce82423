import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { WebSocket } from 'ws';

/** A gateway that has shown itself on a port. */
export interface GatewaySign {
  /** Where it answered, such as `ws://127.0.0.1:18789`. */
  url: string;
  /** Newest protocol it shows: 4 when its challenge lists capabilities. */
  protocol: 3 | 4;
}

/** For each answer. */
const PATIENCE_MS = 1000;
const MAX_BODY_BYTES = 1024;
const MAX_CHALLENGE_BYTES = 64 * 1024;

const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/**
 * Asks whether a gateway listens at this IP address (not a wildcard), without any credential: it answers `/healthz` as
 * live and greets a WebSocket with `connect.challenge`, each within a second. Who says nothing is given up after one.
 * With TLS the certificate is not judged, as nothing secret is said.
 */
export async function probeGateway(address: string, port: number): Promise<GatewaySign | undefined> {
  const patience = startPatience();
  try {
    for (const secure of [false, true]) {
      const authority = `${inUrl(address)}:${port}`;
      const healthUrl = `${secure ? 'https' : 'http'}://${authority}/healthz`;
      if (!(await isLive(healthUrl, secure, patience))) continue;
      const url = `${secure ? 'wss' : 'ws'}://${authority}`;
      const protocol = await challengeProtocol(url, patience);
      return protocol === undefined ? undefined : { url, protocol };
    }
    return undefined;
  } finally {
    patience.stop();
  }
}

/**
 * The same without `/healthz`: whether a gateway's greeting is heard. Enough for who asks how to talk to a program, and
 * not for who wants to end it.
 */
export async function hearGreeting(address: string, port: number): Promise<GatewaySign | undefined> {
  const patience = startPatience();
  try {
    for (const scheme of ['ws', 'wss']) {
      const url = `${scheme}://${inUrl(address)}:${port}`;
      const protocol = await challengeProtocol(url, patience);
      if (protocol !== undefined) return { url, protocol };
    }
    return undefined;
  } finally {
    patience.stop();
  }
}

/** Aborts when nothing was heard for a while. */
interface Patience {
  signal: AbortSignal;
  heard(): void;
  stop(): void;
}

function startPatience(): Patience {
  const giveUp = new AbortController();
  let last: NodeJS.Immediate | undefined;
  // When this process itself was kept busy, the answer may be there and only has to be read.
  const timer = setTimeout(() => {
    last = setImmediate(() => giveUp.abort());
  }, PATIENCE_MS);
  const stop = (): void => {
    clearTimeout(timer);
    clearImmediate(last);
  };
  return {
    signal: giveUp.signal,
    heard: () => {
      clearImmediate(last);
      timer.refresh();
    },
    stop,
  };
}

function isLive(url: string, secure: boolean, { signal, heard }: Patience): Promise<boolean> {
  return new Promise((resolve) => {
    const onAnswer = (response: IncomingMessage): void => {
      heard();
      void readBody(response).then((body) => resolve(response.statusCode === 200 && saysLive(body)));
    };
    const request: ClientRequest = secure
      ? httpsGet(url, { agent: false, signal, rejectUnauthorized: false }, onAnswer)
      : httpGet(url, { agent: false, signal }, onAnswer);
    request.on('error', () => resolve(false));
    // An answer that would leave HTTP is told here only.
    request.on('upgrade', () => {
      request.destroy();
      resolve(false);
    });
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > MAX_BODY_BYTES) break;
    }
  } catch {
    // A body that was cut off is judged as it is.
  }
  response.destroy();
  return body;
}

const parseJson = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

const saysLive = (body: string): boolean => {
  const { ok, status } = parseJson(body);
  return ok === true && status === 'live';
};

function challengeProtocol(url: string, { signal, heard }: Patience): Promise<3 | 4 | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, {
      maxPayload: MAX_CHALLENGE_BYTES,
      perMessageDeflate: false,
      rejectUnauthorized: false,
    });
    const finish = (protocol: 3 | 4 | undefined): void => {
      signal.removeEventListener('abort', giveUp);
      socket.terminate();
      resolve(protocol);
    };
    const giveUp = (): void => finish(undefined);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    socket.on('open', heard);
    socket.on('message', (data) => finish(readChallenge(String(data))));
    socket.on('error', giveUp);
    socket.on('close', giveUp);
  });
}

function readChallenge(text: string): 3 | 4 | undefined {
  const { type, event, payload } = parseJson(text);
  const { nonce, capabilities } = (payload ?? {}) as Record<string, unknown>;
  if (type !== 'event' || event !== 'connect.challenge' || typeof nonce !== 'string') return undefined;
  return Array.isArray(capabilities) ? 4 : 3;
}
