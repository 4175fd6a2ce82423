import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gatherWrites } from './gathered-writes.ts';

interface Recorder {
  stream: Writable;
  /** What left together. */
  batches: string[][];
}

function recorder(): Recorder {
  const batches: string[][] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      batches.push([String(chunk)]);
      done();
    },
    writev(chunks, done) {
      batches.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  gatherWrites(stream);
  return { stream, batches };
}

describe('a stream whose writes are gathered', () => {
  it('hands on what was written in one turn together and in order, turn by turn', async () => {
    const { stream, batches } = recorder();
    for (const part of ['length', 'payload', 'tag']) stream.write(part);
    expect(batches).toEqual([]);
    await turn();
    stream.write('alone');
    await turn();
    for (const part of ['a', 'b']) stream.write(part);
    await turn();
    expect(batches).toEqual([['length', 'payload', 'tag'], ['alone'], ['a', 'b']]);
  });

  it('loses nothing when it is ended in the same turn', async () => {
    const { stream, batches } = recorder();
    stream.write('fare');
    stream.write('well');
    stream.end();
    await once(stream, 'finish');
    expect(batches.flat()).toEqual(['fare', 'well']);
  });

  it('still says when its buffer is full and when a chunk is written', async () => {
    const { stream } = recorder();
    expect(stream.write('x')).toBe(true);
    expect(stream.write('x'.repeat(stream.writableHighWaterMark))).toBe(false);
    await once(stream, 'drain');
    await new Promise<void>((resolve) => {
      stream.write('x', () => resolve());
    });
  });

  it('can be destroyed while parts wait', async () => {
    const { stream } = recorder();
    stream.write('x');
    stream.destroy();
    await turn();
    expect(stream.destroyed).toBe(true);
  });
});
