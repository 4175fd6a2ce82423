import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { PartialKeeper } from './partial-keeper.ts';

const RUN = { runId: 'r', sessionKey: 'agent:main:main', sessionId: 's', agentId: 'main' };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function keeper(keep: (from: number, text: string) => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const writes: [from: number, text: string][] = [];
  const sessions = {
    keepPartial: (_key: string, _runId: string, from: number, text: string) => {
      writes.push([from, text]);
      return keep(from, text);
    },
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };
  return { writes, pass, partial: new PartialKeeper(clock, sessions, RUN) };
}

describe('an answer that is being written', () => {
  it('is kept to its last word, with one write for each tenth of a second in which something was said', async () => {
    const { partial, writes, pass } = keeper();
    for (let at = 0; at < 25; at += 1) {
      partial.add('a', `${at} `);
      await pass(10);
    }
    expect(writes.length).toBeLessThanOrEqual(3);
    await pass(100);
    const all = Array.from({ length: 25 }, (_, at) => `${at} `).join('');
    expect(writes.map(([, text]) => text).join('')).toBe(all);
    for (const [from, text] of writes) expect(all.slice(from, from + text.length)).toBe(text);
    const before = writes.length;
    await pass(10_000);
    expect(writes.length).toBe(before);
  });

  it('waits for a slow disk with what is said meanwhile', async () => {
    const waiting: (() => void)[] = [];
    const { partial, writes, pass } = keeper(() => new Promise((resolve) => waiting.push(resolve)));
    partial.add('a', 'one ');
    await pass(100);
    partial.add('a', 'two ');
    await pass(1_000);
    partial.add('a', 'three');
    await pass(1_000);
    expect(writes).toEqual([[0, 'one ']]);
    waiting[0]?.();
    await settled();
    await pass(100);
    expect(writes).toEqual([
      [0, 'one '],
      [4, 'two three'],
    ]);
  });

  it('goes along with what is said next when it could not be written', async () => {
    let isFull = true;
    const { partial, writes, pass } = keeper(async () => {
      if (isFull) throw new Error('full');
    });
    partial.add('a', 'one ');
    await pass(100);
    isFull = false;
    partial.add('a', 'two');
    await pass(100);
    await pass(100);
    expect(writes.at(-1)).toEqual([0, 'one two']);
  });

  it('leaves nothing on its way once it rests, and the next answer begins anew', async () => {
    const { partial, writes, pass } = keeper();
    partial.add('a', 'stored as a message');
    await partial.rest();
    await pass(1_000);
    expect(writes).toEqual([]);
    partial.add('b', 'next');
    await pass(100);
    expect(writes).toEqual([[0, 'next']]);
  });

  it('rests only when the write that is under way has ended, and does not repeat one that failed', async () => {
    let fail = (): void => {};
    const { partial, writes, pass } = keeper(
      () =>
        new Promise((_, reject) => {
          fail = () => reject(new Error('full'));
        }),
    );
    const order: string[] = [];
    partial.add('a', 'one');
    await pass(100);
    const resting = partial.rest().then(() => order.push('rests'));
    await settled();
    order.push('written');
    fail();
    await resting;
    await pass(1_000);
    expect(order).toEqual(['written', 'rests']);
    expect(writes).toHaveLength(1);
  });
});
