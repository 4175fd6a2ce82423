import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../protocol/frames.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import { join, operator, TOKEN } from './testing/server-fixtures.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** Sends text as it is and resolves with the response that the next good request comes after. */
async function answerTo(peer: TestPeer, text: string | Buffer): Promise<unknown> {
  const seen = peer.frames.length;
  peer.socket.send(text);
  const marker = await peer.requestRaw('health');
  return peer.frames.slice(seen).find((frame) => frame.type === 'res' && frame.id !== marker.id);
}

const invalid = (id: unknown, words: string) => ({
  type: 'res',
  id,
  ok: false,
  error: { code: 'INVALID_REQUEST', message: `invalid request frame: ${words}` },
});

describe('a malformed request frame', () => {
  const rows: [string, unknown, unknown, string][] = [
    ['a numeric id', { type: 'req', id: 7, method: 'health' }, 7, 'at /id: must be string'],
    ['no id', { type: 'req', method: 'health' }, 'invalid', "must have required property 'id'"],
    ['a null id', { type: 'req', id: null, method: 'health' }, 'invalid', 'at /id: must be string'],
    ['no method', { type: 'req', id: 'a' }, 'a', "must have required property 'method'"],
    ['a method that is no text', { type: 'req', id: 'a', method: {} }, 'a', 'at /method: must be string'],
    [
      'a key of no meaning',
      { type: 'req', id: 'a', method: 'health', x: 1 },
      'a',
      "at root: unexpected property 'x'",
    ],
    [
      'another type',
      { type: 'event', id: 'a', method: 'health' },
      'a',
      'at /type: must be equal to constant',
    ],
    ['no type', { id: 'a', method: 'health' }, 'a', "must have required property 'type'"],
    [
      'nothing in it',
      {},
      'invalid',
      "must have required property 'type'; must have required property 'id'; must have required property 'method'",
    ],
    ['the shape of a list', [], 'invalid', 'at root: must be object'],
    ['the shape of a number', 7, 'invalid', 'at root: must be object'],
    ['the shape of null', null, 'invalid', 'at root: must be object'],
  ];
  for (const [name, frame, id, words] of rows) {
    it(`with ${name} is answered under ${JSON.stringify(id)} and the socket lives on`, async () => {
      const peer = await operator(gateway.url);
      expect(await answerTo(peer, JSON.stringify(frame))).toEqual(invalid(id, words));
      await peer.close();
    });
  }

  it('with an empty id or method is answered in the words of each era', async () => {
    const v4 = await operator(gateway.url);
    const v3 = await operator(gateway.url, [], 3);
    const empty = JSON.stringify({ type: 'req', id: '', method: '' });
    const words = (not: string) =>
      ['/id', '/method'].map((at) => `at ${at}: must ${not} have fewer than 1 characters`).join('; ');
    expect(await answerTo(v4, empty)).toEqual(invalid('invalid', words('not')));
    expect(await answerTo(v3, empty)).toEqual(invalid('invalid', words('NOT')));
    await Promise.all([v4.close(), v3.close()]);
  });
});

describe('a frame', () => {
  it('that is no JSON is passed over in silence', async () => {
    const peer = await operator(gateway.url);
    for (const text of [
      '',
      ' ',
      '{',
      '{"type":"req"',
      'nonsense',
      '\u0000',
      "{'type':'req'}",
      '[1,]',
      '\uFEFF{}',
    ]) {
      expect(await answerTo(peer, text), text).toBeUndefined();
    }
    await peer.close();
  });

  it('in binary is read as the text it holds', async () => {
    const peer = await operator(gateway.url);
    const request = Buffer.from(JSON.stringify({ type: 'req', id: 'bin', method: 'health' }));
    expect(await answerTo(peer, request)).toMatchObject({ id: 'bin', ok: true });
    expect(await answerTo(peer, Buffer.from([0xff, 0xfe, 0x00]))).toBeUndefined();
    await peer.close();
  });

  it('in many parts is read as one', async () => {
    const peer = await operator(gateway.url);
    const text = JSON.stringify({ type: 'req', id: 'parts', method: 'health' });
    peer.socket.send(text.slice(0, 10), { fin: false });
    peer.socket.send(text.slice(10, 20), { fin: false });
    peer.socket.send(text.slice(20), { fin: true });
    expect(await peer.waitFor((frame) => frame.id === 'parts')).toMatchObject({ ok: true });
    await peer.close();
  });

  it('that a stranger dribbles in tiny parts ends the socket at the seventeenth', async () => {
    const peer = await TestPeer.open(gateway.url);
    for (let part = 0; part < 17; part += 1) peer.socket.send('a', { fin: false });
    expect(await peer.closed).toEqual({ code: 1008, reason: '' });
  });

  it('that a known client sends in thousands of parts is read as one', async () => {
    const peer = await operator(gateway.url);
    const parts = [...JSON.stringify({ type: 'req', id: 'parts', method: 'health' }).padEnd(10_000)];
    for (const part of parts) peer.socket.send(part, { fin: false });
    peer.socket.send(' ', { fin: true });
    expect(await peer.waitFor((frame) => frame.id === 'parts')).toMatchObject({ ok: true });
    await peer.close();
  });

  it('that a stranger piles up while a guess is punished ends the socket once 64 KiB wait', async () => {
    const peer = await TestPeer.open(gateway.url);
    const params = peer.connectParams({ auth: { token: 'wrong' } });
    peer.socket.send(JSON.stringify({ type: 'req', id: 'c', method: 'connect', params }));
    for (let frame = 0; frame < 3; frame += 1) peer.socket.send('a'.repeat(LIMITS.preAuthFrameBytes / 2));
    expect(await peer.closed).toEqual({ code: 1008, reason: 'too many pending handshake frames' });
  });

  it('may be as long as 25 MiB after connect, and closes the socket with 1009 beyond', async () => {
    const peer = await operator(gateway.url);
    const frame = JSON.stringify({ type: 'req', id: 'long', method: 'health' });
    peer.socket.send(frame.padEnd(LIMITS.frameBytes));
    expect(await peer.waitFor(({ id }) => id === 'long')).toMatchObject({ ok: true });
    peer.socket.send(frame.padEnd(LIMITS.frameBytes + 1));
    expect(await peer.closed).toEqual({ code: 1009, reason: '' });
  });

  it('as deep as it may be long harms nobody', async () => {
    const peer = await operator(gateway.url);
    const deep = (depth: number, method: string) =>
      `{"type":"req","id":"deep","method":"${method}","params":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    for (const method of ['health', 'status', 'config.patch', 'system-event', 'nope']) {
      peer.frames.splice(1);
      peer.socket.send(deep(1_000_000, method));
      const answer = await peer.waitFor(({ id }) => id === 'deep');
      expect(answer.type).toBe('res');
      expect(JSON.stringify(answer)).not.toContain('INTERNAL');
    }
    const nested = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    peer.frames.splice(1);
    peer.socket.send(
      `{"type":"req","id":"deep","method":"system-event","params":{"text":"x","y":${nested}}}`,
    );
    expect(await peer.waitFor(({ id }) => id === 'deep')).toMatchObject({ ok: true });
    await expect(peer.request('config.patch', { raw: '['.repeat(500_000) })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await expect(peer.request('health')).resolves.toMatchObject({ ok: true });
    await peer.close();
  });

  it('with the names of object members for keys pollutes nothing', async () => {
    const peer = await operator(gateway.url);
    const poison = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}';
    const frames = [
      `${poison},"type":"req","id":"p","method":"health"}`,
      `{"type":"req","id":"p","method":"health","params":${poison}}}`,
      `{"type":"req","id":"p","method":"system-event","params":${poison},"text":"x"}}`,
      `{"type":"req","id":"p","method":"device.pair.remove","params":{"__proto__":{"deviceId":"x"}}}`,
      `{"type":"req","id":"p","method":"device.pair.remove","params":{"deviceId":"__proto__"}}`,
      `{"type":"req","id":"p","method":"device.token.rotate","params":{"deviceId":"__proto__","role":"constructor"}}`,
      `{"type":"req","id":"p","method":"agent.identity.get","params":{"agentId":"__proto__"}}`,
      `{"type":"req","id":"p","method":"config.schema.lookup","params":{"path":"__proto__"}}`,
      `{"type":"req","id":"p","method":"config.schema.lookup","params":{"path":"gateway.constructor"}}`,
    ];
    for (const text of frames) {
      peer.frames.splice(1);
      peer.socket.send(text);
      const answer = await peer.waitFor(({ id }) => id === 'p');
      expect(JSON.stringify(answer), text).not.toContain('INTERNAL');
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    await expect(peer.request('device.pair.remove', { deviceId: '__proto__' })).rejects.toMatchObject({
      message: 'unknown deviceId',
    });
    await peer.close();
  });
});

describe('requests', () => {
  it('with the same id are each answered', async () => {
    const peer = await operator(gateway.url);
    const frame = JSON.stringify({ type: 'req', id: 'twin', method: 'health' });
    peer.socket.send(frame);
    peer.socket.send(frame);
    await peer.requestRaw('health');
    expect(peer.frames.filter(({ id }) => id === 'twin')).toHaveLength(2);
    await peer.close();
  });

  it('carry tracing and profile ids of v4, within their lengths', async () => {
    const peer = await operator(gateway.url);
    const request = { type: 'req', id: 'traced', method: 'health' };
    const good = { ...request, traceparent: 'x'.repeat(128), expectedProfileId: 'y'.repeat(128) };
    expect(await answerTo(peer, JSON.stringify(good))).toMatchObject({ id: 'traced', ok: true });
    expect(await answerTo(peer, JSON.stringify({ ...request, traceparent: 'x'.repeat(129) }))).toEqual(
      invalid('traced', 'at /traceparent: must not have more than 128 characters'),
    );
    expect(await answerTo(peer, JSON.stringify({ ...request, expectedProfileId: '' }))).toEqual(
      invalid('traced', 'at /expectedProfileId: must not have fewer than 1 characters'),
    );
    await peer.close();
  });

  it('with params of the wrong shape are told what is wrong, in the words of each era', async () => {
    const v4 = await operator(gateway.url);
    const { peer: v3 } = await join(gateway.url, { auth: TOKEN, device: testDevice(), protocol: 3 });
    const rows: [string, unknown, string][] = [
      ['logs.tail', { limit: 0 }, 'at /limit: must be >= 1'],
      ['logs.tail', { limit: 5001 }, 'at /limit: must be <= 5000'],
      ['logs.tail', { cursor: 1.5 }, 'at /cursor: must be integer'],
      ['config.get', { x: 1 }, "at root: unexpected property 'x'"],
      ['config.get', [], 'at root: must be object'],
      ['config.patch', {}, "must have required property 'raw'"],
      ['config.schema.lookup', {}, "must have required property 'path'"],
      ['device.pair.approve', { requestId: 7 }, 'at /requestId: must be string'],
      [
        'device.token.rotate',
        { role: 7 },
        "must have required property 'deviceId'; at /role: must be string",
      ],
    ];
    for (const [method, params, words] of rows) {
      for (const peer of [v4, v3]) {
        await expect(peer.request(method, params), JSON.stringify(params)).rejects.toEqual({
          code: 'INVALID_REQUEST',
          message: `invalid ${method} params: ${words}`,
        });
      }
    }
    await Promise.all([v4.close(), v3.close()]);
  });

  it('that are never answered because the client left harm nobody', async () => {
    for (let n = 0; n < 20; n += 1) {
      const peer = await operator(gateway.url);
      for (const method of ['config.get', 'logs.tail', 'status'])
        peer.socket.send(JSON.stringify({ type: 'req', id: method, method }));
      peer.socket.terminate();
    }
    const peer = await operator(gateway.url);
    await expect(peer.request('health')).resolves.toMatchObject({ ok: true });
    await expect.poll(() => gateway.gateway.connections()).toBe(1);
    await peer.close();
  });
});

describe('a socket that breaks the WebSocket protocol', () => {
  it('is closed, and the gateway lives on', async () => {
    const codes: number[] = [];
    for (const bytes of [
      Buffer.from([0x81, 0x01, 0x41]),
      Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
      Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
      Buffer.from([0x88, 0x81, 0, 0, 0, 0, 0x01]),
      Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
    ]) {
      const peer = await TestPeer.open(gateway.url);
      const { _socket: raw } = peer.socket as unknown as { _socket: { write(data: Buffer): void } };
      raw.write(bytes);
      codes.push((await peer.closed).code);
    }
    expect(codes).toEqual([1002, 1002, 1002, 1002, 1007]);
    const peer = await operator(gateway.url);
    await peer.close();
  });
});
