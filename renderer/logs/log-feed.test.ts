import { describe, expect, it } from 'vitest';
import type { BridgeParams, LogPage } from '../../main/bridge/contract.ts';
import { LogFeed, MOST_LINES } from './log-feed.ts';

/** A log of numbered lines, read as the app reads one; nothing is awaited but what is asked for. */
function feedOver(count: number, most = 500) {
  let total = count;
  const waiting: (() => void)[] = [];
  const position = (offset: number) => ({ file: '1-1', offset });
  const read = ({ towards, from, limit }: BridgeParams<'logs.page'>): LogPage => {
    const older = towards === 'older';
    const edge = from?.offset ?? (older ? total : 0);
    const amount = Math.min(limit, most, older ? edge : total - edge);
    const start = older ? edge - amount : edge;
    const numbers = Array.from({ length: amount }, (_, index) => start + index);
    return {
      lines: numbers.map((number) => ({
        at: position(number),
        text: `line ${number}`,
        subsystem: 'gateway',
      })),
      start: position(start),
      end: position(start + amount),
      isEnd: older ? start === 0 : start + amount === total,
      scannedBytes: amount,
      leftBytes: older ? start : 0,
      wasReset: false,
      skippedBytes: 0,
    };
  };
  const feed = new LogFeed({
    changed: () => {},
    seen: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    page: async (params) => {
      if (params.waitMs && (params.from?.offset ?? 0) >= total)
        await new Promise<void>((resolve) => waiting.push(resolve));
      return read(params);
    },
  });
  const grow = async (more: number): Promise<void> => {
    total += more;
    for (const wake of waiting.splice(0)) wake();
    // The feed has taken everything when it waits again.
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve));
  };
  const ends = () => [feed.shown.lines[0]?.text, feed.shown.lines.at(-1)?.text, feed.shown.lines.length];
  return { feed, grow, ends };
}

describe('the feed of log lines', () => {
  it('begins with the newest, goes back when asked, and shows new ones as they come', async () => {
    const { feed, grow, ends } = feedOver(1200);
    await feed.open({});
    expect(ends()).toEqual(['line 700', 'line 1199', 500]);
    await feed.loadOlder();
    expect(ends()).toEqual(['line 200', 'line 1199', 1000]);
    expect(feed.shown.origin).toBe(-1000);
    await grow(3);
    expect(ends()).toEqual(['line 200', 'line 1202', 1003]);
    await feed.loadOlder();
    expect(feed.shown).toMatchObject({ reachedStart: true, isSearching: false });
    expect(ends()).toEqual(['line 0', 'line 1202', 1203]);
    feed.close();
  });

  it('counts what comes while nobody follows, and then shows it', async () => {
    const { feed, grow, ends } = feedOver(600);
    await feed.open({});
    feed.follow(false);
    await grow(40);
    expect(feed.shown).toMatchObject({ isBehind: true, missedLines: 40 });
    expect(ends()).toEqual(['line 100', 'line 599', 500]);
    await feed.loadNewer();
    expect(feed.shown).toMatchObject({ isBehind: false, missedLines: 0 });
    expect(ends()).toEqual(['line 100', 'line 639', 540]);
    feed.close();
  });

  it('never holds more lines than its memory is for, at either end', async () => {
    const { feed, grow, ends } = feedOver(MOST_LINES + 5000);
    await feed.open({});
    while (!feed.shown.reachedStart) await feed.loadOlder();
    expect(ends()).toEqual(['line 0', `line ${MOST_LINES - 1}`, MOST_LINES]);
    expect(feed.shown.isBehind).toBe(true);
    await feed.jumpToNewest();
    await grow(MOST_LINES);
    expect(feed.shown.lines.length).toBe(MOST_LINES);
    expect(ends()[1]).toBe(`line ${MOST_LINES * 2 + 4999}`);
    feed.close();
  });

  it('searches until there is a page of it, and stops when told to', async () => {
    const { feed, ends } = feedOver(5000, 10);
    const search = feed.open({ text: 'line' });
    await Promise.resolve();
    await search;
    expect(feed.shown.lines.length).toBe(510);
    const more = feed.loadOlder();
    expect(feed.shown.isSearching).toBe(true);
    feed.cancel();
    await more;
    expect(ends()[2]).toBe(520);
    feed.close();
  });
});
