import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../core/testing/model-server.ts';
import type { TestPeer } from '../../core/testing/test-peer.ts';
import { TOKEN, until, wsUrl } from '../fixtures/gateway-process.ts';
import { ReferenceClient } from '../interop/reference-client.ts';
import {
  type AgentHome,
  agentHome,
  chatIs,
  client,
  converse,
  type Json,
  MODEL_KEY,
  modelConfig,
  textOf,
  transcript,
  type WireMessage,
  words,
} from './agent-home.ts';

const payloads = (peer: TestPeer, event: string, runId: string): Json[] =>
  peer
    .events(event)
    .map(({ payload }) => payload as Json)
    .filter((payload) => payload.runId === runId);

const agentData = (peer: TestPeer, runId: string, stream: string): Json[] =>
  payloads(peer, 'agent', runId)
    .filter((payload) => payload.stream === stream)
    .map(({ data }) => data as Json);

const deltasOf = (peer: TestPeer, runId: string): string =>
  agentData(peer, runId, 'assistant')
    .map(({ delta }) => delta)
    .join('');

/** A running gateway with one client on it. */
async function running(stage: AgentHome, args: string[] = []) {
  const gateway = await stage.home.start(args);
  return { gateway, peer: await client(stage.port) };
}

describe('an answer of a model', () => {
  it('is streamed piece by piece to every client, in the words of its era, and ends the same for all', async () => {
    await using stage = await agentHome([{ type: 'answer', text: words(40), everyMs: 10 }]);
    const { peer } = await running(stage);
    const other = await client(stage.port);
    const old = await client(stage.port, { protocol: 3, auth: TOKEN });
    const final = await converse(peer, 'tell me', 'stream');
    await Promise.all([other, old].map((one) => one.waitFor(chatIs('stream', 'final'))));
    const whole = words(40).join('');
    expect(final).toMatchObject({ state: 'final', message: { content: [{ type: 'text', text: whole }] } });
    for (const one of [peer, other, old]) {
      expect(deltasOf(one, 'stream')).toBe(whole);
      expect(agentData(one, 'stream', 'assistant').length).toBe(40);
    }
    expect(payloads(other, 'agent', 'stream')).toEqual(payloads(peer, 'agent', 'stream'));
    expect(payloads(other, 'chat', 'stream')).toEqual(payloads(peer, 'chat', 'stream'));
    const chat = payloads(peer, 'chat', 'stream').filter(({ state }) => state === 'delta');
    expect(chat.length).toBeGreaterThan(1);
    expect(chat.length).toBeLessThan(40);
    expect(chat.map(({ deltaText }) => deltaText).join('')).toBe(whole);
    const oldChat = payloads(old, 'chat', 'stream');
    expect(oldChat.map(({ state }) => state)).not.toContain('status');
    for (const payload of oldChat) {
      expect(
        Object.keys(payload).filter((key) => ['agentId', 'deltaText', 'sessionId'].includes(key)),
      ).toEqual([]);
    }
    const [request] = stage.server.requests;
    expect(request?.headers.authorization).toBe(`Bearer ${MODEL_KEY}`);
    expect(request?.body).toMatchObject({ model: 'echo-1', stream: true });
    await Promise.all([peer.close(), other.close(), old.close()]);
  });

  it('knows what was said before: each question with its answer, also those that had to wait', async () => {
    await using stage = await agentHome([
      { type: 'hold', text: [' first'] },
      { type: 'answer', text: [' second'] },
    ]);
    const { peer } = await running(stage);
    await peer.request('chat.send', { sessionKey: 'main', message: 'one', idempotencyKey: 'one' });
    await peer.waitFor(chatIs('one', 'delta'));
    await peer.request('chat.send', { sessionKey: 'main', message: 'two', idempotencyKey: 'two' });
    await peer.request('chat.send', { sessionKey: 'main', message: 'three', idempotencyKey: 'three' });
    stage.server.release();
    await peer.waitFor(chatIs('three', 'final'));
    const told = stage.server.requests.map(({ body }) =>
      (body.messages as Json[]).slice(1).map(({ role, content }) => `${role}: ${plain(content)}`),
    );
    const first = ['user: one', 'assistant:  first'];
    const second = [...first, 'user: two', 'assistant:  second'];
    expect(told).toEqual([['user: one'], [...first, 'user: two'], [...second, 'user: three']]);
    await peer.close();
  });

  it.each(['broken', 'ended'] as const)(
    'that is cut in the middle (%s) is an error, and its text is kept',
    async (how) => {
      await using stage = await agentHome([{ type: 'cut', text: words(3), how }]);
      const { peer } = await running(stage);
      const end = await converse(peer, 'go', 'cut');
      expect(end).toMatchObject({ state: 'error', errorMessage: expect.stringMatching(/stub|echo-1/) });
      const [, answer] = await transcript(peer, 'main');
      expect(answer && textOf(answer)).toBe(words(3).join(''));
      expect(answer).toMatchObject({ stopReason: 'error', openclawError: { runId: 'cut' } });
      expect(await peer.request('agent.wait', { runId: 'cut' })).toMatchObject({ status: 'error' });
      const again = { sessionKey: 'main', message: 'go', idempotencyKey: 'cut' };
      await expect(peer.request('chat.send', again)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await peer.close();
    },
  );

  it('that is no event stream is an error that names the provider', async () => {
    await using stage = await agentHome([{ type: 'malformed', text: words(2) }]);
    const { peer } = await running(stage);
    const end = await converse(peer, 'go', 'bad');
    expect(end).toMatchObject({ state: 'error', errorDetail: { provider: 'stub', model: 'echo-1' } });
    stage.server.script({ type: 'bytes', body: '<html>502 Bad Gateway</html>' });
    expect(await converse(peer, 'go', 'html')).toMatchObject({ state: 'error' });
    stage.server.script({ type: 'answer', text: [' well'] });
    expect(await converse(peer, 'go', 'good')).toMatchObject({ state: 'final' });
    await peer.close();
  });

  it('is waited for as long as a provider that is too busy asks', async () => {
    await using stage = await agentHome([
      { type: 'status', status: 429, message: 'slow down', headers: { 'retry-after': '1' } },
      { type: 'answer', text: [' now'] },
    ]);
    const { peer } = await running(stage);
    expect(await converse(peer, 'go', 'busy')).toMatchObject({
      state: 'final',
      message: { content: [{ text: ' now' }] },
    });
    expect(stage.server.requests.length).toBe(2);
    await peer.close();
  });

  it('comes from the next model when the first fails, and everybody is told why', async () => {
    await using stage = await agentHome();
    await stage.home.editConfig((config) => {
      Object.assign(
        config,
        modelConfig(stage.server, { model: { primary: 'stub/echo-1', fallbacks: ['stub/echo-2'] } }),
      );
    });
    const failure = { type: 'status', status: 500, message: 'out of order' } as const;
    stage.server.script(failure, failure, failure, { type: 'answer', text: [' from the other'] });
    const { peer } = await running(stage);
    const final = await converse(peer, 'go', 'fallback');
    expect(final).toMatchObject({ state: 'final', message: { content: [{ text: ' from the other' }] } });
    const step = agentData(peer, 'fallback', 'lifecycle').find(({ phase }) => phase === 'fallback_step');
    expect(step).toMatchObject({
      fallbackStepFromModel: 'stub/echo-1',
      fallbackStepToModel: 'stub/echo-2',
      fallbackStepFromFailureReason: expect.stringContaining('out of order'),
    });
    expect(stage.server.requests.at(-1)?.body.model).toBe('echo-2');
    expect((await transcript(peer, 'main')).at(-1)).toMatchObject({ provider: 'stub', model: 'echo-2' });
    await peer.close();
  });

  it('that never stops is ended by an abort, which keeps what was said and tells the provider', async () => {
    await using stage = await agentHome([{ type: 'endless', word: ' more' }]);
    const { peer } = await running(stage);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'endless' });
    await peer.waitFor(chatIs('endless', 'delta'));
    const second = await client(stage.port);
    expect(await second.request('chat.abort', { sessionKey: 'main' })).toMatchObject({ runIds: ['endless'] });
    expect(await stage.server.requests[0]?.ended).toBe('left');
    const aborted = await second.waitFor(chatIs('endless', 'aborted'));
    const { message } = aborted.payload as { message: { content: { text: string }[] } };
    expect((await transcript(second, 'main')).map(textOf)).toEqual(['go', message.content[0]?.text]);
    await Promise.all([peer.close(), second.close()]);
  });

  it('that is long is told in larger pieces, whole, to those who listen and those who come back', async () => {
    const pieces = words(10_000);
    await using stage = await agentHome([{ type: 'answer', text: pieces }]);
    const { peer } = await running(stage);
    const final = await converse(peer, 'go', 'long');
    const whole = pieces.join('');
    expect(textOf(final.message as WireMessage) === whole).toBe(true);
    expect(deltasOf(peer, 'long') === whole).toBe(true);
    const said = agentData(peer, 'long', 'assistant');
    expect(said.length).toBeLessThan(5_000);
    expect(said.every(({ text, delta }) => String(text).endsWith(String(delta)))).toBe(true);
    const seqs = payloads(peer, 'agent', 'long').map(({ seq }) => Number(seq));
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    await peer.close();
  });

  it('that never stops and that nobody stops ends where no model goes on, and is kept', async () => {
    await using stage = await agentHome([{ type: 'endless', word: ' more'.repeat(2_000) }]);
    const { peer } = await running(stage);
    expect(await converse(peer, 'go', 'endless')).toMatchObject({ state: 'final', stopReason: 'length' });
    expect(await stage.server.requests[0]?.ended).toBe('left');
    const [, answer] = await transcript(peer, 'main');
    expect(textOf(answer as WireMessage).length).toBeGreaterThan(1_000_000);
    await peer.close();
  });

  it('is ended by its time limit', async () => {
    await using stage = await agentHome([{ type: 'hold', text: [' half'] }]);
    const { peer } = await running(stage);
    const end = await converse(peer, 'go', 'late', { timeoutMs: 300 });
    expect(end).toMatchObject({ state: 'aborted', stopReason: 'timeout' });
    stage.server.script({ type: 'answer', text: [' in time'], everyMs: 50 });
    const patient = await converse(peer, 'go', 'patient', { timeoutMs: Number.MAX_SAFE_INTEGER });
    expect(patient).toMatchObject({ state: 'final' });
    await peer.close();
  });
});

/** What the model was told last, in its n-th question. */
const lastTold = (stage: AgentHome, question: number): Json => {
  const [last] = (stage.server.requests[question - 1]?.body.messages as Json[] | undefined)?.slice(-1) ?? [];
  return last ?? {};
};

const plain = (content: unknown): string =>
  typeof content === 'string' ? content : (content as { text?: string }[]).map(({ text }) => text).join('');

describe('a tool call', () => {
  const exec = {
    type: 'tool-call',
    name: 'exec',
    args: ['{"argv":["node","-e",', '"console.log(6*7)"]}'],
  } satisfies Behaviour;

  /** The official client, as a person who decides. */
  async function decider(port: number): Promise<ReferenceClient> {
    const scopes = ['operator.read', 'operator.write', 'operator.approvals', 'operator.admin'];
    const reference = new ReferenceClient({
      url: wsUrl(port),
      token: TOKEN.token,
      scopes,
      caps: ['tool-events'],
    });
    await reference.hello();
    return reference;
  }

  it('runs a command once the official client has approved it, and the model hears what it printed', async () => {
    await using stage = await agentHome([exec, { type: 'answer', text: [' it is 42'] }]);
    const { peer } = await running(stage);
    await using reference = await decider(stage.port);
    const send = { sessionKey: 'main', message: 'compute', idempotencyKey: 'approve' };
    expect(await reference.request('chat.send', send)).toMatchObject({ status: 'started' });
    const asked = (await reference.event('exec.approval.requested')).payload as { id: string; request: Json };
    expect(asked.request).toMatchObject({ agentId: 'main', sessionKey: 'agent:main:main' });
    expect(asked.request.command).toContain('console.log(6*7)');
    expect(await reference.request('exec.approval.list')).toMatchObject([{ id: asked.id }]);
    await reference.request('exec.approval.resolve', { id: asked.id, decision: 'allow-once' });
    await peer.waitFor(chatIs('approve', 'final'));
    const told = lastTold(stage, 2);
    expect(told.role).toBe('tool');
    expect(plain(told.content)).toContain('42');
    const roles = (await transcript(peer, 'main')).map(({ role }) => role);
    expect(roles).toEqual(['user', 'assistant', 'toolResult', 'assistant']);
    const phases = agentData(peer, 'approve', 'tool').map(({ phase, isError }) => [phase, isError]);
    expect(phases).toEqual([
      ['start', undefined],
      ['result', false],
    ]);
    await peer.close();
  });

  it('runs nothing when a person denies it, and the model is told so', async () => {
    await using stage = await agentHome();
    const proof = join(stage.home.dir, 'proof');
    const write = JSON.stringify({ argv: ['node', '-e', `fs.writeFileSync(${JSON.stringify(proof)},"x")`] });
    stage.server.script(
      { type: 'tool-call', name: 'exec', args: [write] },
      { type: 'answer', text: [' as you wish'] },
    );
    const { peer } = await running(stage);
    await using reference = await decider(stage.port);
    await reference.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'deny' });
    const { id } = (await reference.event('exec.approval.requested')).payload as { id: string };
    await reference.request('exec.approval.resolve', { id, decision: 'deny' });
    await peer.waitFor(chatIs('deny', 'final'));
    expect(plain(lastTold(stage, 2).content)).toContain('denied');
    await expect(stat(proof)).rejects.toMatchObject({ code: 'ENOENT' });
    await peer.close();
  });

  it('that waits for a decision is taken back by an abort', async () => {
    await using stage = await agentHome([exec]);
    const { peer } = await running(stage);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'gone' });
    const asked = await peer.waitFor(({ event }) => event === 'exec.approval.requested');
    await peer.request('chat.abort', { sessionKey: 'main', runId: 'gone' });
    expect(await peer.request('exec.approval.list')).toEqual([]);
    const { id } = asked.payload as { id: string };
    const late = { id, decision: 'allow-once' };
    await expect(peer.request('exec.approval.resolve', late)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    await peer.close();
  });

  it('again and again is ended after a while, in words', async () => {
    await using stage = await agentHome([{ type: 'tool-call', name: 'ls', args: ['{}'] }]);
    const { peer } = await running(stage);
    const end = await converse(peer, 'go', 'loop');
    expect(end).toMatchObject({
      state: 'error',
      errorMessage: expect.stringMatching(/asked for tools 40 times/),
    });
    await peer.close();
  });
});

describe('a program as a model', () => {
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  async function withBackend(script: string, backend: Json = {}) {
    const stage = await agentHome();
    const file = join(stage.home.dir, 'backend.mjs');
    await writeFile(file, script);
    const helper = { command: process.execPath, args: [file], output: 'text', input: 'stdin', ...backend };
    await stage.home.editConfig((config) => {
      config.agents = { defaults: { model: { primary: 'helper/default' }, cliBackends: { helper } } };
    });
    return stage;
  }

  it('answers through its output, and goes on with its own session', async () => {
    const script = `
      let said = '';
      for await (const piece of process.stdin) said += piece;
      const resumed = process.argv.includes('--resume') ? process.argv.at(-1) : 'new';
      console.log(JSON.stringify({ result: resumed + ': ' + said.trim().split('\\n').at(-1), session_id: 'own-7' }));`;
    await using stage = await withBackend(script, { output: 'json' });
    await stage.home.editConfig((config) => {
      const { helper } = (config.agents as { defaults: { cliBackends: { helper: Json } } }).defaults
        .cliBackends;
      helper.resumeArgs = [...(helper.args as string[]), '--resume', '{sessionId}'];
    });
    const { peer } = await running(stage, ['--cli-backend-logs']);
    expect(textOf((await converse(peer, 'hello', 'b-1')).message as never)).toMatch(/^new: /);
    expect(textOf((await converse(peer, 'and now', 'b-2')).message as never)).toBe('own-7: and now');
    await peer.close();
  });

  it('is ended with everything it started when its run is aborted', async () => {
    const script = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      process.stdout.write('pids ' + process.pid + ' ' + child.pid + ' ');
      process.on('SIGTERM', () => {});
      setInterval(() => process.stdout.write('. '), 50);`;
    await using stage = await withBackend(script);
    const { peer } = await running(stage);
    await peer.request('chat.send', { sessionKey: 'main', message: 'go', idempotencyKey: 'tree' });
    await peer.waitFor(chatIs('tree', 'delta'));
    const pids = await until('both process ids', () =>
      /pids (\d+) (\d+) /.exec(deltasOf(peer, 'tree'))?.slice(1).map(Number),
    );
    expect(pids.map(isAlive)).toEqual([true, true]);
    await peer.request('chat.abort', { sessionKey: 'main', runId: 'tree' });
    await until('the end of both processes', () => !pids.some(isAlive));
    const [, answer] = await transcript(peer, 'main');
    expect(answer && textOf(answer)).toMatch(/^pids/);
    await peer.close();
  });
});

describe('--raw-stream-path', () => {
  it('keeps each event as the provider sent it, for its owner only, without the key', async () => {
    await using stage = await agentHome([{ type: 'answer', text: words(3) }]);
    const file = join(stage.home.dir, 'deep', 'raw.jsonl');
    const { gateway, peer } = await running(stage, ['--raw-stream', '--raw-stream-path', file]);
    await converse(peer, 'go', 'raw');
    await peer.close();
    await gateway.stop();
    const text = await readFile(file, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines[0]).toMatchObject({ ts: expect.any(Number), provider: 'stub', model: 'echo-1' });
    expect(text).toContain('word-2');
    expect(text).not.toContain(MODEL_KEY);
    expect(await stage.home.mode(file)).toBe('600');
  });

  it('that cannot be written costs a line in the log and nothing else', async () => {
    await using stage = await agentHome([{ type: 'answer', text: words(3) }]);
    const blocker = join(stage.home.dir, 'blocker');
    await writeFile(blocker, '');
    const { gateway, peer } = await running(stage, ['--raw-stream-path', join(blocker, 'raw.jsonl')]);
    expect(await converse(peer, 'go', 'raw')).toMatchObject({ state: 'final' });
    expect(gateway.output).toContain('raw model stream');
    await peer.close();
  });
});

describe('who follows sessions', () => {
  it('hears of them until it asks to hear no more; nobody else does', async () => {
    await using stage = await agentHome([{ type: 'answer', text: [' yes'] }]);
    const { peer } = await running(stage);
    const follower = await client(stage.port);
    await follower.request('sessions.subscribe', {});
    const { key } = await follower.request('sessions.messages.subscribe', { key: 'main' });
    expect(key).toBe('agent:main:main');
    await converse(peer, 'here', 'sub-1');
    await converse(peer, 'elsewhere', 'sub-2', { sessionKey: 'agent:main:other' });
    await follower.waitFor(chatIs('sub-2', 'final'));
    const keysOf = (event: string): unknown[] => [
      ...new Set(follower.events(event).map(({ payload }) => (payload as Json).sessionKey)),
    ];
    expect(keysOf('session.message')).toEqual(['agent:main:main']);
    expect(keysOf('sessions.changed').sort()).toEqual(['agent:main:main', 'agent:main:other']);
    expect(peer.events('session.message')).toEqual([]);
    expect(peer.events('sessions.changed')).toEqual([]);
    await follower.request('sessions.messages.unsubscribe', { key: 'main' });
    await follower.request('sessions.unsubscribe', {});
    const heard = follower.events('sessions.changed').length + follower.events('session.message').length;
    await converse(peer, 'again', 'sub-3');
    await follower.request('status');
    expect(follower.events('sessions.changed').length + follower.events('session.message').length).toBe(
      heard,
    );
    await Promise.all([peer.close(), follower.close()]);
  });
});
