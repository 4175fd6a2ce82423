import { readdir } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { ProtocolSchemas } from '@openclaw/gateway-protocol/schema';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import { TestPeer } from '../../testing/test-peer.ts';
import { configWith, operator, TOKEN } from '../testing/server-fixtures.ts';

type Json = Record<string, unknown>;
type Schema = Parameters<typeof Compile>[0];

const published = (name: string) =>
  Compile((ProtocolSchemas as unknown as Record<string, Schema>)[name] ?? {});
const ROW = published('SessionRow');
const CREATED = published('SessionsCreateResult');
const DELETED = published('SessionsDeleteResult');
const RESOLVED = published('SessionsResolveResult');

const MODELS = [
  { id: 'plain', name: 'Plain', contextWindow: 4_000 },
  { id: 'deep', name: 'Deep', contextWindow: 9_000, reasoning: true },
];
const provider = {
  baseUrl: 'http://127.0.0.1:9/v1',
  api: 'openai-completions',
  apiKey: 'none',
  models: MODELS,
};
const CONFIG = configWith(
  {},
  {
    models: { providers: { stub: provider } },
    agents: {
      defaults: { model: 'stub/plain', models: { 'stub/deep': { alias: 'thinker' } } },
      list: [{ id: 'main', default: true }, { id: 'ops' }],
    },
  },
);
/** Sessions of this agent are answered by the model that says back what it is told. */
const ECHO = { model: 'echo/echo-1' };

let gateway: TestGateway;
let v4: TestPeer;
let v3: TestPeer;
let names = 0;
/** A session that no other test uses. */
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway({ config: CONFIG });
  v4 = await operator(gateway.url);
  v3 = (await TestPeer.connect(gateway.url, { protocol: 3, auth: { token: gateway.ownerToken } })).peer;
});
beforeEach(() => {
  names += 1;
  key = `agent:main:test-${names}`;
});
afterAll(async () => {
  await Promise.all([v4.close(), v3.close()]);
  await gateway.close();
});

const rows = (list: Json): Json[] => list.sessions as Json[];
const rowOf = async (peer: TestPeer, of = key): Promise<Json | undefined> =>
  rows(await peer.request('sessions.list', { limit: 1000 })).find((row) => row.key === of);
const refusal = (message: unknown) => ({ code: 'INVALID_REQUEST', message });
const archives = async (): Promise<string[]> =>
  readdir(joinPath(gateway.paths.trayDir, 'sessions'), { recursive: true });

/** Puts messages into a session without any model: it is made by a patch, and told by `chat.inject`. */
async function told(of: string, ...messages: string[]): Promise<void> {
  await v4.request('sessions.patch', { key: of, ...ECHO });
  for (const message of messages) await v4.request('chat.inject', { sessionKey: of, message });
}

async function slowRun(of: string, runId: string): Promise<void> {
  const message = `/slow ${'word '.repeat(300)}`;
  await v4.request('sessions.send', { key: of, message, idempotencyKey: runId });
  await v4.waitFor((frame) => {
    const payload = frame.payload as Json | undefined;
    return frame.event === 'chat' && payload?.runId === runId && payload.state === 'delta';
  });
}

describe('sessions.list', () => {
  it('is empty at first, and says what a session begins with', async () => {
    await using fresh = await startTestGateway({ config: CONFIG });
    const peer = await operator(fresh.url);
    expect(await peer.request('sessions.list', {})).toEqual({
      ts: expect.any(Number),
      path: expect.stringContaining('sessions'),
      count: 0,
      totalCount: 0,
      limitApplied: 100,
      nextOffset: null,
      hasMore: false,
      owners: [],
      defaults: {
        modelProvider: 'stub',
        model: 'plain',
        contextTokens: 4_000,
        agentRuntime: expect.objectContaining({ id: 'auto' }),
        thinkingLevels: [{ id: 'off', label: 'off' }],
        thinkingOptions: ['off'],
        thinkingDefault: 'off',
        modelSelectionTarget: 'session',
      },
      sessions: [],
    });
    await peer.close();
  });

  it('gives rows as the published schema has them, with titles and last messages only when asked', async () => {
    await told(key, 'first words', 'last words');
    await v4.request('sessions.patch', { key, label: `label ${key}` });
    const row = (await rowOf(v4)) as Json;
    expect(ROW.Errors(row)).toEqual([]);
    expect(row).toMatchObject({
      key,
      kind: 'direct',
      agentId: 'main',
      isMain: false,
      label: `label ${key}`,
      displayName: `label ${key}`,
      hasActiveRun: false,
      activeRunIds: [],
      modelProvider: 'echo',
      model: 'echo-1',
      modelOverrideSource: 'user',
      contextTokens: 128_000,
    });
    expect(row).not.toHaveProperty('lastMessagePreview');
    const full = { limit: 1, search: key, includeLastMessage: true, includeDerivedTitles: true };
    expect(rows(await v4.request('sessions.list', full))[0]).toMatchObject({
      lastMessagePreview: 'last words',
    });
  });

  it('gives v3 clients the rows and the frame that v3 had', async () => {
    await told(key, 'words');
    const list = await v3.request('sessions.list', { search: key });
    expect(Object.keys(list).sort()).toEqual(['count', 'defaults', 'path', 'sessions', 'ts']);
    expect(list.defaults).toEqual({ modelProvider: 'stub', model: 'plain', contextTokens: 4_000 });
    expect(rows(list)).toEqual([
      {
        key,
        kind: 'direct',
        chatType: 'direct',
        updatedAt: expect.any(Number),
        sessionId: expect.any(String),
        systemSent: false,
        abortedLastRun: false,
        inputTokens: 0,
        outputTokens: 0,
        totalTokens: 0,
        totalTokensFresh: true,
        modelProvider: 'echo',
        model: 'echo-1',
        contextTokens: 128_000,
      },
    ]);
  });

  it('pages, and filters by agent, label, archive, search and last interaction', async () => {
    await using fresh = await startTestGateway({ config: CONFIG });
    const peer = await operator(fresh.url);
    for (const name of ['one', 'two', 'three'])
      await peer.request('sessions.patch', { key: name, label: name });
    await peer.request('sessions.patch', { key: 'agent:ops:four' });
    await peer.request('sessions.patch', { key: 'two', archived: true });
    const keys = async (params: Json) =>
      rows(await peer.request('sessions.list', params)).map(({ key: of }) => of);
    expect(await keys({ agentId: 'OPS' })).toEqual(['agent:ops:four']);
    expect(await keys({ label: 'one' })).toEqual(['agent:main:one']);
    expect(await keys({ archived: true })).toEqual(['agent:main:two']);
    expect(await keys({ search: 'THREE' })).toEqual(['agent:main:three']);
    expect(await keys({ requireLastInteraction: true })).toEqual([]);
    expect(await keys({ ownerId: 'somebody' })).toEqual([]);
    const first = await peer.request('sessions.list', { limit: 2 });
    expect(first).toMatchObject({ count: 2, totalCount: 3, limitApplied: 2, nextOffset: 2, hasMore: true });
    const second = await peer.request('sessions.list', { limit: 2, offset: 2 });
    expect(second).toMatchObject({ count: 1, totalCount: 3, nextOffset: null, hasMore: false });
    expect(new Set([...rows(first), ...rows(second)].map(({ key: of }) => of)).size).toBe(3);
    await peer.close();
  });
});

describe('sessions.resolve', () => {
  it('finds a session by key, id, label and the beginning of its id, in the frames of both eras', async () => {
    await v4.request('sessions.patch', { key, label: `find ${key}` });
    const { sessionId } = (await rowOf(v4)) as { sessionId: string };
    const ways = [{ key }, { sessionId }, { label: `find ${key}` }, { shortId: sessionId.slice(0, 13) }];
    for (const way of [...ways, { reference: `find ${key}` }]) {
      const found = await v4.request('sessions.resolve', way);
      expect(found).toEqual({ ok: true, key, agentId: 'main' });
      expect(RESOLVED.Errors(found)).toEqual([]);
      expect(await v3.request('sessions.resolve', way)).toEqual({ ok: true, key });
    }
  });

  it('says what is missing in the words of each era', async () => {
    const rejected = async (peer: TestPeer, params: Json, message: string) =>
      expect(peer.request('sessions.resolve', params)).rejects.toEqual(refusal(message));
    await rejected(v4, {}, 'Either key, sessionId, label, shortId, or reference is required');
    await rejected(v3, {}, 'Either key, sessionId, or label is required');
    for (const peer of [v4, v3]) {
      await rejected(peer, { key: 'nope' }, 'No session found: nope');
      await rejected(peer, { sessionId: '../../etc/passwd' }, 'No session found: ../../etc/passwd');
      await rejected(peer, { label: 'nope' }, 'No session found with label: nope');
      await rejected(peer, { key: '__proto__' }, 'No session found: __proto__');
      await rejected(peer, { key: 'a', label: 'b' }, 'Provide only one of key, label');
    }
    expect(await v4.request('sessions.resolve', { key: 'nope', allowMissing: true })).toEqual({ ok: false });
  });
});

describe('sessions.preview', () => {
  it('gives the last lines of each key as it was spelled, oldest first, cut to length', async () => {
    await told(key, 'one', 'two', `three ${'x'.repeat(100)}`);
    const short = key.replace('agent:main:', '');
    const keys = [short, 'agent:main:none', 'agent:::', '\u0000'];
    const { previews } = await v4.request('sessions.preview', { keys, limit: 2, maxChars: 20 });
    expect(previews).toEqual([
      {
        key: short,
        status: 'ok',
        items: [
          { role: 'assistant', text: 'two' },
          { role: 'assistant', text: 'three xxxxxxxxxxx...' },
        ],
      },
      ...keys.slice(1).map((missing) => ({ key: missing, status: 'missing', items: [] })),
    ]);
    await v4.request('sessions.patch', { key: `${key}-empty` });
    const empty = await v4.request('sessions.preview', { keys: [`${key}-empty`] });
    expect(empty.previews).toEqual([{ key: `${key}-empty`, status: 'empty', items: [] }]);
  });
});

describe('sessions.search', () => {
  it('finds what was said with all words, in the sessions asked for', async () => {
    await told(key, 'the red fox', 'a blue fox', 'Red sky');
    const { results } = await v4.request('sessions.search', { query: 'RED fox', sessionKeys: [key] });
    expect(results).toMatchObject([{ sessionKey: key, snippet: 'the red fox', score: 1 }]);
    const few = await v4.request('sessions.search', { query: 'red', sessionKeys: [key], limit: 1 });
    expect(few).toMatchObject({ results: [{ snippet: 'Red sky' }], truncated: true });
    const elsewhere = await v4.request('sessions.search', { query: 'fox', sessionKeys: [`${key}-no`] });
    expect(elsewhere).toEqual({ results: [] });
  });
});

describe('sessions.get', () => {
  it('gives the newest messages, and nothing for a session that is not there', async () => {
    await told(key, 'one', 'two', 'three');
    const got = await v4.request('sessions.get', { key, limit: 2 });
    expect(got).toMatchObject({ key, hasMore: true, totalMessages: 3, session: { key } });
    expect((got.messages as Json[]).map(({ content }) => content)).toEqual([
      [{ type: 'text', text: 'two' }],
      [{ type: 'text', text: 'three' }],
    ]);
    expect(await v4.request('sessions.get', { key: `${key}-none` })).toMatchObject({ messages: [] });
    const old = await v3.request('sessions.get', { key, limit: 1 });
    expect(Object.keys(old)).toEqual(['messages']);
    expect((old.messages as Json[])[0]).not.toHaveProperty('__openclaw');
  });
});

describe('sessions.create', () => {
  it('makes a session with a key of its own, and starts its first message', async () => {
    const params = {
      agentId: 'ops',
      model: 'echo/echo-1',
      message: 'hello you',
      idempotencyKey: `create-${key}`,
    };
    const created = await v4.request('sessions.create', params);
    expect(CREATED.Errors(created)).toEqual([]);
    expect(created).toMatchObject({
      ok: true,
      key: expect.stringMatching(/^agent:ops:dashboard:[0-9a-f-]{36}$/),
      sessionId: expect.any(String),
      runStarted: true,
      runId: `create-${key}`,
      messageSeq: 1,
    });
    expect(await v4.request('sessions.create', params)).toEqual(created);
    expect(await v4.request('agent.wait', { runId: `create-${key}` })).toMatchObject({
      status: 'ok',
      terminalReply: { text: 'hello you' },
    });
  });

  it('makes one with the key, label and model that it is given', async () => {
    const params = {
      key,
      label: `made ${key}`,
      displayName: 'Made',
      model: 'thinker',
      thinkingLevel: 'high',
    };
    const created = await v4.request('sessions.create', params);
    expect(created).toMatchObject({
      key,
      runStarted: false,
      entry: { label: `made ${key}`, displayName: 'Made', modelOverride: 'thinker', thinkingLevel: 'high' },
      resolved: { modelProvider: 'stub', model: 'deep' },
    });
    expect(await rowOf(v4)).toMatchObject({
      displayName: 'Made',
      contextTokens: 9_000,
      thinkingLevel: 'high',
    });
  });

  it('makes nothing when it refuses', async () => {
    await v4.request('sessions.create', { key: `${key}-taken`, label: `taken ${key}` });
    const refused: [Json, unknown][] = [
      [{ label: `taken ${key}` }, `label already in use: taken ${key}`],
      [{ model: 'nope/none' }, 'Unknown provider "nope". Use /models to list providers.'],
      [{ thinkingLevel: 'low' }, 'thinkingLevel "low" is not supported for stub/plain (use off)'],
      [{ parentSessionKey: 'nobody' }, 'unknown parent session: nobody'],
      [{ incognito: true }, 'sessions.create cannot set incognito on this gateway; leave it out'],
      [{ cwd: '/etc' }, 'sessions.create cannot set cwd on this gateway; leave it out'],
      [{ agentId: 'ops' }, `session key ${key} belongs to agent "main", not to "ops"`],
      [{ label: 'a\u0000b' }, expect.stringContaining('invalid label')],
    ];
    for (const [params, message] of refused) {
      const answer = v4.request('sessions.create', { key, ...params });
      await expect(answer, JSON.stringify(params)).rejects.toMatchObject(refusal(message));
    }
    await expect(v4.request('sessions.create', { agentId: 'ghost' })).rejects.toEqual(
      refusal('unknown agent id "ghost"'),
    );
    expect(await rowOf(v4)).toBeUndefined();
  });

  it('tells of a first message that could not be taken beside the session that it made', async () => {
    await v4.request('sessions.patch', { key, sendPolicy: 'deny' });
    expect(await v4.request('sessions.create', { key, message: 'hi' })).toMatchObject({
      ok: true,
      key,
      runStarted: false,
      runError: { code: 'INVALID_REQUEST', message: expect.stringContaining('not allowed') },
    });
  });
});

describe('sessions.send', () => {
  it('sends to a session that is there, and says which message it was', async () => {
    await told(key, 'before');
    const sent = await v4.request('sessions.send', { key, message: 'ping', idempotencyKey: `send-${key}` });
    expect(sent).toEqual({ runId: `send-${key}`, status: 'started', messageSeq: 2 });
    expect(await v4.request('agent.wait', { runId: `send-${key}` })).toMatchObject({ status: 'ok' });
    const absent = v4.request('sessions.send', { key: `${key}-none`, message: 'ping' });
    await expect(absent).rejects.toEqual(refusal(`session not found: ${key}-none`));
  });

  it('makes a key for a message that comes without one', async () => {
    await told(key);
    const { runId } = await v4.request('sessions.send', { key, message: 'ping' });
    expect(await v4.request('agent.wait', { runId })).toMatchObject({ status: 'ok' });
  });
});

describe('sessions.abort', () => {
  it('ends what runs and lets what waits come next', async () => {
    await told(key);
    await slowRun(key, `one-${key}`);
    expect(await rowOf(v4)).toMatchObject({
      hasActiveRun: true,
      activeRunIds: [`one-${key}`],
      status: 'running',
    });
    await v4.request('sessions.send', { key, message: 'next', idempotencyKey: `two-${key}` });
    const aborted = await v4.request('sessions.abort', { key });
    expect(aborted).toEqual({ ok: true, abortedRunId: `one-${key}`, status: 'aborted' });
    expect(await v4.request('agent.wait', { runId: `two-${key}` })).toMatchObject({
      status: 'ok',
      terminalReply: { text: 'next' },
    });
    const idle = { ok: true, abortedRunId: null, status: 'no-active-run' };
    expect(await v4.request('sessions.abort', { key })).toEqual(idle);
    expect(await v4.request('sessions.abort', { runId: 'nobody' })).toEqual(idle);
    await expect(v4.request('sessions.abort', {})).rejects.toEqual(
      refusal('Either key or runId is required'),
    );
  });

  it('ends what waits as well when told, and finds a run by its id alone', async () => {
    await told(key);
    await slowRun(key, `one-${key}`);
    await v4.request('sessions.send', { key, message: 'next', idempotencyKey: `two-${key}` });
    const aborted = await v4.request('sessions.abort', { runId: `one-${key}`, clearQueued: true });
    expect(aborted).toMatchObject({ abortedRunId: `one-${key}`, status: 'aborted' });
    expect(await v4.request('agent.wait', { runId: `two-${key}` })).toMatchObject({ stopReason: 'aborted' });
  });
});

describe('sessions.patch', () => {
  it('sets, keeps and clears what a session prefers', async () => {
    const set = {
      label: `p ${key}`,
      model: 'stub/deep',
      thinkingLevel: 'LOW',
      verboseLevel: 'on',
      pinned: true,
    };
    const patched = await v4.request('sessions.patch', { key, ...set });
    expect(patched).toMatchObject({
      ok: true,
      path: expect.stringContaining('sessions'),
      key,
      entry: { label: `p ${key}`, modelOverride: 'stub/deep', thinkingLevel: 'low', verboseLevel: 'on' },
      resolved: { modelProvider: 'stub', model: 'deep' },
    });
    expect(patched.entry).not.toHaveProperty('cliSessions');
    expect(await rowOf(v4)).toMatchObject({ pinned: true, thinkingLevel: 'low', model: 'deep' });
    const clear = { key, label: null, model: null, thinkingLevel: '', verboseLevel: null };
    const cleared = await v4.request('sessions.patch', clear);
    expect(cleared).toMatchObject({ entry: { pinned: true }, resolved: { model: 'plain' } });
    for (const field of ['label', 'modelOverride', 'thinkingLevel', 'verboseLevel']) {
      expect(cleared.entry).not.toHaveProperty(field);
    }
  });

  it('answers v3 clients with the entry that v3 had', async () => {
    const { entry, ...answer } = await v3.request('sessions.patch', {
      key,
      label: `v3 ${key}`,
      model: 'stub/deep',
    });
    expect(answer).toMatchObject({ ok: true, key, resolved: { modelProvider: 'stub', model: 'deep' } });
    expect(entry).toEqual({
      sessionId: expect.any(String),
      updatedAt: expect.any(Number),
      systemSent: false,
      abortedLastRun: false,
      chatType: 'direct',
      compactionCount: 0,
      inputTokens: 0,
      outputTokens: 0,
      totalTokens: 0,
      totalTokensFresh: true,
      label: `v3 ${key}`,
      providerOverride: 'stub',
      modelOverride: 'deep',
    });
  });

  it('changes nothing when any part of it is refused', async () => {
    await v4.request('sessions.patch', { key: `${key}-taken`, label: `taken ${key}` });
    const { sessionId } = (await rowOf(v4, `${key}-taken`)) as { sessionId: string };
    const refused: [Json, unknown][] = [
      [{ bogus: 1 }, "invalid sessions.patch params: at root: unexpected property 'bogus'"],
      [{ model: 'nope/none' }, 'Unknown provider "nope". Use /models to list providers.'],
      [{ label: `taken ${key}` }, `label already in use: taken ${key}`],
      [{ label: '   ' }, 'invalid label: empty'],
      [{ thinkingLevel: 'low' }, 'thinkingLevel "low" is not supported for stub/plain (use off)'],
      [
        { thinkingLevel: 'a lot', model: 'thinker' },
        expect.stringMatching(/^invalid thinkingLevel \(use off\|/),
      ],
      [{ execSecurity: 'none' }, 'invalid execSecurity (use "deny"|"allowlist"|"full")'],
      [{ verboseLevel: 'loud' }, 'invalid verboseLevel (use "on"|"off"|"full")'],
      [
        { permissionMode: 'read-only' },
        'sessions.patch cannot set permissionMode on this gateway; leave it out',
      ],
      [{ spawnedBy: 'agent:main:main' }, 'spawnedBy is only supported for subagent:* sessions'],
      [{ expectedSessionId: sessionId }, expect.stringMatching(/^session changed since it was read/)],
    ];
    for (const [params, message] of refused) {
      const answer = v4.request('sessions.patch', { key, pinned: true, ...params });
      await expect(answer, JSON.stringify(params)).rejects.toMatchObject(refusal(message));
    }
    expect(await rowOf(v4)).toBeUndefined();
    const fine = { key: `${key}-taken`, expectedSessionId: sessionId, unread: true, permissionMode: null };
    await v4.request('sessions.patch', fine);
    await expect(v4.request('sessions.patch', { key: 'agent:ghost:x' })).rejects.toEqual(
      refusal('unknown agent id "ghost"'),
    );
  });

  it('needs admin for what decides what an agent may do; in v3 for everything', async () => {
    const writer = await operator(gateway.url, ['operator.write']);
    const fine = { key, label: `w ${key}`, pinned: true, model: 'stub/deep', thinkingLevel: 'low' };
    expect(await writer.request('sessions.patch', fine)).toMatchObject({ ok: true });
    const missing = { code: 'FORBIDDEN', message: 'missing scope: operator.admin' };
    const own = '{"key":"x","__proto__":{"label":"x"}}';
    const hidden: unknown[] = [
      { key, label: 'x', execSecurity: 'full' },
      { key, elevatedLevel: null },
      [],
      7,
    ];
    for (const params of [...hidden, null, JSON.parse(own)]) {
      await expect(writer.request('sessions.patch', params)).rejects.toMatchObject(missing);
    }
    for (const method of ['sessions.delete', 'sessions.reset', 'sessions.compact']) {
      await expect(writer.request(method, { key })).rejects.toMatchObject(missing);
    }
    const reader = await operator(gateway.url, ['operator.read']);
    await expect(reader.request('sessions.patch', { key, label: 'x' })).rejects.toMatchObject({
      message: 'missing scope: operator.write',
    });
    expect((await rowOf(v4))?.execSecurity).toBeUndefined();
    await Promise.all([writer.close(), reader.close()]);
  });
});

describe('sessions.reset', () => {
  it('ends what runs, keeps the settings, and archives the transcript', async () => {
    await told(key, 'old words');
    await slowRun(key, `run-${key}`);
    const { sessionId } = (await rowOf(v4)) as { sessionId: string };
    const reset = await v4.request('sessions.reset', { key });
    expect(await v4.request('agent.wait', { runId: `run-${key}` })).toMatchObject({ stopReason: 'aborted' });
    expect(reset).toMatchObject({ ok: true, key, resolved: { modelProvider: 'echo', model: 'echo-1' } });
    const entry = reset.entry as Json;
    expect(entry.sessionId).not.toBe(sessionId);
    expect(entry).toMatchObject({ messageCount: 0, systemSent: false, modelOverride: ECHO.model });
    expect((await archives()).some((name) => name.includes(`${sessionId}.jsonl.reset.`))).toBe(true);
    expect(await v4.request('sessions.get', { key })).toMatchObject({ messages: [] });
  });

  it('makes a session that is not there, but none of an agent that is not there', async () => {
    const { entry, ...answer } = await v3.request('sessions.reset', { key, reason: 'new' });
    expect(answer).toEqual({ ok: true, key });
    expect(entry).toMatchObject({ sessionId: expect.any(String), systemSent: false });
    await expect(v4.request('sessions.reset', { key: 'agent:ghost:x' })).rejects.toEqual(
      refusal('unknown agent id "ghost"'),
    );
  });
});

describe('sessions.delete', () => {
  it('ends what runs and archives the transcript; then there is nothing to delete', async () => {
    await told(key, 'words');
    await slowRun(key, `run-${key}`);
    const deleted = await v4.request('sessions.delete', { key });
    expect(DELETED.Errors(deleted)).toEqual([]);
    expect(deleted).toEqual({
      ok: true,
      key,
      deleted: true,
      archived: [expect.stringContaining('.jsonl.deleted.')],
    });
    expect(await v4.request('agent.wait', { runId: `run-${key}` })).toMatchObject({ stopReason: 'aborted' });
    expect(await v3.request('sessions.delete', { key })).toEqual({
      ok: true,
      key,
      deleted: false,
      archived: [],
    });
    expect(await rowOf(v4)).toBeUndefined();
  });

  it('refuses the main session of any agent, and what has changed since it was read', async () => {
    for (const [main, full] of [
      ['main', 'agent:main:main'],
      ['agent:ops:main', 'agent:ops:main'],
    ]) {
      const message = `Cannot delete the main session (${full}).`;
      await expect(v4.request('sessions.delete', { key: main })).rejects.toEqual(refusal(message));
    }
    await v4.request('sessions.patch', { key });
    const updatedAt = Number((await rowOf(v4))?.updatedAt);
    for (const expected of [
      { expectedSessionId: 'another' },
      { expectedLifecycleRevision: 'another' },
      { expectedSessionUpdatedAt: updatedAt - 1 },
    ]) {
      await expect(v4.request('sessions.delete', { key, ...expected })).rejects.toMatchObject({
        details: { code: 'SESSION_CHANGED' },
      });
    }
    await expect(v4.request('sessions.delete', { key, archivedOnly: true })).rejects.toMatchObject(
      refusal(expect.stringContaining('not archived')),
    );
    const exact = { key, expectedSessionUpdatedAt: updatedAt, deleteTranscript: false };
    expect(await v4.request('sessions.delete', exact)).toMatchObject({ deleted: true, archived: [] });
  });
});

describe('sessions.compact', () => {
  it('keeps the newest messages and says where the others are', async () => {
    await told(key, 'one', 'two', 'three');
    const compacted = await v4.request('sessions.compact', { key, maxLines: 2 });
    expect(compacted).toEqual({
      ok: true,
      key,
      compacted: true,
      kept: 2,
      archived: expect.stringContaining('.jsonl.bak.'),
    });
    const { messages } = await v4.request('sessions.get', { key });
    expect((messages as Json[]).map(({ content }) => (content as Json[])[0]?.text)).toEqual(['two', 'three']);
    expect(await v3.request('sessions.compact', { key })).toEqual({
      ok: true,
      key,
      compacted: false,
      kept: 2,
    });
    const nothing = { ok: true, key: `${key}-none`, compacted: false, reason: 'no transcript' };
    expect(await v4.request('sessions.compact', { key: `${key}-none` })).toEqual(nothing);
  });
});

describe('subscriptions', () => {
  it('tell of sessions and messages to those who asked, until they ask no more', async () => {
    const follower = await operator(gateway.url);
    expect(await follower.request('sessions.subscribe', {})).toEqual({ subscribed: true });
    const messages = { subscribed: true, key: 'agent:main:main' };
    expect(await follower.request('sessions.messages.subscribe', { key: 'main' })).toEqual(messages);
    await follower.request('sessions.messages.subscribe', { key });
    await told(key, 'news');
    const message = await follower.waitFor(({ event }) => event === 'session.message');
    expect(message.payload).toMatchObject({ sessionKey: key });
    const changes = follower.events('sessions.changed').map(({ payload }) => payload as Json);
    expect(changes.every(({ session }) => ROW.Check(session))).toBe(true);
    expect(changes.map(({ sessionKey }) => sessionKey)).toContain(key);
    expect(v4.events('session.message')).toEqual([]);

    expect(await follower.request('sessions.unsubscribe', {})).toEqual({ subscribed: false });
    const left = await follower.request('sessions.messages.unsubscribe', { key });
    expect(left).toEqual({ subscribed: false, key });
    const heard = follower.frames.length;
    await told(key, 'more news');
    await follower.request('health');
    const since = follower.frames.slice(heard).map(({ event }) => event);
    expect(since.filter((event) => event === 'session.message' || event === 'sessions.changed')).toEqual([]);
    await follower.close();
  });
});

describe('usage', () => {
  it('is told of sessions and days, in the frames of both eras', async () => {
    await using fresh = await startTestGateway({ config: CONFIG });
    const peer = await operator(fresh.url);
    const { peer: old } = await TestPeer.connect(fresh.url, {
      protocol: 3,
      auth: { token: fresh.ownerToken },
    });
    const created = await peer.request('sessions.create', { key: 'used', ...ECHO, message: 'some words' });
    await peer.request('agent.wait', { runId: created.runId });
    const used = { key: 'agent:main:used', agentId: 'main', modelProvider: 'echo', model: 'echo-1' };
    const report = await peer.request('sessions.usage', {});
    expect(report).toMatchObject({
      sessions: [
        { ...used, scope: 'instance', usage: { messageCounts: { total: 2 } }, hasContextWeight: false },
      ],
      aggregates: { sessionCount: 1, messages: { user: 1, assistant: 1 }, byCreator: [] },
      cacheStatus: { status: 'fresh', cachedFiles: 1, pendingFiles: 0, staleFiles: 0 },
    });
    const before = await old.request('sessions.usage', { key: 'used' });
    expect(before).toMatchObject({ sessions: [{ ...used, usage: { messageCounts: { total: 2 } } }] });
    expect(before).not.toHaveProperty('cacheStatus');
    expect(before.aggregates).not.toHaveProperty('sessionCount');

    const cost = await peer.request('usage.cost', { days: 3 });
    expect(cost).toMatchObject({ days: 3, cacheStatus: { status: 'fresh' } });
    expect(cost.daily).toHaveLength(3);
    const costBefore = await old.request('usage.cost', { days: 3 });
    expect(costBefore).toMatchObject({ days: 4, totals: cost.totals });
    expect(costBefore.daily).toEqual((cost.daily as Json[]).filter(({ totalTokens }) => totalTokens !== 0));
    expect(costBefore.daily).toHaveLength(1);

    const { points } = await peer.request('sessions.usage.timeseries', { key: 'used' });
    expect(points).toHaveLength(1);
    const { logs } = await peer.request('sessions.usage.logs', { key: 'used', limit: 1 });
    expect(logs).toEqual([expect.objectContaining({ role: 'assistant', content: 'some words' })]);
    for (const method of ['sessions.usage.timeseries', 'sessions.usage.logs']) {
      await expect(peer.request(method, { key: 'nope' })).rejects.toEqual(
        refusal('No transcript found for session: nope'),
      );
    }
    expect(await peer.request('usage.status', {})).toEqual({ updatedAt: expect.any(Number), providers: [] });
    await Promise.all([peer.close(), old.close()]);
  });

  it('refuses days that are none', async () => {
    await expect(v4.request('usage.cost', { startDate: '2026-02-30' })).rejects.toEqual(
      refusal('startDate is not a date: write it as YYYY-MM-DD'),
    );
  });
});

describe('an agent that is named beside a key', () => {
  it('owns the key, unless that names another', async () => {
    const name = key.replace('agent:main:', '');
    for (const given of [name, `group:${name}`, `agent:ops:${name}`]) {
      const subscribed = await v4.request('sessions.messages.subscribe', { key: given, agentId: 'ops' });
      expect(subscribed.key).toBe(`agent:ops:${given.replace('agent:ops:', '')}`);
    }
    const main = await v4.request('sessions.messages.subscribe', { key: 'main', agentId: 'ops' });
    expect(main.key).toBe('agent:ops:main');
    await expect(v4.request('sessions.get', { key, agentId: 'ops' })).rejects.toMatchObject({
      message: `session key ${key} belongs to agent "main", not to "ops"`,
    });
  });
});

describe('keys that are none', () => {
  it('are refused by every method that takes one, and make no session', async () => {
    const { totalCount } = await v4.request('sessions.list', { archived: 'all' });
    const bad = ['agent::x', 'a\u0000b', '\u202egnp.exe', 'agent:../x:y', ' '];
    const methods = [
      'patch',
      'reset',
      'delete',
      'compact',
      'get',
      'messages.subscribe',
      'usage.logs',
      'abort',
    ];
    for (const method of methods) {
      for (const given of bad) {
        const answer = v4.request(`sessions.${method}`, { key: given });
        await expect(answer, `${method} ${given}`).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      }
    }
    expect(await v4.request('sessions.list', { archived: 'all' })).toMatchObject({ totalCount });
  });
});

describe('what v3 clients are told of a conversation', () => {
  it('has the fields of v3 and no others', async () => {
    const { peer } = await TestPeer.connect(gateway.url, { protocol: 3, auth: TOKEN });
    await peer.close();
    await told(key);
    const first = await v3.requestRaw('agent', {
      message: 'hi',
      sessionKey: key,
      idempotencyKey: `a-${key}`,
    });
    expect(first.payload).toEqual({ runId: `a-${key}`, status: 'accepted', acceptedAt: expect.any(Number) });
    const second = await v3.waitFor(
      ({ id, payload }) => id === first.id && (payload as Json).status === 'ok',
    );
    expect((second.payload as { result: Json }).result).toMatchObject({
      payloads: [{ text: 'hi', mediaUrl: null }],
    });
    expect(JSON.stringify(second.payload)).not.toContain('terminalReceipt');
    const waited = await v3.request('agent.wait', { runId: `a-${key}` });
    expect(Object.keys(waited).sort()).toEqual(['endedAt', 'runId', 'startedAt', 'status']);
    const history = await v3.request('chat.history', { sessionKey: key });
    expect(Object.keys(history).sort()).toEqual(['messages', 'sessionId', 'sessionKey', 'thinkingLevel']);
    const [asked] = history.messages as Json[];
    expect(asked).toEqual({
      role: 'user',
      content: [{ type: 'text', text: 'hi' }],
      timestamp: expect.any(Number),
    });
  });
});
