import { isUtf8 } from 'node:buffer';
import type { CloseInfo } from './gateway-failure.ts';

/** Source: RFC 6455, section 5.2. */
const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

const FINAL = 0x80;
const RESERVED = 0x70;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_IS_16_BITS = 126;
const LENGTH_IS_64_BITS = 127;
const MOST_IN_CONTROL = 125;

/** Source: RFC 6455, section 7.4.1. */
const NO_CODE = 1005;
const BROKEN_PROTOCOL = 1002;
const NO_UTF8 = 1007;
const TOO_BIG = 1009;

/** What the other end sent is no WebSocket, or more than is taken. */
export class FrameError extends Error {
  /** What it is to be told. */
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

export interface FrameHandlers {
  text(text: string): void;
  /** A whole message that is no text. */
  binary(): void;
  ping(payload: Buffer): void;
  pong(): void;
  close(info: CloseInfo): void;
}

interface Frame {
  isFinal: boolean;
  opcode: number;
  /** Where the payload begins and ends. */
  start: number;
  end: number;
}

/**
 * Reads the frames of a server from bytes as they come. `maxBytes` is the most that one message may have, in however
 * many frames. `push` throws FrameError; nothing may be pushed after that.
 */
export class FrameReader {
  readonly #handlers: FrameHandlers;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that have to be there before anything can be done. */
  #wanted = 2;
  #message: Message | undefined;
  #isOver = false;

  constructor(handlers: FrameHandlers, maxBytes: number) {
    this.#handlers = handlers;
    this.#maxBytes = maxBytes;
  }

  /** What follows a close frame is ignored. */
  push(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return;
    const rest = this.#readAll(this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks));
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
  }

  /** Returns the bytes of a frame that is not complete yet. */
  #readAll(data: Buffer): Buffer {
    let rest = data;
    while (!this.#isOver) {
      const frame = this.#frameAt(rest);
      this.#wanted = typeof frame === 'number' ? frame : frame.end;
      if (typeof frame === 'number' || rest.length < frame.end) break;
      this.#take(frame, rest.subarray(frame.start, frame.end));
      rest = rest.subarray(frame.end);
    }
    return rest;
  }

  /** The frame that `data` begins with, or how many bytes it takes to know. */
  #frameAt(data: Buffer): Frame | number {
    const [first, second] = data;
    if (first === undefined || second === undefined) return 2;
    if ((first & RESERVED) !== 0) throw new FrameError(BROKEN_PROTOCOL, 'a reserved bit is set');
    if ((second & MASKED) !== 0) throw new FrameError(BROKEN_PROTOCOL, 'a frame of a server is masked');
    const size = second & LENGTH;
    const start = headBytes(size);
    if (data.length < start) return start;
    const length = lengthIn(data, size);
    const frame = {
      isFinal: (first & FINAL) !== 0,
      opcode: first & ~FINAL,
      start,
      end: start + length,
    };
    if ((frame.opcode & CONTROL) === 0) this.#checkData(frame, length);
    else checkControl(frame, length);
    return frame;
  }

  /** Before its payload has come, so that nobody makes us wait for more than we take. */
  #checkData({ opcode }: Frame, length: number): void {
    if (opcode > OPCODE.binary) throw unknownOpcode(opcode);
    const isContinued = opcode === OPCODE.continuation;
    if (isContinued !== (this.#message !== undefined)) {
      throw new FrameError(BROKEN_PROTOCOL, 'the fragments of a message are out of order');
    }
    if ((this.#message?.length ?? 0) + length > this.#maxBytes) {
      throw new FrameError(TOO_BIG, `a message has more than ${this.#maxBytes} bytes`);
    }
  }

  #take(frame: Frame, payload: Buffer): void {
    if ((frame.opcode & CONTROL) !== 0) {
      this.#takeControl(frame.opcode, payload);
      return;
    }
    this.#message ??= new Message(frame.opcode === OPCODE.text);
    this.#message.append(payload, frame.isFinal);
    if (!frame.isFinal) return;
    const { isText, bytes } = this.#message;
    this.#message = undefined;
    if (isText) this.#handlers.text(textOf(bytes));
    else this.#handlers.binary();
  }

  #takeControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#handlers.ping(payload);
    if (opcode === OPCODE.pong) this.#handlers.pong();
    if (opcode !== OPCODE.close) return;
    this.#isOver = true;
    this.#handlers.close(closeInfoOf(payload));
  }
}

/** Its fragments in one piece, so that very many very small ones take no more room than one large. */
class Message {
  readonly isText: boolean;
  length = 0;
  #room: Buffer = Buffer.alloc(0);

  constructor(isText: boolean) {
    this.isText = isText;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.length);
  }

  append(payload: Buffer, isLast: boolean): void {
    const length = this.length + payload.length;
    if (isLast && this.length === 0) this.#room = payload;
    else if (length > this.#room.length) this.#grow(Math.max(length, this.#room.length * 2));
    if (this.#room !== payload) payload.copy(this.#room, this.length);
    this.length = length;
  }

  #grow(length: number): void {
    const room = Buffer.allocUnsafeSlow(length);
    this.bytes.copy(room);
    this.#room = room;
  }
}

/** By the first length in a frame, without a mask. */
function headBytes(size: number): number {
  if (size === LENGTH_IS_64_BITS) return 10;
  return size === LENGTH_IS_16_BITS ? 4 : 2;
}

function lengthIn(data: Buffer, size: number): number {
  if (size === LENGTH_IS_64_BITS) return Number(data.readBigUInt64BE(2));
  return size === LENGTH_IS_16_BITS ? data.readUInt16BE(2) : size;
}

const unknownOpcode = (opcode: number): FrameError =>
  new FrameError(BROKEN_PROTOCOL, `there is no opcode ${opcode}`);

function checkControl({ opcode, isFinal }: Frame, length: number): void {
  if (opcode > OPCODE.pong) throw unknownOpcode(opcode);
  if (!isFinal) throw new FrameError(BROKEN_PROTOCOL, 'a control frame is fragmented');
  if (length > MOST_IN_CONTROL) throw new FrameError(BROKEN_PROTOCOL, 'a control frame is too long');
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new FrameError(NO_UTF8, 'a text is not UTF-8');
  return bytes.toString();
}

function closeInfoOf(payload: Buffer): CloseInfo {
  if (payload.length === 0) return { code: NO_CODE, reason: '' };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE();
  if (!isSendable(code)) throw new FrameError(BROKEN_PROTOCOL, 'a close frame has no code that may be sent');
  return { code, reason: textOf(payload.subarray(2)) };
}

/** 1004, 1005, 1006 and 1015 are never sent. */
const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

/** Four bytes that nobody can foretell, new for each frame. */
export type Mask = Uint8Array;

/** A message of a client, in one frame. */
export const textFrame = (text: string, mask: Mask): Buffer =>
  maskedFrame(OPCODE.text, Buffer.byteLength(text), mask, (payload) => void payload.write(text));

export const pongFrame = (answered: Buffer, mask: Mask): Buffer =>
  maskedFrame(OPCODE.pong, answered.length, mask, (payload) => void answered.copy(payload));

/** The reason has at most 123 bytes. Who was told no code tells none. */
export function closeFrame({ code, reason }: CloseInfo, mask: Mask): Buffer {
  if (code === NO_CODE) return maskedFrame(OPCODE.close, 0, mask, () => {});
  return maskedFrame(OPCODE.close, 2 + Buffer.byteLength(reason), mask, (payload) => {
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
  });
}

function maskedFrame(opcode: number, length: number, mask: Mask, fill: (payload: Buffer) => void): Buffer {
  const size = firstLength(length);
  const start = headBytes(size) + mask.length;
  const frame = Buffer.allocUnsafeSlow(start + length);
  frame[0] = FINAL | opcode;
  frame[1] = MASKED | size;
  if (size === LENGTH_IS_16_BITS) frame.writeUInt16BE(length, 2);
  if (size === LENGTH_IS_64_BITS) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(mask, start - mask.length);
  const payload = frame.subarray(start);
  fill(payload);
  for (let at = 0; at < length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return frame;
}

function firstLength(length: number): number {
  if (length <= MOST_IN_CONTROL) return length;
  return length <= 0xffff ? LENGTH_IS_16_BITS : LENGTH_IS_64_BITS;
}
