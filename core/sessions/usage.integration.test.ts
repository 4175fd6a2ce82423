import { describe, expect, it } from 'vitest';
import type { SessionStore } from './session-store.ts';
import { type StoreFixture, said, storeFixture } from './testing/session-fixtures.ts';
import { usageCalendar } from './usage-calendar.ts';

const MAIN = 'agent:main:main';
const cost = { input: 0.000005, output: 0.000005, cacheRead: 0, cacheWrite: 0, total: 0.00001 };
const usage = { input: 5, output: 3, cacheRead: 1, cacheWrite: 0, totalTokens: 9 };
const answer = (fields = {}) =>
  said('assistant', 'yes', { provider: 'stub', model: 'echo-1', usage: { ...usage, cost }, ...fields });

async function turn(store: SessionStore, fixture: StoreFixture, key = MAIN, reply = answer()): Promise<void> {
  await store.ensure(key);
  await store.append(key, [said('user', 'question')]);
  fixture.clock.advance(200);
  await store.append(key, [reply]);
}

describe('usage', () => {
  it('adds up what the answers used, by session, day, model, agent and tool', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await turn(store, fixture);
    const call = { content: [{ type: 'toolCall', id: '1', name: 'exec', arguments: {} }] };
    await turn(store, fixture, 'agent:work:main', answer({ ...call, usage, model: 'free' }));
    const report = await store.usage.sessions({});
    expect(report.totals).toMatchObject({
      input: 10,
      output: 6,
      totalTokens: 18,
      totalCost: 0.00001,
      missingCostEntries: 1,
    });
    expect(report.sessions).toHaveLength(2);
    const row = report.sessions.find(({ entry }) => entry.key === MAIN);
    expect(row?.usage).toMatchObject({
      totalTokens: 9,
      messageCounts: { total: 2, user: 1, assistant: 1 },
      latency: { count: 1, avgMs: 200, p95Ms: 200, minMs: 200, maxMs: 200 },
      modelUsage: [{ provider: 'stub', model: 'echo-1', count: 1 }],
      activityDates: [new Date(fixture.clock.now()).toISOString().slice(0, 10)],
    });
    expect(report.aggregates).toMatchObject({
      sessionCount: 2,
      messages: { total: 4, toolCalls: 1 },
      tools: { totalCalls: 1, uniqueTools: 1, tools: [{ name: 'exec', count: 1 }] },
      byProvider: [{ provider: 'stub', count: 2 }],
      byAgent: [{ agentId: 'main' }, { agentId: 'work' }],
      daily: [{ tokens: 18, messages: 4, toolCalls: 1 }],
    });
    expect((await store.usage.sessions({ agentId: 'work' })).totals.totalTokens).toBe(9);
    expect((await store.usage.sessions({ key: MAIN, limit: 5 })).totals.totalTokens).toBe(9);
  });

  it('reads only what is new, and counts each answer once across resets, compactions and deletions', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    const tokens = async (): Promise<number> => (await store.usage.cost({})).totals.totalTokens;
    for (let at = 0; at < 3; at += 1) await turn(store, fixture);
    expect(await tokens()).toBe(27);
    await turn(store, fixture);
    expect(await tokens()).toBe(36);
    await store.compact(MAIN, 2, { summary: { role: 'system', content: 'before', timestamp: 1 } });
    expect(await tokens()).toBe(36);
    await turn(store, fixture);
    await store.compact(MAIN, 1);
    expect(await tokens()).toBe(45);
    await store.reset(MAIN, 'reset');
    await turn(store, fixture);
    expect(await tokens()).toBe(54);
    await store.delete(MAIN, { transcript: true });
    expect(await tokens()).toBe(54);
    expect((await (await fixture.open()).usage.cost({})).totals.totalTokens).toBe(54);
  });

  it('names every day of the range, and none of another', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await turn(store, fixture);
    fixture.clock.advance(3 * 86_400_000);
    await turn(store, fixture);
    const report = await store.usage.cost({ days: 2 });
    expect(report).toMatchObject({ days: 2, totals: { totalTokens: 9 } });
    expect(report.daily.map(({ totalTokens }) => totalTokens)).toEqual([0, 9]);
    expect((await store.usage.cost({})).daily).toHaveLength(30);
    expect((await store.usage.cost({ days: 4 })).daily.map((day) => day.totalTokens)).toEqual([9, 0, 0, 9]);
  });

  it('is a series of points and a log for one session', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    for (let at = 0; at < 5; at += 1) await turn(store, fixture);
    const { points } = await store.usage.timeseries(MAIN);
    expect(points.map(({ cumulativeTokens }) => cumulativeTokens)).toEqual([9, 18, 27, 36, 45]);
    const thin = (await store.usage.timeseries(MAIN, 2)).points;
    expect(thin.map(({ totalTokens, cumulativeTokens }) => [totalTokens, cumulativeTokens])).toEqual([
      [27, 27],
      [18, 45],
    ]);
    const { logs } = await store.usage.logs(MAIN, 2);
    expect(logs).toMatchObject([
      { role: 'user', content: 'question' },
      { role: 'assistant', content: 'yes', tokens: 9, cost: 0.00001 },
    ]);
    await expect(store.usage.logs('agent:main:nope')).rejects.toThrow('session not found');
  });
});

describe('the days of a range', () => {
  const now = Date.parse('2026-11-22T23:30:00Z');
  it.each([
    [{}, '2026-10-24', '2026-11-22'],
    [{ range: '7d' as const }, '2026-11-16', '2026-11-22'],
    [{ range: 'all' as const }, '1970-01-01', '2026-11-22'],
    [{ days: 1, mode: 'specific' as const, utcOffset: 'UTC+1' }, '2026-11-23', '2026-11-23'],
    [{ days: 1, mode: 'specific' as const, utcOffset: 'UTC-4:30' }, '2026-11-22', '2026-11-22'],
    [{ days: 1, mode: 'specific' as const, timeZone: 'Asia/Tokyo' }, '2026-11-23', '2026-11-23'],
    [{ startDate: '2026-01-01', endDate: '2026-01-31' }, '2026-01-01', '2026-01-31'],
  ])('%j are %s to %s', (range, startDate, endDate) => {
    expect(usageCalendar(range, now)).toMatchObject({ startDate, endDate });
  });

  it.each([
    { startDate: '2026-02-30' },
    { endDate: 'x' },
    { mode: 'specific' as const, utcOffset: 'UTC+99' },
    { mode: 'specific' as const, timeZone: 'Mars/Base' },
  ])('%j are refused', (range) => {
    expect(() => usageCalendar(range, now)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
