import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { TestPeer } from '../testing/test-peer.ts';

type Json = Record<string, unknown>;
const TOKEN = { token: 'test-token' };

const payloads = (peer: TestPeer, event: string): Json[] =>
  peer.events(event).map((frame) => frame.payload as Json);
const ended = (runId: string, state: string) => (frame: Json) => {
  const payload = frame.payload as Json | undefined;
  return frame.event === 'chat' && payload?.runId === runId && payload.state === state;
};

describe('a message', () => {
  it('is answered by the echo model, streamed as agent and chat events, and kept', async () => {
    await using gateway = await startTestGateway();
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    const send = { sessionKey: 'main', message: 'hello there', idempotencyKey: 'run-1' };
    expect(await peer.request('chat.send', send)).toEqual({ runId: 'run-1', status: 'started' });
    const final = await peer.waitFor(ended('run-1', 'final'));
    expect(final.payload).toMatchObject({
      sessionKey: 'agent:main:main',
      agentId: 'main',
      stopReason: 'stop',
    });
    const deltas = payloads(peer, 'agent').filter(({ stream }) => stream === 'assistant');
    const text = deltas.map(({ data }) => (data as Json).delta).join('');
    expect(text).toContain('hello there');
    expect((final.payload as Json).message).toMatchObject({ content: [{ type: 'text', text }] });
    const history = await peer.request('chat.history', { sessionKey: 'main' });
    expect((history.messages as Json[]).map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(await peer.request('chat.send', send)).toEqual({ runId: 'run-1', status: 'ok' });
    expect(await peer.request('agent.wait', { runId: 'run-1' })).toMatchObject({ status: 'ok' });
    await peer.close();
  });

  it('numbers what a run tells in each era as that era counts', async () => {
    await using gateway = await startTestGateway();
    const { peer: v4 } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    const { peer: v3 } = await TestPeer.connect(gateway.url, {
      protocol: 3,
      auth: { token: gateway.ownerToken },
    });
    await v4.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'run-2' });
    await Promise.all([v4.waitFor(ended('run-2', 'final')), v3.waitFor(ended('run-2', 'final'))]);
    const seqs = (peer: TestPeer) => payloads(peer, 'agent').map(({ seq }) => seq);
    expect(seqs(v4)).toEqual(seqs(v4).map((_, index) => index + 1));
    expect(seqs(v3)).toEqual(seqs(v3).map((_, index) => index + 1));
    expect(seqs(v3).length).toBeLessThan(seqs(v4).length);
    expect(
      payloads(v3, 'chat').every((payload) => !('agentId' in payload) && payload.state !== 'status'),
    ).toBe(true);
  });

  it('keeps the partial text of an answer that is aborted, and says so before the abort is answered', async () => {
    await using gateway = await startTestGateway();
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    const message = `/slow ${'word '.repeat(200)}`;
    await peer.request('chat.send', { sessionKey: 'main', message, idempotencyKey: 'slow-1' });
    await peer.waitFor(ended('slow-1', 'delta'));
    const aborted = await peer.request('chat.abort', { sessionKey: 'main', runId: 'slow-1' });
    expect(aborted).toEqual({ ok: true, aborted: true, runIds: ['slow-1'] });
    const event = payloads(peer, 'chat').find(({ state }) => state === 'aborted');
    expect(event).toMatchObject({ runId: 'slow-1', stopReason: 'rpc' });
    const { messages } = await peer.request('chat.history', { sessionKey: 'main' });
    expect((messages as Json[]).at(-1)).toMatchObject({
      openclawAbort: { aborted: true, origin: 'rpc', runId: 'slow-1' },
    });
    await peer.close();
  });

  it('waits behind the one that runs, in the order they came', async () => {
    await using gateway = await startTestGateway();
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    for (const id of ['one', 'two', 'three']) {
      await peer.request('chat.send', { sessionKey: 'main', message: id, idempotencyKey: id });
    }
    await peer.waitFor(ended('three', 'final'));
    const finals = payloads(peer, 'chat').filter(({ state }) => state === 'final');
    expect(finals.map(({ runId }) => runId)).toEqual(['one', 'two', 'three']);
    await peer.close();
  });

  it('fails at once, with the step that helps, when no model is configured', async () => {
    await using gateway = await startTestGateway({ devEcho: false });
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    await peer.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'none-1' });
    const failed = await peer.waitFor(ended('none-1', 'error'));
    expect((failed.payload as Json).errorMessage).toMatch(/config set|models\.providers/);
    await peer.close();
  });

  it('is answered twice when an agent is asked to run: accepted, then the result', async () => {
    await using gateway = await startTestGateway();
    const { peer } = await TestPeer.connect(gateway.url, { auth: TOKEN });
    const accepted = await peer.requestRaw('agent', { message: 'do it', idempotencyKey: 'ag-1' }, 'r-agent');
    expect(accepted.payload).toMatchObject({
      runId: 'ag-1',
      status: 'accepted',
      sessionKey: 'agent:main:main',
    });
    const result = await peer.waitFor(
      (frame) => frame.id === 'r-agent' && (frame.payload as Json)?.status === 'ok',
    );
    expect(result.payload).toMatchObject({
      summary: 'completed',
      result: { payloads: [{ mediaUrl: null }] },
    });
    await peer.close();
  });
});
