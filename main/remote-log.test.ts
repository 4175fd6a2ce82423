import { describe, expect, it } from 'vitest';
import { compileFilter } from '../core/logs/log-filter.ts';
import { shownLine } from '../core/logs/log-reader.ts';
import { FakeClock } from '../core/testing/fake-clock.ts';
import type { WindowCall } from './bridge/contract.ts';
import { RemoteLog } from './remote-log.ts';

type Tail = WindowCall<'logs.tail'>['result'];

/** A log elsewhere that grows as a test says; cursors count lines here. */
function start(lines: string[]) {
  const clock = new FakeClock();
  const place = { gateway: 'a', lines, skippedBytes: 0, asked: 0 };
  const log = new RemoteLog({
    clock,
    gateway: () => place.gateway,
    async tail({ cursor = 0 }): Promise<Tail> {
      place.asked += 1;
      const { length } = place.lines;
      const news = { lines: place.lines.slice(cursor), skippedBytes: place.skippedBytes };
      return { file: 'x', cursor: length, size: length, truncated: false, reset: false, ...news };
    },
    match: async (raws, filter) => {
      const test = compileFilter(filter);
      return raws.flatMap(({ raw, at }) => shownLine(raw, at, test) ?? []);
    },
  });
  const page = (
    towards: 'older' | 'newer',
    from?: { file: string; offset: number },
    limit = 2,
    text?: string,
  ) => log.page({ filter: text ? { text } : {}, towards, limit, ...(from && { from }) }, 0);
  return { clock, log, place, page };
}

const texts = ({ lines }: { lines: readonly { text: string }[] }): string[] => lines.map(({ text }) => text);

describe('the log of a gateway elsewhere', () => {
  it('is paged from its newest line to the oldest that the gateway gives', async () => {
    const { page } = start(['1', '2', '3', '4', '5']);
    const newest = await page('older');
    expect([texts(newest), newest.isEnd]).toEqual([['4', '5'], false]);
    const before = await page('older', newest.start);
    expect([texts(before), before.isEnd]).toEqual([['2', '3'], false]);
    const oldest = await page('older', before.start);
    expect([texts(oldest), oldest.isEnd]).toEqual([['1'], true]);
  });

  it('goes on with what comes, in pages, and leaves out what does not match', async () => {
    const { page, place } = start(['old']);
    const { end } = await page('older');
    place.lines.push('a1', 'b', 'a2', 'a3');
    const first = await page('newer', end, 2, 'a');
    expect([texts(first), first.isEnd]).toEqual([['a1', 'a2'], false]);
    const second = await page('newer', first.end, 2, 'a');
    expect([texts(second), second.isEnd]).toEqual([['a3'], true]);
    expect(texts(await page('newer', second.end))).toEqual([]);
  });

  it('gives lines once to two who ask at once, and each line as it was given', async () => {
    const { page, log } = start(['x'.repeat(5_000)]);
    const [one, other] = await Promise.all([page('older'), page('older')]);
    expect([one.lines.length, other.lines.length]).toEqual([1, 1]);
    expect(one.lines[0]?.text).toHaveLength(4_096);
    expect(one.start && log.line(one.start)).toHaveLength(5_000);
  });

  it('says what a gateway has left out, and begins anew with another gateway', async () => {
    const { page, place } = start(['mine']);
    const { end } = await page('older');
    place.skippedBytes = 7;
    expect(await page('newer', end)).toMatchObject({ skippedBytes: 7, wasReset: false });
    Object.assign(place, { gateway: 'b', lines: ['theirs'], skippedBytes: 0 });
    const other = await page('newer', end);
    expect([texts(other), other.wasReset]).toEqual([['theirs'], true]);
  });

  it('asks a gateway at most once a second for whoever waits', async () => {
    const { log, place, clock, page } = start([]);
    await page('older');
    const waiting = log.page({ filter: {}, towards: 'newer', limit: 9 }, 1_500);
    expect(place.asked).toBe(1);
    await clock.advance(1_000);
    await waiting;
    expect(place.asked).toBe(2);
  });
});
