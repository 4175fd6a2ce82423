import { ProtocolSchemas } from '@openclaw/gateway-protocol/schema';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { stubConfig } from '../models/testing/model-fixture.ts';
import { type Behaviour, type ModelServer, startModelServer } from '../testing/model-server.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import { operator } from './testing/server-fixtures.ts';

type Json = Record<string, unknown>;

const WRITE = ['operator.read', 'operator.write'];
const MAIN = 'agent:main:main';
const OPERATION = Compile(
  (ProtocolSchemas as unknown as Record<string, Parameters<typeof Compile>[0]>).SessionOperationEvent ?? {},
);

const answer = (text: string): Behaviour => ({ type: 'answer', text: [text] });
const TOO_LONG: Behaviour = {
  type: 'status',
  status: 400,
  message: "This model's maximum context length is 10 tokens",
};

/** A gateway whose only model is a server that follows a script, and an admin on it. */
async function stage(behaviours: Behaviour[], config: Json = {}, model: Json = {}) {
  const server = await startModelServer(...behaviours);
  const gateway = await startTestGateway({
    devEcho: false,
    config: { ...stubConfig(server, {}, model), ...config },
  });
  const peer = await operator(gateway.url);
  const close = async (): Promise<void> => {
    await gateway.close();
    await server.close();
  };
  return { server, gateway, peer, [Symbol.asyncDispose]: close };
}

const payloads = (peer: TestPeer, event: string): Json[] =>
  peer.events(event).map(({ payload }) => payload as Json);
const chatIs =
  (runId: string, ...states: string[]) =>
  (frame: Json) => {
    const payload = frame.payload as Json | undefined;
    return frame.event === 'chat' && payload?.runId === runId && states.includes(String(payload.state));
  };

let sent = 0;
/** Sends a message and resolves with the last `chat` event of its run. */
async function say(peer: TestPeer, message: string, more: Json = {}): Promise<Json> {
  sent += 1;
  const { idempotencyKey = `say-${sent}` } = more;
  const runId = String(idempotencyKey);
  await peer.request('chat.send', { sessionKey: 'main', message, ...more, idempotencyKey });
  const last = await peer.waitFor(chatIs(runId, 'final', 'error', 'aborted'));
  await peer.request('agent.wait', { runId });
  return last.payload as Json;
}

const history = async (peer: TestPeer, sessionKey = 'main'): Promise<Json[]> =>
  (await peer.request('chat.history', { sessionKey })).messages as Json[];
const spoken = (messages: Json[]) =>
  messages.map(({ role, content }) => [
    role,
    typeof content === 'string' ? content : (content as Json[])[0]?.text,
  ]);
const rowOf = async (peer: TestPeer, key = MAIN): Promise<Json> =>
  ((await peer.request('sessions.list', {})).sessions as Json[]).find((row) => row.key === key) ?? {};
/** What the model was told in its newest request. */
const told = (server: ModelServer): string => JSON.stringify(server.requests.at(-1)?.body.messages);

describe('a reset trigger', () => {
  it('starts the session over, with what stands behind it as the first message, once for each key', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await peer.request('sessions.patch', { key: 'main', label: 'Kept' });
    await say(peer, 'an old secret');
    const before = await rowOf(peer);
    await say(peer, '/New\n something else', { idempotencyKey: 'again' });
    const after = await rowOf(peer);
    expect(after.sessionId).not.toBe(before.sessionId);
    expect(after.label).toBe('Kept');
    expect(spoken(await history(peer))).toEqual([
      ['user', 'something else'],
      ['assistant', 'fine'],
    ]);
    expect(told(server)).not.toContain('an old secret');
    const again = { sessionKey: 'main', message: '/New\n something else', idempotencyKey: 'again' };
    expect(await peer.request('chat.send', again)).toEqual({ runId: 'again', status: 'ok' });
    expect((await rowOf(peer)).sessionId).toBe(after.sessionId);
  });

  it('on its own says that it was done, and asks no model', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await say(peer, 'hello');
    const done = await say(peer, '/reset');
    expect(done).toMatchObject({
      state: 'final',
      message: { content: [{ text: 'The session has started over.' }] },
    });
    expect(server.requests).toHaveLength(1);
    expect(await history(peer)).toMatchObject([{ role: 'system', __openclaw: { kind: 'reset' } }]);
    await say(peer, 'and now');
    expect(told(server)).not.toContain('started over');
  });

  it('ends what runs, and is what the configuration says; a word that only begins like one is a message', async () => {
    await using it = await stage([{ type: 'endless', word: 'on ' }], {
      session: { resetTriggers: ['/fresh'] },
    });
    const { peer, server } = it;
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'endless' });
    await peer.waitFor(chatIs('endless', 'delta'));
    server.script(answer('fine'));
    await say(peer, '/fresh start');
    expect(payloads(peer, 'chat')).toContainEqual(
      expect.objectContaining({ runId: 'endless', state: 'aborted' }),
    );
    await say(peer, '/freshly made');
    await say(peer, '/new');
    expect(spoken(await history(peer)).filter(([role]) => role === 'user')).toEqual([
      ['user', 'start'],
      ['user', '/freshly made'],
      ['user', '/new'],
    ]);
  });

  it('needs admin in a call of agent, as v4 has it, and does not in v3', async () => {
    await using it = await stage([answer('fine')]);
    const writer = await operator(it.gateway.url, WRITE);
    const device = testDevice();
    const auth = { token: it.gateway.ownerToken };
    const { peer: old } = await TestPeer.connect(it.gateway.url, {
      protocol: 3,
      auth,
      device,
      scopes: WRITE,
    });
    const reset = (idempotencyKey: string) => ({ message: '/new and go', idempotencyKey });
    await expect(writer.request('agent', reset('a1'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { missingScope: 'operator.admin' },
    });
    expect(await writer.request('agent', { message: 'go', idempotencyKey: 'a2' })).toMatchObject({
      status: 'accepted',
    });
    await writer.request('agent.wait', { runId: 'a2' });
    expect(await old.request('agent', reset('a3'))).toMatchObject({ status: 'accepted' });
    expect(await it.peer.request('agent', reset('a4'))).toMatchObject({ status: 'accepted' });
  });
});

describe('how much a model thinks', () => {
  it('is what the message says, else the session, else its agent, else the defaults', async () => {
    await using it = await stage([answer('fine')], {
      agents: {
        defaults: { thinkingDefault: 'low' },
        list: [{ id: 'main' }, { id: 'deep', thinkingDefault: 'high' }],
      },
    });
    const { peer, server } = it;
    const effort = () => server.requests.at(-1)?.body.reasoning_effort;
    await say(peer, 'one');
    expect(effort()).toBe('low');
    await say(peer, 'one', { sessionKey: 'agent:deep:main' });
    expect(effort()).toBe('high');
    expect(await rowOf(peer, 'agent:deep:main')).toMatchObject({ thinkingDefault: 'high' });
    await peer.request('sessions.patch', { key: 'main', thinkingLevel: 'medium' });
    await say(peer, 'two');
    expect(effort()).toBe('medium');
    await say(peer, 'three', { thinking: 'minimal' });
    expect(effort()).toBe('minimal');
    await peer.request('sessions.patch', { key: 'main', thinkingLevel: 'off' });
    await say(peer, 'four');
    expect(effort()).toBeUndefined();
  });

  it('goes to the model that the session prefers', async () => {
    await using it = await stage([answer('fine')]);
    await it.peer.request('sessions.patch', { key: 'main', model: 'stub/another' });
    await say(it.peer, 'who are you');
    expect(it.server.requests.at(-1)?.body.model).toBe('another');
    expect(await rowOf(it.peer)).toMatchObject({
      model: 'another',
      modelOverrideSource: 'user',
      contextTokens: 128_000,
    });
  });
});

describe('sessions.compact', () => {
  const four = async (peer: TestPeer): Promise<void> => {
    for (const text of ['first thing', 'second thing', 'third thing', 'fourth thing']) await say(peer, text);
  };

  it('puts a summary by the model in the place of older messages, and tells those who follow', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await four(peer);
    await peer.request('sessions.subscribe', {});
    server.script(answer('They spoke of two things.'));
    const done = await peer.request('sessions.compact', { key: 'main' });
    expect(done).toMatchObject({ ok: true, key: MAIN, compacted: true, kept: 4 });
    expect(told(server)).toContain('second thing');
    expect(told(server)).not.toContain('third thing');
    expect(server.requests.at(-1)?.body.tools).toBeUndefined();
    const events = payloads(peer, 'session.operation');
    expect(events).toMatchObject([
      { operation: 'compact', phase: 'start', sessionKey: MAIN },
      { operation: 'compact', phase: 'end', completed: true },
    ]);
    for (const event of events) expect(OPERATION.Errors(event)).toEqual([]);
    expect((await history(peer))[0]).toMatchObject({
      role: 'system',
      content: [{ text: 'They spoke of two things.' }],
      __openclaw: { kind: 'compaction' },
    });
    await say(peer, 'go on');
    expect(told(server)).toContain('They spoke of two things.');
    expect(told(server)).toContain('third thing');
    expect(told(server)).not.toContain('first thing');
  });

  it('changes nothing when the model fails, and says why', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await four(peer);
    server.script({ type: 'status', status: 400, message: 'stub says boom' });
    expect(await peer.request('sessions.compact', { key: 'main' })).toEqual({
      ok: false,
      key: MAIN,
      compacted: false,
      kept: 8,
      reason: expect.stringContaining('stub says boom'),
    });
    expect(await history(peer)).toHaveLength(8);
  });

  it('keeps the newest messages as they are, and says so, when there is no model', async () => {
    await using gateway = await startTestGateway({ devEcho: false });
    const peer = await operator(gateway.url);
    for (const text of ['one', 'two', 'three']) await say(peer, text);
    const notes = Array.from({ length: 400 }, (_, at) => ({ sessionKey: 'main', message: `note ${at}` }));
    await Promise.all(notes.map((note) => peer.request('chat.inject', note)));
    const done = await peer.request('sessions.compact', { key: 'main' });
    expect(done).toMatchObject({ ok: true, compacted: true, kept: 400, archived: expect.any(String) });
    expect(done.reason).toMatch(/No model is configured[\s\S]*newest 400 messages are kept/);
  });

  it('does not cut off what is being answered: it says that the session is busy', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await four(peer);
    server.script({ type: 'hold', text: ['so '] });
    await peer.request('chat.send', { sessionKey: 'main', message: 'slow', idempotencyKey: 'slow' });
    await peer.waitFor(chatIs('slow', 'delta'));
    for (const params of [{ key: 'main' }, { key: 'main', maxLines: 2 }]) {
      expect(await peer.request('sessions.compact', params)).toMatchObject({
        ok: false,
        compacted: false,
        reason: expect.stringMatching(/^session is busy: 1 of its runs/),
      });
    }
    server.release();
    await peer.waitFor(chatIs('slow', 'final'));
    expect(await peer.request('sessions.compact', { key: 'main', maxLines: 2 })).toMatchObject({ kept: 2 });
  });
});

describe('a conversation that is too long for the model', () => {
  it('is summarised once, the message is answered after all, and clients are told', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await say(peer, 'first thing');
    await say(peer, 'second thing');
    const asked = server.requests.length;
    server.script(TOO_LONG, TOO_LONG, answer('Two things were said.'), answer('here you are'));
    expect(await say(peer, 'third thing')).toMatchObject({
      state: 'final',
      message: { content: [{ text: 'here you are' }] },
    });
    const bodies = server.requests.slice(asked).map(({ body }) => JSON.stringify(body.messages));
    expect(bodies).toHaveLength(4);
    expect(bodies[3]).toContain('Two things were said.');
    expect(bodies[3]).toContain('third thing');
    expect(bodies[3]).not.toContain('first thing');
    const steps = payloads(peer, 'agent').filter(({ stream }) => stream === 'compaction');
    expect(steps.map(({ data }) => data)).toEqual([{ phase: 'start' }, { phase: 'end', completed: true }]);
  });

  it('goes on without a summary, and says so in the session, when there can be none', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await say(peer, 'first thing');
    server.script(TOO_LONG, { type: 'status', status: 400, message: 'no summaries' }, answer('here you are'));
    expect(await say(peer, 'second thing')).toMatchObject({ state: 'final' });
    expect(told(server)).not.toContain('first thing');
    expect(spoken(await history(peer))[0]).toEqual([
      'system',
      expect.stringMatching(/^There is no summary of the older messages: .*no summaries/),
    ]);
  });

  it('fails with what helps when nothing older can be left out', async () => {
    await using it = await stage([TOO_LONG]);
    const failed = await say(it.peer, 'a very long message');
    expect(failed).toMatchObject({ state: 'error', errorDetail: { failoverReason: 'context' } });
    expect(failed.errorMessage).toMatch(/maximum context length.*send a shorter message/);
    expect(it.server.requests).toHaveLength(1);
  });
});

describe('a run', () => {
  it('is ended by the client that began it, by its device, or by an admin, and by nobody else', async () => {
    await using it = await stage([{ type: 'endless', word: 'on ' }]);
    const { peer: admin, gateway } = it;
    const device = testDevice();
    const auth = { token: gateway.ownerToken };
    const ask = { auth, device, scopes: WRITE };
    const { peer: owner } = await TestPeer.connect(gateway.url, ask);
    const { peer: elsewhere } = await TestPeer.connect(gateway.url, ask);
    const stranger = await operator(gateway.url, WRITE);
    const begin = async (runId: string): Promise<void> => {
      await owner.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: runId });
      await owner.waitFor(chatIs(runId, 'delta'));
    };
    const refused = {
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/^unauthorized: another client/),
      details: { code: 'RUN_OF_ANOTHER_CLIENT' },
    };
    await begin('one');
    const stop = { sessionKey: 'main' };
    await expect(stranger.request('chat.abort', stop)).rejects.toMatchObject(refused);
    await expect(stranger.request('chat.abort', { ...stop, runId: 'one' })).rejects.toMatchObject(refused);
    await expect(stranger.request('sessions.abort', { key: 'main' })).rejects.toMatchObject(refused);
    for (const message of ['/stop', '/new']) {
      const send = { ...stop, message, idempotencyKey: message };
      await expect(stranger.request('chat.send', send)).rejects.toMatchObject(refused);
    }
    expect(await stranger.request('chat.abort', { ...stop, runId: 'none' })).toMatchObject({
      aborted: false,
    });
    expect(await elsewhere.request('chat.abort', stop)).toMatchObject({ runIds: ['one'] });
    await begin('two');
    expect(await admin.request('chat.abort', stop)).toMatchObject({ runIds: ['two'] });
    await begin('three');
    expect(
      await owner.request('chat.send', { ...stop, message: '/stop', idempotencyKey: 's' }),
    ).toMatchObject({
      status: 'ok',
    });
    expect(await rowOf(admin)).toMatchObject({ hasActiveRun: false, status: 'killed' });
  });

  it('leaves in the row of its session which one it was, when it was on, and how it ended', async () => {
    await using it = await stage([answer('fine')]);
    const { peer, server } = it;
    await peer.request('sessions.patch', { key: 'main', label: 'Rows' });
    expect(await rowOf(peer)).toMatchObject({ systemSent: false });
    await say(peer, 'hi', { idempotencyKey: 'row-1' });
    const row = await rowOf(peer);
    expect(row).toMatchObject({
      status: 'done',
      lastRunId: 'row-1',
      systemSent: true,
      contextTokens: 128_000,
    });
    expect(row.runtimeMs).toBe(Number(row.endedAt) - Number(row.startedAt));
    server.script({ type: 'hold', text: ['so '] });
    await peer.request('chat.send', { sessionKey: 'main', message: 'slow', idempotencyKey: 'row-2' });
    await peer.waitFor(chatIs('row-2', 'delta'));
    await peer.request('chat.send', { sessionKey: 'main', message: 'next', idempotencyKey: 'row-3' });
    const running = await rowOf(peer);
    expect(running).toMatchObject({ status: 'running', lastRunId: 'row-2' });
    expect(running).not.toHaveProperty('endedAt');
    server.release();
    server.script(answer('fine'));
    await peer.request('agent.wait', { runId: 'row-3' });
    expect(await rowOf(peer)).toMatchObject({ status: 'done', lastRunId: 'row-3' });
    server.script({ type: 'hold', text: [] });
    await say(peer, 'late', { timeoutMs: 1 });
    expect(await rowOf(peer)).toMatchObject({ status: 'timeout', abortedLastRun: true });
  });
});

describe('two who want the same thing at once', () => {
  it('get it once: a label belongs to one session, and what both ask of a new session counts', async () => {
    await using it = await stage([answer('fine')]);
    const { peer } = it;
    const creates = ['a', 'b', 'c'].map((name) =>
      peer.request('sessions.create', { key: `agent:main:${name}`, label: 'Wanted' }),
    );
    const made = await Promise.allSettled(creates);
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await peer.request('sessions.create', { key: 'agent:main:d' });
    const patches = ['d', 'e'].map((name) =>
      peer.request('sessions.patch', { key: `agent:main:${name}`, label: 'Other' }),
    );
    const patched = await Promise.allSettled(patches);
    expect(patched.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const both = [{ label: 'Both' }, { icon: 'star' }].map((more) =>
      peer.request('sessions.patch', { key: 'agent:main:f', ...more }),
    );
    await Promise.all(both);
    expect(await rowOf(peer, 'agent:main:f')).toMatchObject({ label: 'Both', icon: 'star' });
  });
});

describe('a v3 client', () => {
  it('may give a session any model and level, as v3 let it; the next run says what is wrong', async () => {
    await using it = await stage([answer('fine')], {}, { reasoning: false });
    const { peer: old } = await TestPeer.connect(it.gateway.url, {
      protocol: 3,
      auth: { token: it.gateway.ownerToken },
    });
    expect(await old.request('sessions.patch', { key: 'main', thinkingLevel: 'low' })).toMatchObject({
      entry: { thinkingLevel: 'low' },
    });
    expect(await old.request('sessions.patch', { key: 'main', model: 'nope/none' })).toMatchObject({
      entry: { providerOverride: 'nope', modelOverride: 'none' },
      resolved: { modelProvider: 'nope', model: 'none' },
    });
    await expect(old.request('sessions.patch', { key: 'main', thinkingLevel: 'lots' })).rejects.toMatchObject(
      {
        message: expect.stringContaining('invalid thinkingLevel'),
      },
    );
    expect(await say(it.peer, 'hi')).toMatchObject({
      state: 'error',
      errorMessage: expect.stringContaining('Unknown provider "nope"'),
    });
    const nope = { key: 'main', model: 'nope/other' };
    await expect(it.peer.request('sessions.patch', nope)).rejects.toMatchObject({
      message: 'Unknown provider "nope". Use /models to list providers.',
    });
  });
});
