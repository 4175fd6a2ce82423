import { describe, expect, it } from 'vitest';
import type { ModelEvent } from '../models/model.ts';
import type { StoredMessage } from '../sessions/session-types.ts';
import { HeadStart } from './head-start.ts';
import type { RunContextDeps, StreamRequest } from './run-context.ts';
import { userMessage } from './transcript.ts';

const run = { runId: 'r2', sessionKey: 'k', sessionId: 's', agentId: 'main', timeoutMs: 0 };
const question = userMessage('now', [], 2);
const said = (delta: string): ModelEvent => ({ type: 'text', delta });
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const stored = (runId: string, text: string): StoredMessage => ({
  id: runId,
  seq: 1,
  runId,
  message: userMessage(text, [], 1),
});

/** A model that says two words, and notes what it was asked and how that ended. */
function modelWith(messages: StoredMessage[], mayAskEarly = true) {
  const requests: StreamRequest[] = [];
  const endings: string[] = [];
  async function* stream(_chain: unknown, request: StreamRequest): AsyncGenerator<ModelEvent> {
    requests.push(request);
    try {
      yield said('one');
      yield said('two');
      endings.push('answered');
    } finally {
      endings.push(request.signal.aborted ? 'aborted' : 'left');
    }
  }
  const deps = {
    sessions: { get: () => undefined, history: async () => ({ messages }) },
    agent: () => undefined,
    resolve: async () => ({ chain: [{ provider: 'p', model: 'm' }] }),
    stream,
    tools: () => [],
    mayAskEarly: () => mayAskEarly,
    isLive: () => false,
  } as unknown as RunContextDeps;
  return { requests, endings, start: () => new HeadStart(deps, {}, run, question) };
}

async function words(start: HeadStart): Promise<string[]> {
  const { stream, past, tools } = await start.context;
  const heard: string[] = [];
  const { signal } = new AbortController();
  for await (const event of stream(past, tools, signal)) if (event.type === 'text') heard.push(event.delta);
  return heard;
}

describe('a head start', () => {
  it('asks once and before anybody takes the answer, and loses nothing of it', async () => {
    const model = modelWith([stored('r1', 'before')]);
    const start = model.start();
    await start.context;
    expect(model.requests).toHaveLength(1);
    expect(await words(start)).toEqual(['one', 'two']);
    expect(model.requests).toHaveLength(1);
    expect(await words(start)).toEqual(['one', 'two']);
    expect(model.requests).toHaveLength(2);
  });

  it.each([
    ['not yet', []],
    ['already', [stored('r2', 'now')]],
  ])('tells the model the question once when it is %s in the transcript', async (_when, more) => {
    const model = modelWith([stored('r1', 'before'), ...more]);
    await model.start().context;
    const texts = model.requests[0]?.messages.map(({ content }) => (content[0] as { text: string }).text);
    expect(texts).toEqual(['before', 'now']);
  });

  it('ends its request when the message could not be stored', async () => {
    const model = modelWith([]);
    const start = model.start();
    await start.context;
    start.end();
    await soon();
    expect(model.endings).toEqual(['aborted']);
  });

  it('asks nothing when it ends before there was something to ask', async () => {
    const model = modelWith([]);
    const start = model.start();
    start.end();
    await start.context;
    expect(model.requests).toEqual([]);
  });

  it('ends with its run', async () => {
    const model = modelWith([]);
    const start = model.start();
    const abort = new AbortController();
    start.follow(abort.signal);
    await start.context;
    abort.abort();
    await soon();
    expect(model.endings).toEqual(['aborted']);
  });

  it('lets a program that can do more than answer wait for its turn', async () => {
    const model = modelWith([], false);
    const start = model.start();
    await start.context;
    expect(model.requests).toEqual([]);
    expect(await words(start)).toEqual(['one', 'two']);
    expect(model.requests).toHaveLength(1);
  });
});
