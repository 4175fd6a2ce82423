import type { Socket } from 'node:net';
import { sha1 } from '../lib/sha1.ts';
import type { Endpoint } from './endpoint.ts';

/** Bytes; as many as Node takes. */
const MOST_IN_HEAD = 16_384;
const END_OF_HEAD = '\r\n\r\n';
/** Source: RFC 6455, section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Any answer but the one to go on with. */
export class HttpAnswer extends Error {
  /** As the server wishes to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, headers }: Head) {
    super(`HTTP ${status}`);
    const seconds = headers.get('retry-after') ?? '';
    this.retryAfterMs = /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
  }
}

interface Head {
  status: number;
  /** By their names in lower case. */
  headers: ReadonlyMap<string, string>;
  /** Where what follows begins. */
  end: number;
}

/** The request to speak WebSocket from now on. `key` is 16 random bytes in base64. */
export function upgradeRequest({ url }: Endpoint, key: string): string {
  const { host, pathname } = new URL(url);
  const lines = [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ];
  return `${lines.join('\r\n')}${END_OF_HEAD}`;
}

/**
 * Asks for the upgrade, and resolves with what the server has sent behind its answer; the socket is paused then.
 * Rejects with HttpAnswer, or an Error that says why it was no such answer; the socket is not touched then.
 */
export function upgrade(socket: Socket, endpoint: Endpoint, key: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const leave = (): void => {
      socket.off('data', hear).off('error', fail).off('close', hungUp);
    };
    const fail = (error: Error): void => {
      leave();
      reject(error);
    };
    const hungUp = (): void => fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    const hear = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      try {
        const rest = restBehindAnswer(seen, key);
        if (rest === undefined) return;
        socket.pause();
        leave();
        resolve(rest);
      } catch (error) {
        fail(error as Error);
      }
    };
    socket.on('data', hear).on('error', fail).on('close', hungUp);
    socket.write(upgradeRequest(endpoint, key));
  });
}

/** Undefined while the answer is not complete. */
function restBehindAnswer(seen: Buffer, key: string): Buffer | undefined {
  let head = headAt(seen, 0);
  while (head && isInterim(head)) head = headAt(seen, head.end);
  if (!head) return undefined;
  if (head.status !== 101) throw new HttpAnswer(head);
  checkAgreement(head, key);
  return seen.subarray(head.end);
}

/** Undefined while it is not complete. Those before it count for what it may have. */
function headAt(seen: Buffer, start: number): Head | undefined {
  const found = seen.indexOf(END_OF_HEAD, start);
  const known = found === -1 ? seen.length : found;
  if (!'HTTP/1.'.startsWith(seen.toString('latin1', start, Math.min(start + 7, known)))) throw noHttp();
  if (known > MOST_IN_HEAD) throw new Error('endless HTTP headers');
  if (found === -1) return undefined;
  return headOf(seen.toString('latin1', start, found), found + END_OF_HEAD.length);
}

const noHttp = (): Error => new Error('no answer in HTTP');

/** The real answer follows. */
const isInterim = ({ status }: Head): boolean => status >= 100 && status < 200 && status !== 101;

function headOf(text: string, end: number): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw noHttp();
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new Error('malformed HTTP headers');
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), headers, end };
}

/** Source: RFC 6455, section 4.1. Nothing was offered, so nothing may be chosen. */
function checkAgreement({ headers }: Head, key: string): void {
  const words = (name: string): string[] => (headers.get(name) ?? '').toLowerCase().split(/[ \t]*,[ \t]*/);
  const isAgreed =
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    words('connection').includes('upgrade') &&
    headers.get('sec-websocket-accept') === acceptOf(key) &&
    !headers.has('sec-websocket-extensions') &&
    !headers.has('sec-websocket-protocol');
  if (!isAgreed) throw new Error('another upgrade than the one asked for');
}

const acceptOf = (key: string): string => sha1(key + ACCEPT_GUID).toString('base64');
