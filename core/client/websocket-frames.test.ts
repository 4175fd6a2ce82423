import { describe, expect, it } from 'vitest';
import { closeFrame, FrameError, FrameReader, pongFrame, textFrame } from './websocket-frames.ts';

const MOST = 1_000;
const mask = Buffer.from([1, 2, 3, 4]);

/** A reader, and what it has told. */
function reader(maxBytes = MOST): { push(...bytes: (Buffer | number[])[]): void; told: unknown[] } {
  const told: unknown[] = [];
  const frames = new FrameReader(
    {
      text: (text) => told.push(text),
      binary: () => told.push('binary'),
      ping: (payload) => told.push(`ping ${payload}`),
      pong: () => told.push('pong'),
      close: (info) => told.push(info),
    },
    maxBytes,
  );
  return { told, push: (...bytes) => bytes.forEach((some) => void frames.push(Buffer.from(some))) };
}

/** A frame as servers send it. `first` holds the final bit and the opcode. */
function frame(first: number, payload: string | Buffer = '', sizeBytes?: 2 | 8): Buffer {
  const bytes = Buffer.from(payload);
  const size = Buffer.alloc(sizeBytes ?? (bytes.length < 126 ? 0 : 2));
  if (size.length === 2) size.writeUInt16BE(bytes.length);
  if (size.length === 8) size.writeBigUInt64BE(BigInt(bytes.length));
  const length = size.length === 0 ? bytes.length : size.length === 2 ? 126 : 127;
  return Buffer.concat([Buffer.from([first, length]), size, bytes]);
}

const text = (payload: string): Buffer => frame(0x81, payload);

function faultOf(...bytes: (Buffer | number[])[]): [number, string] | undefined {
  try {
    reader().push(...bytes);
    return undefined;
  } catch (error) {
    const { closeCode, message } = error as FrameError;
    expect(error).toBeInstanceOf(FrameError);
    return [closeCode, message];
  }
}

describe('what a server sends', () => {
  it('is told in its order, however it is cut into pieces', () => {
    const all = Buffer.concat([
      text('one'),
      text(''),
      frame(0x82, 'bytes'),
      frame(0x89, 'there?'),
      frame(0x8a),
      text('ü'.repeat(300)),
      frame(0x81, 'eight bytes of length', 8),
      frame(0x81, 'two bytes of length', 2),
      frame(0x88, Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from('bye')])),
    ]);
    const expected = [
      'one',
      '',
      'binary',
      'ping there?',
      'pong',
      'ü'.repeat(300),
      'eight bytes of length',
      'two bytes of length',
      { code: 1000, reason: 'bye' },
    ];
    for (const step of [1, 2, 3, 7, 64, all.length]) {
      const { push, told } = reader();
      for (let at = 0; at < all.length; at += step) push(all.subarray(at, at + step));
      expect(told).toEqual(expected);
    }
  });

  it('may be a message in fragments, with control frames in between', () => {
    const { push, told } = reader();
    const [head, tail] = [Buffer.from('für alle').subarray(0, 2), Buffer.from('für alle').subarray(2)];
    push(frame(0x01, head), frame(0x89, 'p'), frame(0x00), frame(0x00, tail), frame(0x80), text('next'));
    push(frame(0x02, 'a'), frame(0x80, 'b'));
    expect(told).toEqual(['ping p', 'für alle', 'next', 'binary']);
  });

  it('may be a message in very many fragments', () => {
    const { push, told } = reader(50_000);
    push(frame(0x01, 'x'), ...Array.from({ length: 49_998 }, () => frame(0x00, 'x')), frame(0x80, 'x'));
    expect(told).toEqual(['x'.repeat(50_000)]);
  });

  it('is taken up to the limit', () => {
    const { push, told } = reader();
    push(text('x'.repeat(MOST)), frame(0x01, 'x'.repeat(MOST - 1)), frame(0x80, 'x'));
    expect(told).toHaveLength(2);
  });

  it('is not looked at behind a close frame', () => {
    const { push, told } = reader();
    push(Buffer.concat([frame(0x88), text('late')]), [0xff, 0xff, 0xff], text('later'));
    expect(told).toEqual([{ code: 1005, reason: '' }]);
  });
});

describe('refused is', () => {
  it.each([
    ['a reserved bit', [frame(0xc1, 'x')], 1002, 'a reserved bit is set'],
    ['a mask', [[0x81, 0x81]], 1002, 'a frame of a server is masked'],
    ['an unknown kind of message', [frame(0x83)], 1002, 'there is no opcode 3'],
    ['an unknown control frame', [frame(0x8b)], 1002, 'there is no opcode 11'],
    ['a control frame in fragments', [frame(0x09)], 1002, 'a control frame is fragmented'],
    ['a long control frame', [[0x89, 126, 0, 126]], 1002, 'a control frame is too long'],
    ['a fragment of nothing', [frame(0x80, 'x')], 1002, 'the fragments of a message are out of order'],
    [
      'a message inside another',
      [frame(0x01, 'x'), text('y')],
      1002,
      'the fragments of a message are out of order',
    ],
    ['a text that is not UTF-8', [frame(0x81, Buffer.from([0xc3, 0x28]))], 1007, 'a text is not UTF-8'],
    ['a text cut within a letter', [frame(0x81, Buffer.from([0xc3]))], 1007, 'a text is not UTF-8'],
    ['a surrogate', [frame(0x81, Buffer.from([0xed, 0xa0, 0x80]))], 1007, 'a text is not UTF-8'],
    ['a close frame of one byte', [frame(0x88, 'x')], 1002, 'a close frame has no code that may be sent'],
    [
      'a close reason that is not UTF-8',
      [frame(0x88, Buffer.from([0x03, 0xe8, 0xff]))],
      1007,
      'a text is not UTF-8',
    ],
  ])('%s', (_, bytes, code, message) => {
    expect(faultOf(...bytes)).toEqual([code, message]);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535])('the close code %i', (code) => {
    expect(faultOf(frame(0x88, Buffer.from([code >> 8, code & 0xff])))?.[0]).toBe(1002);
  });

  it.each([1000, 1001, 1008, 1012, 1014, 3000, 4999])('not the close code %i', (code) => {
    expect(faultOf(frame(0x88, Buffer.from([code >> 8, code & 0xff])))).toBeUndefined();
  });

  it.each([
    ['of 16 bits', [0x81, 126, 0x03, 0xe9]],
    ['of 64 bits', [0x82, 127, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
    ['beyond all numbers', [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('a length %s that is too much, before anything of it has come', (_, head) => {
    expect(faultOf(head)).toEqual([1009, 'a message has more than 1000 bytes']);
  });

  it('a message that grows too large by its fragments', () => {
    expect(faultOf(frame(0x01, 'x'.repeat(600)), frame(0x00, 'x'.repeat(400)))).toBeUndefined();
    expect(faultOf(frame(0x01, 'x'.repeat(600)), frame(0x00, 'x'.repeat(401)))?.[0]).toBe(1009);
  });
});

describe('what a client sends', () => {
  const unmasked = (bytes: Buffer, start: number): Buffer =>
    Buffer.from(bytes.subarray(start).map((byte, at) => byte ^ (mask[at & 3] ?? 0)));

  it.each([
    [0, [0x81, 0x80]],
    [125, [0x81, 0xfd]],
    [126, [0x81, 0xfe, 0, 126]],
    [65_535, [0x81, 0xfe, 0xff, 0xff]],
    [65_536, [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('is masked, with %i bytes of payload', (length, head) => {
    const payload = 'x'.repeat(length);
    const bytes = textFrame(payload, mask);
    expect([...bytes.subarray(0, head.length + 4)]).toEqual([...head, ...mask]);
    expect(unmasked(bytes, head.length + 4).toString()).toBe(payload);
  });

  it('answers a ping with its payload, and a close with its code', () => {
    expect(unmasked(pongFrame(Buffer.from('p'), mask), 6).toString()).toBe('p');
    expect([...unmasked(closeFrame({ code: 4000, reason: 'ü' }, mask), 6)]).toEqual([0x0f, 0xa0, 0xc3, 0xbc]);
    expect([...closeFrame({ code: 1005, reason: '' }, mask)]).toEqual([0x88, 0x80, ...mask]);
  });
});
