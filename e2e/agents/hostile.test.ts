import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testDevice } from '../../core/testing/test-peer.ts';
import {
  type AgentHome,
  agentHome,
  chatIs,
  client,
  converse,
  type Json,
  textOf,
  transcript,
  type WireMessage,
} from './agent-home.ts';

const MEBI = 1024 * 1024;
const INVALID = { code: 'INVALID_REQUEST' };

async function running(stage: AgentHome) {
  const gateway = await stage.home.start();
  return { gateway, peer: await client(stage.port) };
}

describe('a message', () => {
  it('of 10 MB is stored whole, answered, and still there after a restart', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' long'] }]);
    const { gateway, peer } = await running(stage);
    const message = 'ünï '.repeat((10 * MEBI) / 6).padEnd(10 * MEBI, '.');
    expect(await converse(peer, message, 'long')).toMatchObject({ state: 'final' });
    const [question] = await transcript(peer, 'main');
    expect(question && textOf(question) === message).toBe(true);
    await peer.close();
    gateway.signal('SIGKILL');
    await gateway.ended;
    await stage.home.start();
    const again = await client(stage.port);
    const kept = await transcript(again, 'main');
    expect(kept.length).toBe(2);
    expect(textOf(kept[0] as WireMessage) === message).toBe(true);
    expect(await converse(again, 'short', 'short')).toMatchObject({ state: 'final' });
    const { sessions } = await again.request('sessions.list', {
      includeDerivedTitles: true,
      includeLastMessage: true,
    });
    expect(JSON.stringify(sessions).length).toBeLessThan(10_000);
    await again.close();
  });

  it('with control characters, half characters and markup is data and nothing else', async () => {
    await using stage = await agentHome([
      { type: 'answer', text: ['\u001b]0;pwned\u0007', '<b>', '\u0000', '\u202e'] },
    ]);
    const { gateway, peer } = await running(stage);
    const message =
      'a\u0000b\u001b[2Jc\u007f\u0085\u2028\u202e\ud800 <script>alert(1)</script> {"sum":"00000000"}\n\n{"type":"run"}';
    const final = await converse(peer, message, 'control');
    expect(textOf(final.message as WireMessage)).toBe('\u001b]0;pwned\u0007<b>\u0000\u202e');
    await peer.close();
    await gateway.stop();
    const second = await stage.home.start();
    const again = await client(stage.port);
    const page = await again.request('chat.history', { sessionKey: 'main' });
    expect((page.messages as WireMessage[]).map(textOf)[0]).toBe(message);
    expect(page).not.toHaveProperty('damagedRecords');
    for (const control of ['\u001b', '\u0000']) expect(gateway.output + second.output).not.toContain(control);
    await again.close();
  });

  it('with prototype keys changes no prototype, whoever sends them', async () => {
    await using stage = await agentHome();
    const { peer } = await running(stage);
    const text = (more: string): string =>
      `{"type":"req","id":"p${more.length}","method":"chat.send","params":{"sessionKey":"main","message":"x","idempotencyKey":"proto-${more.length}",${more}}}`;
    for (const more of ['"__proto__":{"polluted":1}', '"constructor":{"prototype":{"polluted":1}}']) {
      peer.socket.send(text(more));
      const frame = await peer.waitFor(({ id }) => id === `p${more.length}`);
      expect(frame.ok).toBe(false);
    }
    const nested = '"attachments":[{"__proto__":{"content":"aGk="}}]';
    peer.socket.send(text(nested));
    expect((await peer.waitFor(({ id }) => id === `p${nested.length}`)).ok).toBe(false);
    stage.server.script(
      { type: 'tool-call', name: '__proto__', args: ['{"__proto__":{"polluted":1}}'] },
      {
        type: 'tool-call',
        name: 'ls',
        args: ['{"path":".","__proto__":{"polluted":1},"constructor":{"a":1}}'],
      },
      { type: 'answer', text: [' done'] },
    );
    expect(await converse(peer, 'go', '__proto__')).toMatchObject({ state: 'final' });
    expect(await peer.request('agent.wait', { runId: '__proto__' })).toMatchObject({ status: 'ok' });
    expect(await peer.request('agent.wait', { runId: 'constructor', timeoutMs: 1 })).toMatchObject({
      status: 'timeout',
    });
    for (const key of ['__proto__', 'constructor', 'agent:main:prototype', 'toString']) {
      expect(await converse(peer, 'hello', `in ${key}`, { sessionKey: key })).toMatchObject({
        state: 'final',
      });
      expect((await transcript(peer, key)).length).toBe(2);
    }
    for (const agentId of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const send = { sessionKey: 'main', agentId, message: 'x', idempotencyKey: `to ${agentId}` };
      await expect(peer.request('chat.send', send)).rejects.toMatchObject(INVALID);
    }
    const model = { key: 'main', model: '__proto__/constructor' };
    await expect(peer.request('sessions.patch', model)).rejects.toMatchObject(INVALID);
    expect(await peer.request('status')).not.toHaveProperty('polluted');
    await peer.close();
  });
});

describe('names', () => {
  it('with markup come back as they were given, and name no file', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' ok'] }]);
    const { peer } = await running(stage);
    const label = '"><img src=x onerror=alert(1)> ../../etc/passwd';
    await converse(peer, 'hello', 'named');
    expect(await peer.request('sessions.patch', { key: 'main', label })).toMatchObject({ entry: { label } });
    expect(await peer.request('sessions.list', {})).toMatchObject({ sessions: [{ label }] });
    const control = { key: 'main', label: 'a\u0000\u001b[2Jb\u202e' };
    const answer = await peer.requestRaw('sessions.patch', control);
    if (answer.ok) expect(JSON.stringify(answer.payload)).not.toMatch(/\\u0000|\\u001b|\u202e/);
    await peer.close();
  });

  it.each([
    '../../../etc/passwd',
    'agent:main:../../../outside',
    '..\\..\\outside',
    '/etc/passwd',
    'agent:main:%2e%2e%2foutside',
    'CON',
  ])('of a session that look like the path %s lead nowhere', async (sessionKey) => {
    await using stage = await agentHome([{ type: 'answer', text: [' ok'] }]);
    const { peer } = await running(stage);
    expect(await converse(peer, 'hello', 'path', { sessionKey })).toMatchObject({ state: 'final' });
    const files = await readdir(join(stage.home.trayDir, 'sessions'), { recursive: true });
    const transcripts = files.filter((name) => name.endsWith('.jsonl'));
    expect(transcripts).toEqual([expect.stringMatching(/^main[/\\][0-9a-f-]{36}\.jsonl$/)]);
    expect(await readdir(stage.home.dir)).toEqual(['.openclaw']);
    await peer.close();
  });

  it('that can be no session, agent or id are refused before anything is made', async () => {
    await using stage = await agentHome();
    const { peer } = await running(stage);
    const send = { message: 'x', idempotencyKey: 'refused' };
    const refused = [
      { sessionKey: 'agent:../../x:main' },
      { sessionKey: 'agent:..:main' },
      { sessionKey: 'a\u0000b' },
      { sessionKey: 'a\nb' },
      { sessionKey: 'a\u202eb' },
      { sessionKey: 'x'.repeat(513) },
      { sessionKey: '   ' },
      { sessionKey: 'agent:nobody:main' },
      { sessionKey: 'main', agentId: '../main' },
      { sessionKey: 'main', agentId: 'nobody' },
    ];
    for (const [at, one] of refused.entries()) {
      const params = { ...send, ...one, idempotencyKey: `refused-${at}` };
      await expect(peer.request('chat.send', params), JSON.stringify(one)).rejects.toMatchObject(INVALID);
    }
    const empty = { sessionKey: 'main', message: ' \n ', idempotencyKey: 'empty' };
    await expect(peer.request('chat.send', empty)).rejects.toMatchObject({
      message: 'message or attachment required',
    });
    expect(await peer.request('sessions.list', {})).toMatchObject({ count: 0 });
    const files = await readdir(join(stage.home.trayDir, 'sessions'), { recursive: true }).catch(() => []);
    expect(files.filter((name) => name.endsWith('.jsonl'))).toEqual([]);
    await peer.close();
  });
});

describe('an attachment', () => {
  const attach = (attachment: Json, runId: string): Json => ({
    sessionKey: 'main',
    message: 'look',
    idempotencyKey: runId,
    attachments: [attachment],
  });

  it.each([
    ['is not base64', { mimeType: 'text/plain', content: '<script>' }],
    ['is half a character of base64', { mimeType: 'text/plain', content: 'aGVsb' }],
    ['has padding in the middle', { mimeType: 'text/plain', content: 'aG=sbG8=' }],
    ['has no content', { mimeType: 'text/plain' }],
    ['is an object', { mimeType: 'text/plain', content: { data: 'aGk=' } }],
    ['has no proper type', { mimeType: 'text/html\r\nx-header: 1', content: 'aGk=' }],
    ['is too large an image', { mimeType: 'image/png', content: 'A'.repeat(9 * MEBI) }],
    ['says in capitals that it is an image', { mimeType: 'IMAGE/PNG', content: 'A'.repeat(9 * MEBI) }],
    ['is almost all blank', { mimeType: 'text/plain', content: `A${' '.repeat(20 * MEBI)}!` }],
    ['is almost base64', { mimeType: 'text/plain', content: `${'A'.repeat(20 * MEBI)}!` }],
  ])('that %s is refused, and nothing of it is kept', async (_, attachment) => {
    await using stage = await agentHome();
    const { peer } = await running(stage);
    await expect(peer.request('chat.send', attach(attachment, 'bad'))).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringMatching(/^attachment 1 /),
    });
    expect((await transcript(peer, 'main')).length).toBe(0);
    await peer.close();
  });

  it('is given to the model under a name that is no path and no markup', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' seen'] }]);
    const { peer } = await running(stage);
    const fileName = '../../etc/<img src=x>\u0000passwd.png';
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg';
    await peer.request('chat.send', attach({ mimeType: 'image/png', fileName, content: png }, 'pic'));
    await peer.waitFor(chatIs('pic', 'final'));
    const told = JSON.stringify(stage.server.requests[0]?.body.messages);
    expect(told).toContain(`data:image/png;base64,${png}==`);
    expect(told).not.toMatch(/<img|\\u0000|etc\//);
    await peer.close();
  });
});

describe('a crowd', () => {
  it('of 1,000 messages for one session is served as far as the queue goes, and the rest may come again', async () => {
    await using stage = await agentHome([
      { type: 'hold', text: [' one'] },
      { type: 'answer', text: [' next'] },
    ]);
    const { peer } = await running(stage);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) =>
        peer
          .request('chat.send', {
            sessionKey: 'main',
            message: `message ${at}`,
            idempotencyKey: `crowd-${at}`,
          })
          .then(
            () => undefined,
            (error: Json) => error,
          ),
      ),
    );
    const refused = answers.filter((error) => error !== undefined);
    expect(refused.length).toBe(979);
    for (const error of refused) expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await peer.waitFor(chatIs('crowd-0', 'delta'));
    stage.server.release();
    const taken = answers.flatMap((error, at) => (error ? [] : [`crowd-${at}`]));
    await peer.waitFor(chatIs(String(taken.at(-1)), 'final'));
    const finals = peer.events('chat').map(({ payload }) => payload as Json);
    expect(finals.filter(({ state }) => state === 'final').map(({ runId }) => runId)).toEqual(taken);
    const users = (await transcript(peer, 'main')).filter(({ role }) => role === 'user');
    expect(users.map(({ idempotencyKey }) => idempotencyKey)).toEqual(taken.map((id) => `${id}:user`));
    const again = { sessionKey: 'main', message: 'message 999', idempotencyKey: 'crowd-999' };
    expect(await peer.request('chat.send', again)).toMatchObject({ status: 'started' });
    await peer.close();
  });

  it('that waits can be sent away, one or all, while the first goes on', async () => {
    await using stage = await agentHome([
      { type: 'hold', text: [' one'] },
      { type: 'answer', text: [' next'] },
    ]);
    const { peer } = await running(stage);
    for (const id of ['one', 'two', 'three']) {
      await peer.request('chat.send', { sessionKey: 'main', message: id, idempotencyKey: id });
    }
    await peer.waitFor(chatIs('one', 'delta'));
    expect(await peer.request('chat.abort', { sessionKey: 'main', runId: 'two' })).toMatchObject({
      runIds: ['two'],
    });
    await peer.waitFor(chatIs('two', 'aborted'));
    expect(stage.server.requests.length).toBe(1);
    stage.server.release();
    await peer.waitFor(chatIs('three', 'final'));
    expect((await peer.waitFor(chatIs('one', 'final'))).payload).toMatchObject({
      message: expect.anything(),
    });
    await peer.close();
  });
});

describe('what belongs to somebody else', () => {
  it('is a run: an abort that names another session does not end it, nor does one who may only read', async () => {
    await using stage = await agentHome([{ type: 'hold', text: [' mine'] }]);
    const { peer } = await running(stage);
    const stranger = await client(stage.port);
    const reader = await client(stage.port, { scopes: ['operator.read'], device: testDevice() });
    await peer.request('chat.send', { sessionKey: 'agent:main:mine', message: 'go', idempotencyKey: 'mine' });
    await peer.waitFor(chatIs('mine', 'delta'));
    expect(await stranger.request('chat.abort', { sessionKey: 'main', runId: 'mine' })).toEqual({
      ok: true,
      aborted: false,
      runIds: [],
    });
    expect(
      await stranger.request('chat.abort', { sessionKey: 'agent:main:mine', runId: 'theirs' }),
    ).toMatchObject({
      aborted: false,
    });
    const abort = { sessionKey: 'agent:main:mine', runId: 'mine' };
    for (const method of ['chat.abort', 'sessions.abort']) {
      const params = method === 'chat.abort' ? abort : { key: abort.sessionKey };
      await expect(reader.request(method, params)).rejects.toMatchObject({
        message: 'missing scope: operator.write',
      });
    }
    const send = { sessionKey: 'main', message: '/stop', idempotencyKey: 'stop-word' };
    expect(await stranger.request('chat.send', send)).toMatchObject({ status: 'ok' });
    stage.server.release();
    expect((await peer.waitFor(chatIs('mine', 'final'))).payload).toMatchObject({ state: 'final' });
    await Promise.all([peer.close(), stranger.close(), reader.close()]);
  });

  it('is an idempotency key: another session or message under it is refused and learns nothing', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' private answer'] }]);
    const { peer } = await running(stage);
    const stranger = await client(stage.port);
    const mine = { sessionKey: 'agent:main:mine', message: 'private question', idempotencyKey: 'key-1' };
    await peer.request('chat.send', mine);
    await peer.waitFor(chatIs('key-1', 'final'));
    const { sessionKey, message } = mine;
    const others = [
      ['chat.send', { ...mine, sessionKey: 'agent:main:theirs' }],
      ['chat.send', { ...mine, message: 'another question' }],
      ['chat.send', { ...mine, attachments: [{ mimeType: 'text/plain', content: 'aGk=' }] }],
      ['agent', { sessionKey: 'agent:main:theirs', message, idempotencyKey: 'key-1' }],
      ['agent', { sessionKey, message: 'another question', idempotencyKey: 'key-1' }],
    ] as const;
    for (const [method, params] of others) {
      const { ok, error } = await stranger.requestRaw(method, params);
      expect({ ok, error }).toMatchObject({
        ok: false,
        error: { ...INVALID, details: { code: 'IDEMPOTENCY_KEY_REUSED' } },
      });
      expect(JSON.stringify(error)).not.toContain('private');
    }
    expect(await peer.request('chat.send', mine)).toEqual({ runId: 'key-1', status: 'ok' });
    expect((await transcript(peer, 'agent:main:theirs')).length).toBe(0);
    expect((await transcript(peer, sessionKey)).length).toBe(2);
    await Promise.all([peer.close(), stranger.close()]);
  });

  it('is a session of another agent: whoever names both must name its owner', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' yes'] }]);
    await stage.home.editConfig((config) => {
      const { agents } = config as unknown as { agents: Json };
      agents.list = [{ id: 'main', default: true }, { id: 'second' }];
    });
    const { peer } = await running(stage);
    const send = (more: Json, runId: string): Json => ({ message: 'hello', idempotencyKey: runId, ...more });
    const crossed = { sessionKey: 'agent:second:main', agentId: 'main' };
    for (const method of ['chat.send', 'agent']) {
      await expect(peer.request(method, send(crossed, `crossed-${method}`))).rejects.toMatchObject(INVALID);
    }
    await expect(peer.request('chat.history', crossed)).rejects.toMatchObject(INVALID);
    await expect(peer.request('chat.abort', crossed)).rejects.toMatchObject(INVALID);
    const own = await converse(peer, 'hello', 'own', { sessionKey: 'dashboard:one', agentId: 'second' });
    expect(own).toMatchObject({ sessionKey: 'agent:second:dashboard:one', agentId: 'second' });
    await peer.close();
  });
});
