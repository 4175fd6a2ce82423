import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { watchDisk } from '../store/testing/disk-calls.ts';
import { canMount, mountSmallDisk } from '../store/testing/small-disk.ts';
import type { SessionStore } from './session-store.ts';
import { type StoreFixture, said, storeFixture, textsOf } from './testing/session-fixtures.ts';

const MAIN = 'agent:main:main';
const transcript = (fixture: StoreFixture, store: SessionStore, key = MAIN): string => {
  const entry = store.get(key);
  return join(fixture.dir, entry?.agentId ?? '', `${entry?.sessionId}.jsonl`);
};
const historyTexts = async (store: SessionStore, key = MAIN, limit = 200): Promise<string[]> =>
  textsOf((await store.history(key, { limit })).messages);

describe('a session store', () => {
  it('creates a session once, under the canonical key', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    const reasons: string[] = [];
    store.onChanged(({ key, reason }) => reasons.push(`${key} ${reason}`));
    const entries = await Promise.all(
      ['main', 'MAIN', MAIN].map((key) => store.ensure(key, { label: 'Home' })),
    );
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(entries[0]).toMatchObject({ key: MAIN, label: 'Home', chatType: 'direct', messageCount: 0 });
    expect(reasons).toEqual([`${MAIN} create`]);
    expect(store.byLabel('Home')).toEqual(store.byId(entries[0]?.sessionId ?? ''));
    await expect(store.append('agent:main:nope', [said('user', 'x')])).rejects.toThrow('session not found');
    await expect(store.history('agent:main:nope', { limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('has each acknowledged message, change and count again after a crash, with and without the index', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'first question')], { lastChannel: 'webchat' });
    fixture.clock.advance(1000);
    await store.append(MAIN, [said('assistant', 'an\nanswer')], { inputTokens: 7, systemSent: true });
    await store.update(MAIN, { label: 'Mine', thinkingLevel: 'low' });
    const entry = await store.update(MAIN, { thinkingLevel: null });
    expect(entry).toMatchObject({
      label: 'Mine',
      inputTokens: 7,
      systemSent: true,
      messageCount: 2,
      derivedTitle: 'first question',
      lastMessagePreview: 'an answer',
    });
    expect(entry).not.toHaveProperty('thinkingLevel');
    const crashed = await fixture.open();
    expect(crashed.get(MAIN)).toEqual(entry);
    await crashed.close();
    expect(existsSync(join(fixture.dir, 'index.json'))).toBe(true);
    const reopened = await fixture.open();
    expect(reopened.get(MAIN)).toEqual(entry);
    expect(await historyTexts(reopened)).toEqual(['first question', 'an\nanswer']);
    const [next] = await reopened.append(MAIN, [said('user', 'more')]);
    expect(next?.seq).toBe(3);
  });

  it.each(['torn', 'flipped', 'empty', 'foreign', 'stale'])(
    'rebuilds an index that is %s from the transcripts',
    async (kind) => {
      await using fixture = await storeFixture();
      const store = await fixture.open();
      for (const name of ['a', 'b']) {
        await store.ensure(name, { label: name });
        await store.append(`agent:main:${name}`, [said('user', `hello ${name}`)]);
      }
      await store.close();
      const path = join(fixture.dir, 'index.json');
      const index = readFileSync(path);
      if (kind === 'torn') truncateSync(path, index.length >> 1);
      if (kind === 'empty') truncateSync(path);
      if (kind === 'foreign') writeFileSync(path, '{"version":1,"rows":[{"entry":{"sessionId":"../../x"}}]}');
      if (kind === 'flipped') {
        const at = index.indexOf('hello a');
        index[at] = (index[at] ?? 0) ^ 1;
        writeFileSync(path, index);
      }
      if (kind === 'stale') {
        const other = await fixture.open();
        await other.append('agent:main:a', [said('user', 'later')]);
        writeFileSync(path, index);
      }
      const again = await fixture.open();
      expect(again.list({}).total).toBe(2);
      expect(again.byLabel('a')?.lastMessagePreview).toBe(kind === 'stale' ? 'later' : 'hello a');
      expect(again.byLabel('b')?.messageCount).toBe(1);
    },
  );

  it('numbers messages that are appended at once in the order of the calls', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    const words = Array.from({ length: 100 }, (_, at) => `message ${at}`);
    const stored = await Promise.all(words.map((word) => store.append(MAIN, [said('user', word)])));
    expect(stored.flat().map(({ seq }) => seq)).toEqual(words.map((_, at) => at + 1));
    expect(await historyTexts(store)).toEqual(words);
    expect(await historyTexts(await fixture.open())).toEqual(words);
  });

  it('takes ids from nowhere but itself, and names files by nothing else', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    const entry = await store.ensure('agent:con:../../../../tmp/x', { sessionId: '../../evil', label: 'x' });
    expect(entry.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    await store.update(entry.key, { sessionId: '../../evil', agentId: '..' });
    expect(store.get(entry.key)?.sessionId).toBe(entry.sessionId);
    expect(readdirSync(fixture.dir)).toEqual(['_con']);
    expect(readdirSync(join(fixture.dir, '_con'))).toEqual([`${entry.sessionId}.jsonl`]);
    expect(store.byId('../../evil')).toBeUndefined();
    await expect(store.ensure('agent:../..:x')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(
      store.ensure('__proto__', JSON.parse('{"__proto__":{"admin":true}}')),
    ).resolves.not.toHaveProperty('admin');
  });

  it('refuses a label that another session has', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure('a', { label: 'Twice' });
    await store.ensure('b');
    await expect(store.update('agent:main:b', { label: 'Twice' })).rejects.toThrow(
      'label already in use: Twice',
    );
    await expect(store.update('agent:main:a', { label: 'Twice' })).resolves.toMatchObject({ label: 'Twice' });
  });
});

describe('the list of sessions', () => {
  it('has the most recently used first, and finds by words, label, agent, activity and archive', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    for (const key of ['agent:main:a', 'agent:main:b', 'agent:work:c', 'global']) {
      await store.ensure(key);
      fixture.clock.advance(60_000);
    }
    await store.append('agent:main:a', [said('user', 'Reise nach Rom')]);
    await store.update('agent:main:b', { archived: true });
    const keys = (query: object): string[] => store.list(query).rows.map(({ key }) => key);
    expect(keys({})).toEqual(['agent:main:a', 'agent:work:c']);
    expect(store.list({ limit: 1 })).toMatchObject({ rows: [{ key: 'agent:main:a' }], total: 2 });
    expect(store.list({ limit: 1, offset: 1 })).toMatchObject({ rows: [{ key: 'agent:work:c' }], total: 2 });
    expect(store.list({ limit: 1, archived: 'all', includeGlobal: true })).toMatchObject({ total: 4 });
    expect(keys({ archived: true })).toEqual(['agent:main:b']);
    expect(keys({ includeGlobal: true })).toEqual(['agent:main:a', 'global', 'agent:work:c']);
    expect(keys({ search: 'rom REISE' })).toEqual(['agent:main:a']);
    expect(keys({ agentId: 'work' })).toEqual(['agent:work:c']);
    expect(keys({ activeMinutes: 1 })).toEqual(['agent:main:a']);
    expect(store.list({ search: 'agent', limit: 1 })).toMatchObject({ total: 2, rows: [{}] });
  });
});

describe('the history of a session', () => {
  it('pages from the newest message back to the first without gap or overlap', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    const words = Array.from({ length: 1205 }, (_, at) => `m${at}`);
    await store.append(
      MAIN,
      words.map((word) => said('user', word)),
    );
    const seen: string[] = [];
    let offset: number | null = 0;
    while (offset !== null) {
      const page = await store.history(MAIN, { limit: 100, offset });
      expect(page.total).toBe(1205);
      seen.unshift(...textsOf(page.messages));
      offset = page.nextOffset;
    }
    expect(seen).toEqual(words);
    expect(await store.history(MAIN, { limit: 5, offset: 5000 })).toMatchObject({
      messages: [],
      hasMore: false,
    });
  });

  it('is the same from memory and from the disk, also while messages come in', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    const work: Promise<unknown>[] = [];
    for (let at = 0; at < 60; at += 1) {
      work.push(store.append(MAIN, [said('user', `m${at}`)]));
      if (at % 3 === 0) work.push(store.history(MAIN, { limit: 10 }));
    }
    await Promise.all(work);
    const fresh = await fixture.open();
    expect(await store.history(MAIN, { limit: 30 })).toEqual(await fresh.history(MAIN, { limit: 30 }));
    expect(await store.history(MAIN, { limit: 30 })).toEqual(await fresh.history(MAIN, { limit: 30 }));
  });

  it('keeps within a number of bytes, and gives the newest message in any case', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    for (const size of [10, 5000, 20]) await store.append(MAIN, [said('user', 'x'.repeat(size))]);
    const page = await store.history(MAIN, { limit: 10, maxBytes: 1000 });
    expect(page.messages.map(({ seq }) => seq)).toEqual([3]);
    expect(page).toMatchObject({ hasMore: true, nextOffset: 1 });
    expect(await store.history(MAIN, { limit: 10, offset: 1, maxBytes: 1000 })).toMatchObject({
      messages: [{ seq: 2 }],
      nextOffset: 2,
    });
  });
});

describe('damage to a transcript', () => {
  it('costs its record, is reported, and does not keep the store from opening and going on', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN, { label: 'Mine' });
    for (const word of ['one', 'two', 'three']) await store.append(MAIN, [said('user', word)]);
    await store.close();
    const path = transcript(fixture, store);
    writeFileSync(path, readFileSync(path, 'utf8').replace('two', 'twu'));
    await rm(join(fixture.dir, 'index.json'));
    const again = await fixture.open();
    expect(again.problems()).toEqual([{ path, damagedRecords: 1 }]);
    expect(fixture.warnings).toEqual(['A transcript has damaged records; the others are fine.']);
    await again.append(MAIN, [said('user', 'four')]);
    expect(await historyTexts(again)).toEqual(['one', 'three', 'four']);
    expect(again.get(MAIN)?.label).toBe('Mine');
  });

  it('is noticed by a reader even when size and time of the file tell nothing', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'one')]);
    await store.close();
    const path = transcript(fixture, store);
    const again = await fixture.open();
    writeFileSync(path, readFileSync(path, 'utf8').replace('one', 'one'.toUpperCase()));
    expect(await again.history(MAIN, { limit: 9 })).toMatchObject({ messages: [], damaged: 1 });
    expect(again.problems()).toEqual([{ path, damagedRecords: 1 }]);
  });

  it.each([1, 2])('of record %i, which names the key, does not lose the session', async (line) => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure('agent:main:project', {});
    await store.append('agent:main:project', [said('user', 'kept')]);
    const path = transcript(fixture, store, 'agent:main:project');
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[line - 1] = (lines[line - 1] ?? '').replace('project', 'prajekt');
    writeFileSync(path, lines.join('\n'));
    const again = await fixture.open();
    expect(await historyTexts(again, 'agent:main:project')).toEqual(['kept']);
  });

  it('at the end, as a crash leaves it, is cut off and never interpreted', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'one')]);
    const path = transcript(fixture, store);
    const sound = readFileSync(path);
    writeFileSync(path, Buffer.concat([sound, sound.subarray(0, 40)]));
    const again = await fixture.open();
    await again.append(MAIN, [said('user', 'two')]);
    expect(again.problems()).toEqual([]);
    expect(await historyTexts(again)).toEqual(['one', 'two']);
  });
});

describe('the disk', () => {
  it('has a message before it is acknowledged, and is not waited for by the text of an answer under way', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    const disk = await watchDisk();
    try {
      const run = { runId: 'r1', phase: 'start' } as const;
      await store.append(MAIN, [said('user', 'tell me')], { status: 'running' }, { run });
      disk.done.push('acknowledged');
      await store.keepPartial(MAIN, 'r1', 0, 'Once upon');
      await store.append(MAIN, [], undefined, { run: { runId: 'r1', phase: 'end', status: 'ok' } });
      expect(disk.done).toEqual(['write', 'datasync', 'acknowledged', 'write', 'write', 'datasync']);
    } finally {
      disk.stop();
    }
  });
});

describe('an interrupted run', () => {
  it('is found at the next start, marked, and shown with the text that was kept', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'tell me')], undefined, { run: { runId: 'r1', phase: 'start' } });
    expect(store.get(MAIN)?.status).toBe('running');
    await store.keepPartial(MAIN, 'r1', 0, 'Once');
    await store.keepPartial(MAIN, 'r1', 4, ' upno');
    await store.keepPartial(MAIN, 'r1', 7, 'on');
    await store.ensure('other');
    await store.append('agent:main:other', [], undefined, { run: { runId: 'r2', phase: 'start' } });
    await store.append('agent:main:other', [said('assistant', 'done')]);
    await store.append('agent:main:other', [], undefined, {
      run: { runId: 'r2', phase: 'end', status: 'ok' },
    });
    const again = await fixture.open();
    expect(again.interruptedRuns()).toMatchObject([{ key: MAIN, runId: 'r1', partialText: 'Once upon' }]);
    expect(again.get(MAIN)).toMatchObject({ status: 'interrupted', abortedLastRun: true });
    expect(again.get('agent:main:other')).toMatchObject({ status: 'done', abortedLastRun: false });
    const [, shown] = (await again.history(MAIN, { limit: 9 })).messages;
    expect(shown).toMatchObject({
      runId: 'r1',
      message: { role: 'assistant', openclawAbort: { aborted: true, origin: 'restart', runId: 'r1' } },
    });
    expect(textsOf(shown ? [shown] : [])[0]).toMatch(/^Once upon\|⚠️ The gateway stopped/);
    const third = await fixture.open();
    expect(third.interruptedRuns()).toEqual([]);
    expect(third.get(MAIN)).toEqual(again.get(MAIN));
  });
});

describe('reset, deletion and compaction', () => {
  it('a reset keeps the settings and the key, and archives the transcript', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    const before = await store.ensure(MAIN, { label: 'Mine', verboseLevel: 'on' });
    await store.append(MAIN, [said('user', 'old')], { inputTokens: 5 });
    const old = transcript(fixture, store);
    const { entry, archived } = await store.reset(MAIN, 'reset');
    const stamp = new Date(fixture.clock.now()).toISOString().replaceAll(':', '-');
    expect(archived).toEqual([`${old}.reset.${stamp}`]);
    expect(entry).toMatchObject({ label: 'Mine', verboseLevel: 'on', inputTokens: 0, messageCount: 0 });
    expect(entry.sessionId).not.toBe(before.sessionId);
    expect(entry.lifecycleRevision).not.toBe(before.lifecycleRevision);
    expect(await historyTexts(store)).toEqual([]);
    expect((await store.reset(MAIN, 'new')).archived).toHaveLength(1);
    expect((await fixture.open()).list({}).total).toBe(1);
    expect((await store.reset('agent:main:fresh', 'reset')).archived).toEqual([]);
    await expect(
      store.append(MAIN, [said('assistant', 'late')], undefined, {
        lifecycleRevision: before.lifecycleRevision,
      }),
    ).rejects.toMatchObject({ details: { code: 'SESSION_CHANGED' } });
  });

  it('a reset that a crash cut short is finished at the next start', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'old')]);
    const old = transcript(fixture, store);
    const oldBytes = readFileSync(old);
    fixture.clock.advance(5);
    const { entry } = await store.reset(MAIN, 'reset');
    writeFileSync(old, oldBytes);
    const again = await fixture.open();
    expect(again.get(MAIN)?.sessionId).toBe(entry.sessionId);
    expect(existsSync(old)).toBe(false);
  });

  it('happens by itself when the policy says so, but never under a running run', async () => {
    await using fixture = await storeFixture();
    fixture.config = { session: { reset: { mode: 'idle', idleMinutes: 10 } } };
    const store = await fixture.open();
    const first = await store.ensure(MAIN);
    await store.append(MAIN, [said('user', 'x')], undefined, { run: { runId: 'r', phase: 'start' } });
    fixture.clock.advance(11 * 60_000);
    expect((await store.ensure(MAIN)).sessionId).toBe(first.sessionId);
    await store.append(MAIN, [], undefined, { run: { runId: 'r', phase: 'end', status: 'ok' } });
    const [second, same] = await Promise.all([store.ensure(MAIN), store.ensure('main')]);
    expect(second?.sessionId).not.toBe(first.sessionId);
    expect(same?.sessionId).toBe(second?.sessionId);
  });

  it('a deletion archives the transcript, or leaves it unreported, and nothing comes back', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    for (const key of ['a', 'b']) await store.ensure(key);
    const path = transcript(fixture, store, 'agent:main:a');
    const { deleted, archived } = await store.delete('agent:main:a', { transcript: true });
    expect(deleted).toBe(true);
    expect(archived[0]?.startsWith(`${path}.deleted.20`)).toBe(true);
    expect(await store.delete('agent:main:b', { transcript: false })).toEqual({
      deleted: true,
      archived: [],
    });
    expect(await store.delete('agent:main:a', { transcript: true })).toEqual({
      deleted: false,
      archived: [],
    });
    expect((await fixture.open()).list({}).total).toBe(0);
    expect(readdirSync(join(fixture.dir, 'main'))).toHaveLength(2);
  });

  it('a compaction keeps the newest messages and archives the whole transcript', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN, { label: 'Mine' });
    for (let at = 0; at < 9; at += 1) await store.append(MAIN, [said('user', `m${at}`)], { totalTokens: at });
    const path = transcript(fixture, store);
    const whole = readFileSync(path);
    const { archived, ...result } = await store.compact(MAIN, 3);
    expect(result).toEqual({ compacted: true, kept: 3 });
    expect(archived?.startsWith(`${path}.bak.20`)).toBe(true);
    expect(readFileSync(archived ?? '')).toEqual(whole);
    await store.append(MAIN, [said('user', 'next')]);
    for (const each of [store, await fixture.open()]) {
      expect(await historyTexts(each)).toEqual(['m6', 'm7', 'm8', 'next']);
      expect(each.get(MAIN)).toMatchObject({
        label: 'Mine',
        messageCount: 4,
        compactionCount: 1,
        derivedTitle: 'm0',
      });
      expect((await each.history(MAIN, { limit: 2 })).nextOffset).toBe(2);
      expect((await each.history(MAIN, { limit: 2, offset: 2 })).hasMore).toBe(false);
    }
    expect(await store.compact(MAIN, 10)).toEqual({ compacted: false, kept: 4 });
    const summary = { role: 'system' as const, content: [{ type: 'text', text: 'so far' }], timestamp: 1 };
    await store.compact(MAIN, 1, { summary });
    expect(await historyTexts(store)).toEqual(['so far', 'next']);
  });

  it('waits for what is being written, and what comes after waits for it', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure(MAIN);
    const before = store.append(MAIN, [said('user', 'before')]);
    const reset = store.reset(MAIN, 'reset');
    const after = store.append(MAIN, [said('user', 'after')]);
    await Promise.all([before, after]);
    const { archived } = await reset;
    expect(readFileSync(archived[0] ?? '', 'utf8')).toContain('before');
    expect(await historyTexts(store)).toEqual(['after']);
  });
});

describe('a search', () => {
  it('finds titles and message texts, newest first, within its limits', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    await store.ensure('a', { label: 'Rome trip' });
    await store.append('agent:main:a', [
      said('user', 'Book a "hotel" in ROME, please'),
      said('assistant', 'done'),
    ]);
    fixture.clock.advance(1000);
    await store.ensure('b');
    await store.append('agent:main:b', [
      said('user', 'rome wasn’t built in a day'),
      said('user', 'x'),
      said('user', 'Rome!'),
    ]);
    const { hits, truncated } = await store.search('rome');
    expect(truncated).toBe(false);
    expect(hits.map(({ key, where, seq }) => [key, where, seq])).toEqual([
      ['agent:main:b', 'title', undefined],
      ['agent:main:a', 'title', undefined],
      ['agent:main:b', 'message', 3],
      ['agent:main:b', 'message', 1],
      ['agent:main:a', 'message', 1],
    ]);
    expect((await store.search('"hotel" please')).hits).toMatchObject([
      { where: 'message', role: 'user', snippet: 'Book a "hotel" in ROME, please' },
    ]);
    expect(await store.search('rome', { limit: 2 })).toMatchObject({ truncated: true, hits: [{}, {}] });
    expect(await store.search('done', { maxBytes: 1 })).toMatchObject({ truncated: true, hits: [] });
    expect((await store.search('  ')).hits).toEqual([]);
  });
});

const mountable = canMount();
const needs = mountable ? '' : ' (not run: mounting a small disk takes root on Linux)';

describe('a disk', () => {
  it.skipIf(!mountable)(
    `that is full changes nothing and loses nothing, and the store goes on later${needs}`,
    async () => {
      const disk = mountSmallDisk(512);
      try {
        await using fixture = await storeFixture(disk?.path);
        const store = await fixture.open();
        await store.ensure(MAIN);
        const kept: string[] = [];
        for (let at = 0; at < 80; at += 1) {
          const word = `${at} ${'x'.repeat(9000)}`;
          const full = { code: 'UNAVAILABLE', details: { code: 'STORE_FULL' } };
          await store.append(MAIN, [said('user', word)]).then(
            () => kept.push(word),
            (error) => expect(error).toMatchObject(full),
          );
        }
        expect(kept.length).toBeLessThan(80);
        expect(store.get(MAIN)?.messageCount).toBe(kept.length);
        expect(await historyTexts(store)).toEqual(kept);
        const again = await fixture.open();
        expect(await historyTexts(again)).toEqual(kept);
      } finally {
        disk?.remove();
      }
    },
  );

  it.skipIf(!mountable)(`that is read-only can be opened and read${needs}`, async () => {
    const disk = mountSmallDisk(512);
    try {
      await using fixture = await storeFixture(disk?.path);
      const store = await fixture.open();
      await store.ensure(MAIN);
      await store.append(MAIN, [said('user', 'one')], undefined, { run: { runId: 'r', phase: 'start' } });
      await store.close();
      disk?.setReadOnly(true);
      const again = await fixture.open();
      expect(await historyTexts(again)).toEqual(['one']);
      expect(again.get(MAIN)?.status).toBe('interrupted');
      const refusal = { code: 'UNAVAILABLE', details: { code: 'STORE_UNWRITABLE' } };
      await expect(again.append(MAIN, [said('user', 'two')])).rejects.toMatchObject(refusal);
      await expect(again.ensure('new')).rejects.toMatchObject(refusal);
      await expect(again.reset(MAIN, 'reset')).rejects.toMatchObject(refusal);
      expect(await historyTexts(again)).toEqual(['one']);
      disk?.setReadOnly(false);
      await again.append(MAIN, [said('user', 'two')]);
      expect(await historyTexts(again)).toEqual([
        'one',
        expect.stringMatching(/^⚠️ The gateway stopped/),
        'two',
      ]);
    } finally {
      disk?.remove();
    }
  });
});

describe('many sessions', () => {
  it('keep few files open, and the index knows them all', async () => {
    await using fixture = await storeFixture();
    const store = await fixture.open();
    const keys = Array.from({ length: 300 }, (_, at) => `agent:main:s${at}`);
    await Promise.all(keys.map((key) => store.ensure(key)));
    await Promise.all(keys.map((key) => store.append(key, [said('user', key)])));
    if (process.platform === 'linux') expect(readdirSync('/proc/self/fd').length).toBeLessThan(250);
    await store.close();
    expect(statSync(join(fixture.dir, 'index.json')).mode & 0o777).toBe(0o600);
    const again = await fixture.open();
    expect(again.list({ limit: 60 })).toMatchObject({ total: 300 });
    expect(again.get('agent:main:s17')?.messageCount).toBe(1);
  });
});
