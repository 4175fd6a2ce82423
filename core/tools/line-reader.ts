import type { FileHandle } from 'node:fs/promises';
import { type ToolResult, textResult } from './tool.ts';

const MAX_BYTES = 256 * 1024;
const CHUNK = 64 * 1024;
/** Lines further back than this are left to other means: finding them costs reading all before. */
const MAX_SKIPPED_BYTES = 512 * 1024 * 1024;

const NEWLINE = 10;

interface Passage {
  bytes: Buffer;
  /** True when the file goes on after the passage. */
  more: boolean;
  /** True when a cap on bytes, not on lines, ended it. */
  capped: boolean;
  binary: boolean;
}

/** Lines `first` to `first + count - 1` of a text file, within 256 KB; memory does not depend on the file. */
export async function readLines(
  handle: FileHandle,
  shown: string,
  first: number,
  count: number,
): Promise<ToolResult> {
  const { size } = await handle.stat();
  const passage = await findPassage(handle, first, count);
  if (passage.binary) {
    return textResult(`${shown} is a binary file of ${size} bytes; its content is not shown.`, {
      path: shown,
      bytes: size,
      binary: true,
    });
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(passage.bytes);
  const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
  const details = { path: shown, bytes: size, firstLine: first, lines, truncated: passage.more };
  if (lines === 0)
    return textResult(size === 0 ? '(empty file)' : `[line ${first} is past the end]`, details);
  return textResult(text + notice(passage, first + lines), details);
}

function notice(passage: Passage, next: number): string {
  if (!passage.more) return '';
  const reason = passage.capped ? `[cut after ${MAX_BYTES} bytes` : '[the file goes on';
  return `\n${reason}; continue with offset ${next}]`;
}

async function findPassage(handle: FileHandle, first: number, count: number): Promise<Passage> {
  const finder = new PassageFinder(first, count);
  const chunk = Buffer.alloc(CHUNK);
  let position = 0;
  while (position < MAX_SKIPPED_BYTES) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK, position);
    if (bytesRead === 0) return finder.passage(false);
    position += bytesRead;
    if (finder.take(chunk.subarray(0, bytesRead))) return finder.passage(true);
  }
  return finder.passage(true);
}

class PassageFinder {
  readonly #first: number;
  readonly #end: number;
  readonly #kept: Buffer[] = [];
  #line = 1;
  #bytes = 0;
  #capped = false;
  #binary = false;
  #rest = false;

  constructor(first: number, count: number) {
    this.#first = first;
    this.#end = first + count;
  }

  /** True when no more of the file is needed. */
  take(chunk: Buffer): boolean {
    if (chunk.includes(0)) this.#binary = true;
    let at = 0;
    while (at < chunk.length && !this.#done()) at = this.#takeLine(chunk, at);
    this.#rest = at < chunk.length || this.#capped;
    return this.#rest || this.#binary;
  }

  /** Takes one line, or what the chunk holds of it, and returns where the next one begins. */
  #takeLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(NEWLINE, at);
    const end = newline === -1 ? chunk.length : newline + 1;
    if (this.#line >= this.#first) this.#keep(chunk.subarray(at, end));
    if (newline !== -1) this.#line += 1;
    return end;
  }

  passage(mayGoOn: boolean): Passage {
    return {
      bytes: Buffer.concat(this.#kept),
      more: mayGoOn && this.#rest,
      capped: this.#capped,
      binary: this.#binary,
    };
  }

  #done(): boolean {
    return this.#binary || this.#capped || this.#line >= this.#end;
  }

  #keep(part: Buffer): void {
    const room = MAX_BYTES - this.#bytes;
    this.#kept.push(Buffer.from(part.subarray(0, room)));
    this.#bytes += Math.min(part.length, room);
    if (part.length > room) this.#capped = true;
  }
}
