import { crc32 } from 'node:zlib';

export type JournalRecord = Record<string, unknown>;

/** What a stretch of a journal turned out to be; `offset` and `length` are bytes, the line break not counted. */
export type JournalPiece =
  | { record: JournalRecord; offset: number; length: number }
  | { damaged: true; offset: number; length: number; reason: string };

/** `,"sum":"xxxxxxxx"}` closes every line. */
const SEAL = /^,"sum":"([0-9a-f]{8})"\}$/;
const SEAL_BYTES = 18;
const SEAL_START = Buffer.from(',"sum":"');

/** Longer than any line this program writes: what goes on without a line break up to here is no record. */
export const MAX_LINE_BYTES = 192 * 1024 * 1024;

const hex = (sum: number): string => sum.toString(16).padStart(8, '0');

/** The record as a line with its checksum and line break. Throws for what cannot be read back as it was. */
export function sealedLine(record: object): Buffer {
  const text = JSON.stringify(record);
  if (!text?.startsWith('{"') || Object.hasOwn(record, 'sum')) {
    throw new TypeError('a journal record is an object with at least one key, and "sum" is not among them');
  }
  return Buffer.from(`${text.slice(0, -1)},"sum":"${hex(crc32(text))}"}\n`);
}

/** The record of a line without its line break, or undefined when any byte of it is not as it was written. */
export function recordOf(line: Buffer): JournalRecord | undefined {
  const bodyBytes = line.length - SEAL_BYTES;
  if (bodyBytes < 1) return undefined;
  const given = SEAL.exec(line.toString('latin1', bodyBytes))?.[1];
  if (given === undefined) return undefined;
  if (hex(crc32('}', crc32(line.subarray(0, bodyBytes)))) !== given) return undefined;
  try {
    return JSON.parse(`${line.toString('utf8', 0, bodyBytes)}}`);
  } catch {
    return undefined;
  }
}

/**
 * The records of one line. A sound line is one record. Where a line break was damaged, two records stand on
 * one line: each is found by its own seal, so that the damage costs neither of them.
 */
export function piecesOf(line: Buffer, offset: number): JournalPiece[] {
  const whole = recordOf(line);
  if (whole) return [{ record: whole, offset, length: line.length }];
  const pieces: JournalPiece[] = [];
  let start = 0;
  for (const end of [...sealEnds(line), line.length]) {
    if (end <= start) continue;
    const part = line.subarray(start, end);
    const at = { offset: offset + start, length: part.length };
    const record = recordOf(part);
    pieces.push(record ? { record, ...at } : { damaged: true, ...at, reason: reasonFor(part) });
    start = end + 1;
  }
  return pieces;
}

function sealEnds(line: Buffer): number[] {
  const ends: number[] = [];
  for (let at = line.indexOf(SEAL_START); at !== -1; at = line.indexOf(SEAL_START, at + 1)) {
    if (SEAL.test(line.toString('latin1', at, at + SEAL_BYTES))) ends.push(at + SEAL_BYTES);
  }
  return ends;
}

function reasonFor(part: Buffer): string {
  const isSealed = SEAL.test(part.toString('latin1', Math.max(0, part.length - SEAL_BYTES)));
  return isSealed ? 'its checksum does not match' : 'it does not end in a checksum';
}

/**
 * What stands behind the last line break is the rest of a write that a crash cut off, and never a record,
 * with one exception: a whole record whose line break itself was damaged.
 */
export function tailRecord(tail: Buffer): JournalRecord | undefined {
  return tail.length === 0 ? undefined : recordOf(tail.subarray(0, -1));
}
