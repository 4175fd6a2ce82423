import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../core/testing/model-server.ts';
import type { TestPeer } from '../../core/testing/test-peer.ts';
import { type AgentHome, agentHome, chatIs, client, type Json, textOf, transcript } from './agent-home.ts';

const SEND = { sessionKey: 'main', message: 'what is the answer?', idempotencyKey: 'once' };

/** Sends the message, lets `happen` happen, kills the gateway and starts it again. */
async function afterKill(
  behaviours: Behaviour[],
  happen: (peer: TestPeer, stage: AgentHome) => Promise<unknown>,
): Promise<AgentHome & { peer: TestPeer }> {
  const stage = await agentHome(behaviours);
  const gateway = await stage.home.start();
  const peer = await client(stage.port);
  expect(await peer.request('chat.send', SEND)).toEqual({ runId: 'once', status: 'started' });
  await happen(peer, stage);
  gateway.signal('SIGKILL');
  await gateway.ended;
  await stage.home.start();
  return { ...stage, peer: await client(stage.port) };
}

const isFinal = (peer: TestPeer): Promise<Json> => peer.waitFor(chatIs('once', 'final'));

async function expectOneQuestion(
  { peer, server }: { peer: TestPeer; server: AgentHome['server'] },
  answer: string,
) {
  const messages = await transcript(peer, 'main');
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(textOf(messages[1] as (typeof messages)[0])).toContain(answer);
  expect(server.requests).toHaveLength(1);
}

describe('a message that is sent again after the gateway was killed', () => {
  it('and was answered before gets its outcome by each method, and is neither stored nor answered again', async () => {
    await using stage = await afterKill([{ type: 'answer', text: [' forty-two'] }], isFinal);
    const { peer } = stage;
    const sends = [SEND, SEND].map((params) => peer.request('chat.send', params));
    for (const sent of await Promise.all(sends)) {
      expect(sent).toMatchObject({ runId: 'once', status: expect.stringMatching(/^(ok|in_flight)$/) });
    }
    expect(await peer.request('chat.send', SEND)).toEqual({ runId: 'once', status: 'ok' });
    const { sessionKey: key, ...rest } = SEND;
    expect(await peer.request('sessions.send', { key, ...rest })).toMatchObject({
      status: 'ok',
      messageSeq: 1,
    });
    const stranger = await client(stage.port);
    expect(await stranger.request('agent', SEND)).toMatchObject({
      status: 'ok',
      summary: 'completed',
      result: { payloads: [{ text: ' forty-two' }], meta: { aborted: false } },
    });
    await expectOneQuestion(stage, ' forty-two');
    await Promise.all([peer.close(), stranger.close()]);
  });

  it('and was being answered hears that the answer was cut off, with what had been said', async () => {
    await using stage = await afterKill([{ type: 'hold', text: [' forty'] }], (peer) =>
      peer.waitFor(chatIs('once', 'delta')),
    );
    const { peer } = stage;
    expect(await peer.request('agent', SEND)).toMatchObject({
      status: 'ok',
      summary: 'aborted',
      result: { meta: { aborted: true } },
    });
    await expectOneQuestion(stage, 'The gateway stopped');
    await peer.close();
  });

  it('and could not be answered gets the same error', async () => {
    const refusal: Behaviour = { type: 'status', status: 401, message: 'no such key' };
    let told: unknown;
    await using stage = await afterKill([refusal], async (peer) => {
      const { payload } = await peer.waitFor(chatIs('once', 'error'));
      told = (payload as Json).errorMessage;
    });
    const { peer, server } = stage;
    expect(told).toEqual(expect.any(String));
    for (const method of ['chat.send', 'agent']) {
      await expect(peer.request(method, SEND)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: told });
    }
    expect((await transcript(peer, 'main')).map(({ role }) => role)).toEqual(['user']);
    expect(server.requests).toHaveLength(1);
    await peer.close();
  });

  it('is refused when it says something else, and is a message of its own in another session', async () => {
    await using stage = await afterKill([{ type: 'answer', text: [' forty-two'] }], isFinal);
    const { peer } = stage;
    const attachments = [{ mimeType: 'text/plain', fileName: 'a.txt', content: 'aGk=' }];
    for (const other of [{ message: 'another question' }, { attachments }]) {
      await expect(peer.request('chat.send', { ...SEND, ...other })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        details: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    }
    const elsewhere = { ...SEND, sessionKey: 'agent:main:other' };
    expect(await peer.request('chat.send', elsewhere)).toMatchObject({ status: 'started' });
    await isFinal(peer);
    expect(await transcript(peer, 'main')).toHaveLength(2);
    expect(await transcript(peer, 'agent:main:other')).toHaveLength(2);
    await peer.close();
  });

  it('with what was attached is known again', async () => {
    const attachments = [{ mimeType: 'text/plain', fileName: 'a.txt', content: 'aGVsbG8=' }];
    const send = { ...SEND, idempotencyKey: 'attached', attachments };
    await using stage = await afterKill([{ type: 'answer', text: [' read'] }], async (peer) => {
      await isFinal(peer);
      await peer.request('chat.send', send);
      await peer.waitFor(chatIs('attached', 'final'));
    });
    expect(await stage.peer.request('chat.send', send)).toEqual({ runId: 'attached', status: 'ok' });
    expect(await transcript(stage.peer, 'main')).toHaveLength(4);
    await stage.peer.close();
  });
});
