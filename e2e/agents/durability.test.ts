import { randomUUID } from 'node:crypto';
import { appendFile, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { canMount, mountSmallDisk } from '../../core/store/testing/small-disk.ts';
import { startModelServer } from '../../core/testing/model-server.ts';
import type { TestPeer } from '../../core/testing/test-peer.ts';
import { enterAgain, freePort, READY, TestHome, TOKEN, until } from '../fixtures/gateway-process.ts';
import {
  agentHome,
  chatIs,
  client,
  converse,
  type Json,
  modelConfig,
  partsOf,
  textOf,
  transcript,
  type WireMessage,
  words,
} from './agent-home.ts';

/** Set OPENCLAW_TEST_KILLS=300 for a long run. */
const KILLS = Number(process.env.OPENCLAW_TEST_KILLS ?? 15);
const NOTE = /The gateway stopped before this reply was complete/;

/** What a client was told, by session: what has to be there whatever happens afterwards. */
interface Told {
  /** Acknowledged messages by run. */
  sent: Map<string, string>;
  finals: Map<string, string>;
  /** The message that was on its way when the connection went away. */
  unanswered: { runId: string; message: string } | undefined;
}

const SESSIONS = ['main', 'agent:main:second', 'agent:main:third'];

const ANSWER = words(6);

function newMessage(): { runId: string; message: string } {
  const runId = randomUUID();
  return { runId, message: `message ${runId} ${'x'.repeat(Math.floor(Math.random() * 2_000))}` };
}

/**
 * Sends message after message until the connection is gone, and notes what was acknowledged. It begins with what it
 * cannot know to have arrived, and with the last that it knows to have arrived, as a careful client does.
 */
async function chatter(peer: TestPeer, sessionKey: string, told: Told): Promise<void> {
  let isOpen = true;
  const closed = peer.closed.then(() => {
    isOpen = false;
  });
  const last = [...told.sent].at(-1);
  const first = [last && { runId: last[0], message: last[1] }, told.unanswered].filter(
    (one) => one !== undefined,
  );
  while (isOpen) {
    const { runId, message } = first.shift() ?? newMessage();
    const isKnown = told.sent.has(runId);
    if (!isKnown) told.unanswered = { runId, message };
    const sent = peer.request('chat.send', { sessionKey, message, idempotencyKey: runId });
    const answer = await Promise.race([sent.catch((error: Json) => error), closed.then(() => undefined)]);
    const accepted = isKnown ? ['in_flight', 'ok'] : ['started', 'in_flight', 'ok'];
    if (accepted.includes(String(answer?.status))) {
      told.sent.set(runId, message);
      if (!isKnown) told.unanswered = undefined;
    } else if (answer?.retryable === true) await pause(5);
    else if (answer && isOpen) throw new Error(JSON.stringify(answer));
  }
}

/** Everybody hears of all sessions; what counts is what was told of this one. */
function noteFinals(peer: TestPeer, key: string, told: Told): void {
  const sessionKey = key === 'main' ? 'agent:main:main' : key;
  for (const { payload } of peer.events('chat')) {
    const said = payload as { runId: string; sessionKey: string; state: string; message?: WireMessage };
    const { runId, state, message } = said;
    if (said.sessionKey === sessionKey && state === 'final' && message)
      told.finals.set(runId, textOf(message));
  }
}

/** Everything that was told is there once, and whatever was cut off says so. */
function checkTranscript(messages: WireMessage[], { sent, finals }: Told) {
  const users = messages.filter(({ role }) => role === 'user');
  const byKey = new Map(users.map((message) => [message.idempotencyKey, textOf(message)]));
  expect(byKey.size).toBe(users.length);
  const replies = messages.filter(({ role }) => role === 'assistant');
  const answers = new Map(replies.map((message) => [String(message.__openclaw.runId), message]));
  expect(answers.size, 'one answer to each message').toBe(replies.length);
  for (const [runId, text] of sent) {
    expect(byKey.get(`${runId}:user`), `message ${runId}`).toBe(text);
    expect(answers.has(runId), `an answer to ${runId}, or a note that there is none`).toBe(true);
  }
  for (const [runId, text] of finals) {
    const answer = answers.get(runId);
    expect(answer && textOf(answer)).toBe(text);
    expect(answer).not.toHaveProperty('openclawAbort');
  }
  const cut = [...answers.values()].filter(({ openclawAbort }) => openclawAbort);
  for (const message of cut) {
    expect(textOf(message)).toMatch(NOTE);
    expect(ANSWER.join('').startsWith(partsOf(message).slice(0, -1).join(''))).toBe(true);
  }
  return { interrupted: cut.length, partial: cut.filter((message) => partsOf(message).length > 1).length };
}

describe('a gateway that is killed', () => {
  it(
    `${KILLS} times at random points loses nothing that it told a client`,
    async () => {
      await using stage = await agentHome([{ type: 'answer', text: ANSWER, everyMs: 30 }]);
      const told = new Map<string, Told>(
        SESSIONS.map((key) => [key, { sent: new Map(), finals: new Map(), unanswered: undefined }]),
      );
      for (let kill = 0; kill < KILLS; kill++) {
        const gateway = await stage.home.start();
        const peers = await Promise.all(SESSIONS.map(() => client(stage.port)));
        const talks = SESSIONS.map((key, at) => chatter(peers[at] as TestPeer, key, told.get(key) as Told));
        await pause(10 + Math.random() * 1_000);
        gateway.signal('SIGKILL');
        await Promise.all([...talks, gateway.ended]);
        for (const [at, key] of SESSIONS.entries())
          noteFinals(peers[at] as TestPeer, key, told.get(key) as Told);
      }
      const gateway = await stage.home.start();
      const peer = await client(stage.port);
      const counts = { sent: 0, finals: 0, interrupted: 0, partial: 0 };
      for (const [key, one] of told) {
        const { interrupted, partial } = checkTranscript(await transcript(peer, key), one);
        counts.sent += one.sent.size;
        counts.finals += one.finals.size;
        counts.interrupted += interrupted;
        counts.partial += partial;
      }
      const { sessions } = await peer.request('sessions.list', {});
      expect((sessions as Json[]).filter(({ status }) => status === 'running')).toEqual([]);
      expect(counts.sent).toBeGreaterThan(KILLS);
      expect(counts.finals).toBeGreaterThan(0);
      expect(counts.interrupted).toBeGreaterThan(0);
      expect(counts.partial).toBeGreaterThan(0);
      process.stdout.write(`${KILLS} kills: ${JSON.stringify(counts)}\n`);
      await peer.close();
      await gateway.stop();
    },
    60_000 + KILLS * 4_000,
  );

  it('keeps what the answer in flight had said, to the last word, and marks it', async () => {
    await using stage = await agentHome([{ type: 'hold', text: words(30), everyMs: 20 }]);
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'cut' });
    const kept = async (): Promise<string> => readFile(await transcriptFile(stage.home), 'utf8');
    await until('the last word of the answer on the disk', async () => (await kept()).includes(' word-29"'));
    gateway.signal('SIGKILL');
    await gateway.ended;
    await stage.home.start();
    const again = await client(stage.port);
    const messages = await transcript(again, 'main');
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(messages[1]).toMatchObject({ openclawAbort: { aborted: true, origin: 'restart', runId: 'cut' } });
    expect(partsOf(messages[1] as WireMessage)[0]).toBe(words(30).join(''));
    expect(partsOf(messages[1] as WireMessage)[1]).toMatch(NOTE);
    const { sessions } = await again.request('sessions.list', {});
    expect(sessions).toMatchObject([{ key: 'agent:main:main', status: 'killed', abortedLastRun: true }]);
    await again.close();
  });

  it('does not tell the first answer again when the second is cut off', async () => {
    const slow = { type: 'answer', text: words(60), everyMs: 50 } as const;
    await using stage = await agentHome(
      [
        { type: 'tool-call', name: 'ls', args: ['{}'], text: words(1) },
        { type: 'hold', text: [] },
      ],
      {},
    );
    stage.server.script(
      { ...slow },
      { type: 'tool-call', name: 'ls', args: ['{}'] },
      { type: 'hold', text: [] },
    );
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    await converse(peer, 'one', 'one');
    await peer.request('chat.send', { sessionKey: 'main', message: 'two', idempotencyKey: 'two' });
    await until('the second question of the run', () => stage.server.requests.length === 3);
    gateway.signal('SIGKILL');
    await gateway.ended;
    await stage.home.start();
    const again = await client(stage.port);
    const last = (await transcript(again, 'main')).at(-1);
    expect(last?.openclawAbort?.runId).toBe('two');
    expect(partsOf(last as WireMessage)).toEqual([expect.stringMatching(NOTE)]);
    await again.close();
  });
});

describe('a gateway that is told to end while an agent answers', () => {
  it('lets the answer be finished when that takes less than its budget', async () => {
    await using stage = await agentHome([{ type: 'hold', text: words(3) }]);
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'drain' });
    await peer.waitFor(chatIs('drain', 'delta'));
    gateway.signal('SIGTERM');
    await gateway.said('shutting down');
    const late = { sessionKey: 'main', message: 'late', idempotencyKey: 'late' };
    await expect(peer.request('chat.send', late)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
    stage.server.release();
    await peer.waitFor(chatIs('drain', 'final'));
    expect((await gateway.ended).code).toBe(0);
    await stage.home.start();
    const again = await client(stage.port);
    const messages = await transcript(again, 'main');
    expect(messages.map(textOf)).toEqual(['go', words(3).join('')]);
    expect(messages[1]).toMatchObject({ stopReason: 'stop' });
    await again.close();
  });

  it('cuts it off after its budget, and keeps and marks what was said and what was asked', async () => {
    await using stage = await agentHome([{ type: 'hold', text: words(3) }]);
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'stop' });
    await peer.request('chat.send', { sessionKey: 'main', message: 'and then', idempotencyKey: 'queued' });
    await peer.waitFor(chatIs('stop', 'delta'));
    gateway.signal('SIGTERM');
    const aborted = await peer.waitFor(chatIs('stop', 'aborted'));
    expect(aborted.payload).toMatchObject({ stopReason: 'shutdown' });
    await peer.waitFor(chatIs('queued', 'aborted'));
    expect((await gateway.ended).code).toBe(0);
    await stage.home.start();
    const again = await client(stage.port);
    const messages = await transcript(again, 'main');
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user', 'assistant', 'assistant']);
    const byRun = new Map(messages.slice(2).map((message) => [message.__openclaw.runId, message]));
    expect(partsOf(byRun.get('stop') as WireMessage)[0]).toBe(words(3).join(''));
    expect(partsOf(byRun.get('stop') as WireMessage)[1]).toMatch(NOTE);
    expect(partsOf(byRun.get('queued') as WireMessage)).toEqual([expect.stringMatching(NOTE)]);
    const { sessions } = await again.request('sessions.list', {});
    expect(sessions).toMatchObject([{ status: 'killed', abortedLastRun: true }]);
    stage.server.script({ type: 'answer', text: [' better'] });
    expect(await converse(again, 'once more', 'more')).toMatchObject({ state: 'final' });
    await again.close();
  });

  it('does the same on a restart in place, and goes on with the same sessions', async () => {
    await using stage = await agentHome([
      { type: 'hold', text: words(2) },
      { type: 'answer', text: [' fine'] },
    ]);
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'again' });
    await peer.waitFor(chatIs('again', 'delta'));
    gateway.signal('SIGUSR2');
    await peer.waitFor(chatIs('again', 'aborted'));
    await gateway.said(READY, 2);
    const next = await enterAgain(stage.port);
    expect(await converse(next, 'hello again', 'second')).toMatchObject({ state: 'final' });
    const messages = await transcript(next, 'main');
    expect(messages.map(textOf)).toEqual([
      'go',
      expect.stringMatching(/^ word-0 word-1⚠️ The gateway stopped/),
      'hello again',
      ' fine',
    ]);
    await next.close();
  });
});

/** The one transcript of the main agent. */
async function transcriptFile(home: TestHome): Promise<string> {
  const dir = join(home.trayDir, 'sessions', 'main');
  const [name] = (await readdir(dir)).filter((one) => one.endsWith('.jsonl'));
  return join(dir, String(name));
}

async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ 0x04, 0);
  await file.write(byte, 0, 1, at);
  await file.close();
}

describe('a damaged transcript', () => {
  /** Five questions and answers, and a gateway that is gone. */
  async function withTranscript() {
    const stage = await agentHome([{ type: 'answer', text: [' yes'] }]);
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    for (let at = 0; at < 5; at++) await converse(peer, `question ${at}`, `q-${at}`);
    await peer.close();
    await gateway.stop();
    return { ...stage, path: await transcriptFile(stage.home) };
  }

  it('with a torn last line costs nothing, and is written on as if it had not been', async () => {
    await using stage = await withTranscript();
    await appendFile(stage.path, '{"type":"message","at":1,"id":"torn","seq":11,"message":{"role":"us');
    await stage.home.start();
    const peer = await client(stage.port);
    expect((await transcript(peer, 'main')).length).toBe(10);
    await converse(peer, 'after the tear', 'after');
    const texts = (await transcript(peer, 'main')).map(textOf);
    expect(texts.slice(-2)).toEqual(['after the tear', ' yes']);
    expect(await readFile(stage.path, 'utf8')).not.toContain('torn');
    await peer.close();
  });

  it.each([
    ['seen by its time', false, false],
    ['with the time as it was', true, false],
    ['and without an index', false, true],
  ])('with a flipped bit costs one message and is reported (%s)', async (_, keepTime, dropIndex) => {
    await using stage = await withTranscript();
    const { mtime, atime } = await stat(stage.path);
    await flipBit(stage.path, (await readFile(stage.path, 'utf8')).indexOf('question 2') + 3);
    if (keepTime) await utimes(stage.path, atime, mtime);
    if (dropIndex) await rm(join(stage.home.trayDir, 'sessions', 'index.json'), { force: true });
    const gateway = await stage.home.start();
    const peer = await client(stage.port);
    const page = await peer.request('chat.history', { sessionKey: 'main' });
    const texts = (page.messages as WireMessage[]).map(textOf);
    expect(texts.filter((text) => text.startsWith('question'))).toEqual(
      [0, 1, 3, 4].map((at) => `question ${at}`),
    );
    expect(texts.filter((text) => text === ' yes').length).toBe(5);
    expect(page.damagedRecords).toBe(1);
    await until('a line in the log', async () =>
      /damaged record/.test(gateway.output + (await stage.home.logText())),
    );
    expect(await converse(peer, 'go on', 'on')).toMatchObject({ state: 'final' });
    expect((await transcript(peer, 'main')).length).toBe(11);
    await peer.close();
  });

  it('that is no transcript at all does not keep the gateway from starting', async () => {
    await using stage = await withTranscript();
    await writeFile(stage.path, Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 37) % 256)));
    await writeFile(join(stage.home.trayDir, 'sessions', 'index.json'), '{"version":1,"sess');
    await stage.home.start();
    const peer = await client(stage.port);
    expect(await converse(peer, 'anybody there?', 'there')).toMatchObject({ state: 'final' });
    await peer.close();
  });
});

describe.runIf(canMount())('a full disk', () => {
  it('refuses messages in words that say what to do, and loses nothing that was acknowledged', async () => {
    const disk = mountSmallDisk(6 * 1024);
    if (!disk) throw new Error('no disk');
    await using server = await startModelServer({ type: 'answer', text: [' stored'] });
    const port = await freePort();
    const env = { OPENCLAW_STATE_DIR: disk.path };
    const config = {
      gateway: { mode: 'local', port, auth: { mode: 'token', token: TOKEN.token } },
      ...modelConfig(server),
    };
    const home = await TestHome.create();
    try {
      await writeFile(join(disk.path, 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
      const gateway = await home.start([], env);
      const peer = await client(port);
      await converse(peer, 'before', 'before');
      const filler = join(disk.path, 'filler');
      const fill = (): Promise<unknown> =>
        writeFile(filler, Buffer.alloc(8 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => error.code);
      expect(await fill()).toBe('ENOSPC');
      const send = { sessionKey: 'main', message: 'x'.repeat(20_000), idempotencyKey: 'full' };
      await expect(peer.request('chat.send', send)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(
          /^The disk that holds .* is full \(ENOSPC\)\. Free some space and try again/,
        ),
        details: { code: 'STORE_FULL' },
        retryable: true,
      });
      await expect(
        peer.request('chat.send', { ...send, sessionKey: 'agent:main:new' }),
      ).rejects.toMatchObject({
        details: { code: 'STORE_FULL' },
      });
      expect((await transcript(peer, 'main')).map(textOf)).toEqual(['before', ' stored']);
      await rm(filler);
      expect(await peer.request('chat.send', send)).toMatchObject({ status: 'started' });
      await peer.waitFor(chatIs('full', 'final'));

      // Longer than what is left of a page that the transcript has already.
      const half = ' half'.padEnd(20_000, '.');
      server.script({ type: 'hold', text: [half] }, { type: 'answer', text: [' again'] });
      await peer.request('chat.send', { sessionKey: 'main', message: 'in flight', idempotencyKey: 'flight' });
      await peer.waitFor(chatIs('flight', 'delta'));
      await fill();
      server.release();
      const failed = await peer.waitFor(chatIs('flight', 'error'));
      expect(failed.payload).toMatchObject({ errorMessage: expect.stringMatching(/is full \(ENOSPC\)/) });
      await rm(filler);
      expect(await converse(peer, 'go on', 'on')).toMatchObject({ state: 'final' });
      await peer.close();
      gateway.signal('SIGKILL');
      await gateway.ended;
      await home.start([], env);
      const again = await client(port);
      const kept = (await transcript(again, 'main')).map(textOf);
      expect(kept).toEqual([
        'before',
        ' stored',
        send.message,
        ' stored',
        'in flight',
        half,
        'go on',
        ' again',
      ]);
      const { sessions } = await again.request('sessions.list', {});
      expect((sessions as Json[])[0]).toMatchObject({ status: 'done' });
      await again.close();
    } finally {
      await home[Symbol.asyncDispose]();
      disk.remove();
    }
  });
});
