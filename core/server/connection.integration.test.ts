import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../protocol/frames.ts';
import { Connection } from './connection.ts';
import { raiseFrameLimits, STRANGER_LIMITS } from './socket-limits.ts';
import { textFrame } from './text-frame.ts';

const MIB = 1024 * 1024;

const text = (said: string): Buffer => textFrame(Buffer.from(said));
const blank = (bytes: number): Buffer => textFrame(Buffer.alloc(bytes, 32));

let server: Server;
let client: WebSocket;
let socket: WebSocket;
let connection: Connection;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ server, ...STRANGER_LIMITS });
  const arrived = new Promise<void>((resolve) => {
    sockets.once('connection', (opened, request) => {
      socket = opened;
      connection = new Connection('one', opened, request.socket);
      resolve();
    });
  });
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all([arrived, once(client, 'open')]);
});

afterEach(() => {
  client.terminate();
  socket.terminate();
  server.close();
});

const closing = async (): Promise<{ code: number; reason: string }> => {
  const [code, reason] = await once(client, 'close');
  return { code, reason: String(reason) };
};

describe('a connection', () => {
  it('with more than 50 MiB waiting is closed with 1008, once its client has read that far', async () => {
    client.pause();
    const bulk = blank(10 * MIB);
    for (let sent = 0; sent < 7; sent += 1) connection.write(bulk);
    expect(connection.open).toBe(false);
    expect(socket.bufferedAmount).toBeGreaterThan(LIMITS.bufferedBytes);
    expect(socket.bufferedAmount).toBeLessThan(LIMITS.bufferedBytes + 20 * MIB);
    const closed = closing();
    client.resume();
    expect(await closed).toEqual({ code: 1008, reason: 'slow consumer' });
  });

  it('is behind while a few MiB wait, and not when they are gone', async () => {
    expect(connection.behind).toBe(false);
    client.pause();
    connection.write(blank(12 * MIB));
    expect(connection.behind).toBe(true);
    client.resume();
    await once(client, 'message');
    await expect.poll(() => connection.behind).toBe(false);
  });

  it('cuts a long reason at 123 bytes, between two characters', async () => {
    const closed = closing();
    connection.close(1008, `${'x'.repeat(122)}äöü`);
    expect(await closed).toEqual({ code: 1008, reason: 'x'.repeat(122) });
  });

  it('that is dismissed hears nothing more, but says what it was about to say', async () => {
    const said = once(client, 'message');
    const closed = closing();
    connection.dismiss(4001, 'device removed');
    expect(connection.listening).toBe(false);
    connection.send({ type: 'res', id: 'r1', ok: true });
    expect(String((await said)[0])).toBe('{"type":"res","id":"r1","ok":true}');
    expect(await closed).toEqual({ code: 4001, reason: 'device removed' });
  });

  it('sends in the order of its calls, also when answers of one turn leave together', async () => {
    const heard: string[] = [];
    client.on('message', (data) => heard.push(String(data)));
    connection.send({ type: 'res', id: 'a', ok: true });
    connection.write(text('"event"'));
    connection.send({ type: 'res', id: 'b', ok: true });
    connection.close(1000);
    await once(client, 'close');
    expect(heard).toEqual([
      '{"type":"res","id":"a","ok":true}',
      '"event"',
      '{"type":"res","id":"b","ok":true}',
    ]);
  });

  it.each([0, 1, 125, 126, 65_535, 65_536, 3 * MIB])(
    'sends a text of %i bytes that its client reads as it was, cut wherever',
    async (bytes) => {
      const said = 'é'.repeat(bytes >> 1) + '.'.repeat(bytes % 2);
      for (const cut of [0, 1, 7].map((end) => Math.max(0, said.length - end))) {
        const heard = once(client, 'message');
        connection.write(textFrame(Buffer.from(said.slice(0, cut)), said.slice(cut)));
        const [data, isBinary] = await heard;
        expect(isBinary).toBe(false);
        expect(String(data) === said).toBe(true);
      }
    },
  );

  it('sends frames between those that its library sends', async () => {
    const heard: string[] = [];
    client.on('ping', () => heard.push('ping')).on('message', (data) => heard.push(String(data)));
    connection.write(text('a'));
    connection.checkLiveness();
    connection.write(text('b'));
    connection.close(1000);
    await once(client, 'close');
    expect(heard).toEqual(['a', 'ping', 'b']);
  });

  it('can be closed and written to again and again without harm', async () => {
    const closed = closing();
    connection.close(1000, 'first');
    connection.close(1008, 'second');
    connection.write(text('late'));
    connection.terminate();
    connection.write(text('later'));
    connection.checkLiveness();
    expect((await closed).code).toBeGreaterThan(999);
  });

  it('aborts its signal when it has gone, also for those who ask later', () => {
    const { signal } = connection;
    expect(signal.aborted).toBe(false);
    connection.left();
    expect(signal.aborted).toBe(true);
    expect(connection.signal.aborted).toBe(true);
  });
});

describe('the limits of frames', () => {
  const big = 'x'.repeat(LIMITS.preAuthFrameBytes + 1);

  it('of the installed ws are small for a stranger', async () => {
    const closed = closing();
    socket.on('error', () => {});
    client.send(big);
    expect(await closed).toEqual({ code: 1009, reason: '' });
  });

  it('of the installed ws can be raised for one socket, in bytes and in parts', async () => {
    raiseFrameLimits(socket);
    client.send(big, { fin: false });
    for (let part = 0; part < 1_000; part += 1) client.send('x', { fin: false });
    client.send('x', { fin: true });
    expect(String((await once(socket, 'message'))[0])).toHaveLength(big.length + 1_001);
  });

  it('of a ws that keeps them elsewhere are an error, not a silent loss', () => {
    for (const other of [{}, { _receiver: null }, { _receiver: {} }, { _receiver: { _maxPayload: 1 } }]) {
      expect(() => raiseFrameLimits(other as never)).toThrow('keeps its frame limits elsewhere');
    }
  });
});
