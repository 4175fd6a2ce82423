import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { FakeClock } from '../testing/fake-clock.ts';
import { parseEndpoint } from './endpoint.ts';
import type { CloseInfo } from './gateway-failure.ts';
import { openTransport, type Transport } from './ws-transport.ts';

interface Line {
  transport: Transport;
  clock: FakeClock;
  told: string[];
  closed: Promise<CloseInfo>;
  /** Resolves when so much has been told. */
  heard(count: number): Promise<void>;
}

async function lineTo(url: string, signal = new AbortController().signal): Promise<Line> {
  const clock = new FakeClock();
  const transport = await openTransport(parseEndpoint(url), { clock }, signal);
  const told: string[] = [];
  let arrived = (): void => {};
  const tell = (text: string): void => {
    told.push(text);
    arrived();
  };
  const closed = new Promise<CloseInfo>((resolve) => {
    transport.attach({ text: tell, alive: () => tell('(alive)'), closed: resolve });
  });
  const heard = async (count: number): Promise<void> => {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  return { transport, clock, told, closed, heard };
}

/** The other end, written by others. */
async function wsServer(): Promise<{ url: string; peer: Promise<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const peer = once(server, 'connection').then(([socket]) => socket as WebSocket);
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, peer };
}

/** The other end, spoken by hand: `script` is given the socket and the head of the request. */
async function rawServer(script: (socket: Socket, head: string) => void): Promise<string> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.once('data', (bytes) => script(socket, bytes.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function acceptFor(head: string): string {
  const key = /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? '';
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

const answerTo = (head: string, more = ''): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(head)}\r\n${more}\r\n`;

const HELLO = '\x81\x05hello';

describe('with a server written by others', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 3_000_000])('texts of %i bytes go both ways', async (length) => {
    const { url, peer } = await wsServer();
    const line = await lineTo(url);
    const socket = await peer;
    socket.on('message', (data) => socket.send(data.toString()));
    const text = '0123456789'.repeat(Math.ceil(length / 10)).slice(0, length);
    expect(line.transport.send(text)).toBe(true);
    await line.heard(1);
    expect(line.told[0] === text).toBe(true);
  });

  it('what is sent in one go arrives in its order', async () => {
    const { url, peer } = await wsServer();
    const line = await lineTo(url);
    const socket = await peer;
    socket.on('message', (data) => socket.send(`${data}!`));
    for (const text of ['a', 'ü', '', '漢']) line.transport.send(text);
    await line.heard(4);
    expect(line.told).toEqual(['a!', 'ü!', '!', '漢!']);
  });

  it('fragments are one text, and bytes and signs of life are told as such', async () => {
    const { url, peer } = await wsServer();
    const line = await lineTo(url);
    const socket = await peer;
    socket.send('in ', { fin: false });
    socket.ping('there?');
    socket.send('pieces', { fin: true });
    socket.send(Buffer.from('bytes'));
    socket.pong();
    const [payload] = await once(socket, 'pong');
    expect(String(payload)).toBe('there?');
    await line.heard(4);
    expect(line.told).toEqual(['(alive)', 'in pieces', '(alive)', '(alive)']);
  });

  it('either side may close, and the other one learns why', async () => {
    const first = await wsServer();
    const one = await lineTo(first.url);
    (await first.peer).close(4321, 'enough');
    expect(await one.closed).toEqual({ code: 4321, reason: 'enough' });
    expect(one.transport.send('late')).toBe(false);
    expect(one.clock.waiting).toBe(0);

    const second = await wsServer();
    const other = await lineTo(second.url);
    const gone = once(await second.peer, 'close');
    other.transport.close(4000, 'tick timeout');
    expect((await gone).map(String)).toEqual(['4000', 'tick timeout']);
    expect((await other.closed).code).toBe(4000);
    expect(other.clock.waiting).toBe(0);
  });

  it('a close without a code is answered', async () => {
    const { url, peer } = await wsServer();
    const line = await lineTo(url);
    const socket = await peer;
    const gone = once(socket, 'close');
    socket.close();
    expect((await line.closed).code).toBe(1005);
    expect((await gone)[0]).toBe(1005);
  });
});

describe('the upgrade', () => {
  it('is understood when it comes byte by byte behind an interim answer, with the first text behind it', async () => {
    const url = await rawServer((socket, head) => {
      const all = `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${answerTo(head, 'X-Other: 1\r\nx-other:2 \r\n')}${HELLO}`;
      socket.setNoDelay(true);
      for (const byte of Buffer.from(all, 'latin1')) socket.write(Buffer.of(byte));
    });
    const line = await lineTo(url);
    await line.heard(1);
    expect(line.told).toEqual(['hello']);
  });

  it.each([
    [
      'another accept key',
      () => answerTo('Sec-WebSocket-Key: other'),
      'another upgrade than the one asked for',
    ],
    [
      'no accept key',
      (head: string) => answerTo(head).replace(/Sec-.*\r\n/, ''),
      'another upgrade than the one asked for',
    ],
    [
      'another protocol',
      (head: string) => answerTo(head).replace('websocket', 'h2c'),
      'another upgrade than the one asked for',
    ],
    [
      'no connection header',
      (head: string) => answerTo(head).replace('Connection: Upgrade\r\n', ''),
      'another upgrade than the one asked for',
    ],
    [
      'an extension nobody offered',
      (head: string) => answerTo(head, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
      'another upgrade than the one asked for',
    ],
    [
      'a subprotocol nobody offered',
      (head: string) => answerTo(head, 'Sec-WebSocket-Protocol: chat\r\n'),
      'another upgrade than the one asked for',
    ],
    ['a folded header', (head: string) => answerTo(head, ' folded\r\n'), 'malformed HTTP headers'],
    ['a header without a name', (head: string) => answerTo(head, ': x\r\n'), 'malformed HTTP headers'],
    ['no end of headers', () => `HTTP/1.1 101 x\r\n${'a: b\r\n'.repeat(4_000)}`, 'endless HTTP headers'],
    [
      'no end of interim answers',
      () => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2_000),
      'endless HTTP headers',
    ],
    ['a status that is none', () => 'HTTP/1.1 abc\r\n\r\n', 'no answer in HTTP'],
    ['the banner of another service', () => 'SSH-2.0-OpenSSH_9\r\n', 'no answer in HTTP'],
    ['an alert of TLS', () => '\x15\x03\x01\x00\x02\x02\x0a', 'no answer in HTTP'],
    ['404', () => 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'HTTP 404'],
    ['half an answer', (head: string) => answerTo(head).slice(0, 40), 'socket hang up'],
    ['nothing', () => '', 'socket hang up'],
  ])('with %s is refused', async (_, answer, reason) => {
    const url = await rawServer((socket, head) => {
      const bytes = Buffer.from(answer(head), 'latin1');
      if (reason === 'socket hang up') socket.end(bytes);
      else socket.write(bytes);
    });
    await expect(lineTo(url)).rejects.toMatchObject({ code: 'GATEWAY_TRANSPORT', details: { reason } });
  });

  it('ends with the reason of its signal, and leaves no socket', async () => {
    const abort = new AbortController();
    let gone: Promise<unknown> | undefined;
    const url = await rawServer((socket) => {
      gone = once(socket, 'close');
      abort.abort('enough');
    });
    await expect(lineTo(url, abort.signal)).rejects.toBe('enough');
    await gone;
  });
});

describe('a server that does not keep to the protocol', () => {
  /** What it sends behind the upgrade, and the code that it is told. */
  async function told(bytes: Buffer | string): Promise<{ info: CloseInfo; code: number }> {
    let code: Promise<number> | undefined;
    const url = await rawServer((socket, head) => {
      socket.write(answerTo(head));
      socket.write(Buffer.from(bytes as string, 'latin1'));
      code = once(socket, 'data').then(([frame]: Buffer[]) => {
        const payload = frame?.subarray(6).map((byte, at) => byte ^ (frame[2 + at] ?? 0));
        return Buffer.from(payload ?? []).readUInt16BE();
      });
    });
    const line = await lineTo(url);
    return { info: await line.closed, code: (await code) ?? 0 };
  }

  it.each([
    ['a masked frame', '\x81\x81\x00\x00\x00\x00x', 1002, 'a frame of a server is masked'],
    ['a text that is not UTF-8', '\x81\x01\xff', 1007, 'a text is not UTF-8'],
    [
      'more than is taken',
      '\x81\x7f\x00\x00\x00\x00\x01\x90\x00\x01',
      1009,
      'a message has more than 26214400 bytes',
    ],
  ])('is told so and left: %s', async (_, bytes, code, reason) => {
    expect(await told(bytes)).toEqual({ info: { code: 1006, reason }, code });
  });

  it('is cut off when it closes and stays', async () => {
    const url = await rawServer((socket, head) => {
      socket.allowHalfOpen = true;
      socket.write(answerTo(head));
      socket.write(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
      socket.once('data', () => socket.pause());
    });
    const line = await lineTo(url);
    while (line.clock.waiting === 0) await new Promise(setImmediate);
    line.clock.advance(1_000);
    expect(await line.closed).toEqual({ code: 1000, reason: '' });
  });

  it('gets no end of answers to its pings when it reads none of them', async () => {
    const pings = Buffer.alloc(127 * 10_000);
    for (let at = 0; at < pings.length; at += 127) pings.set([0x89, 125], at);
    const url = await rawServer((socket, head) => {
      socket.pause();
      socket.write(answerTo(head));
      for (let count = 0; count < 10; count += 1) socket.write(pings);
      socket.write(Buffer.from(HELLO, 'latin1'));
    });
    const line = await lineTo(url);
    await line.heard(100_001);
    expect(line.told.at(-1)).toBe('hello');
    expect(line.transport.bufferedBytes).toBeLessThan(100_000);
  });
});
