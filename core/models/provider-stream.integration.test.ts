import { describe, expect, it, vi } from 'vitest';
import type { Json } from '../lib/json.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { SERVER_USAGE } from '../testing/model-dialect.ts';
import { type Behaviour, startModelServer } from '../testing/model-server.ts';
import type { ModelEvent } from './model.ts';
import { heard, KEY, stubConfig, testRequest, testRunner } from './testing/model-fixture.ts';

const apis = ['openai-completions', 'anthropic-messages', 'google-generative-ai'] as const;
const paths = {
  'openai-completions': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
  'google-generative-ai': '/v1beta/models/echo-1:streamGenerateContent?alt=sse',
};
const keyHeaders = {
  'openai-completions': ['authorization', `Bearer ${KEY}`],
  'anthropic-messages': ['x-api-key', KEY],
  'google-generative-ai': ['x-goog-api-key', KEY],
} as const;
const weather = {
  name: 'weather',
  description: 'The weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

/** Everything one request gives, with a server that behaves like this. */
async function ask(behaviour: Behaviour, provider: Json = {}, model: Json = {}) {
  const server = await startModelServer(behaviour);
  const runner = testRunner(stubConfig(server, provider, model));
  try {
    return {
      ...(await heard(runner.stream(testRequest()))),
      requests: server.requests,
      origin: server.origin,
    };
  } finally {
    await runner.close();
    await server.close();
  }
}

describe.each(apis)('a model behind %s', (api) => {
  const provider = (origin: string): Json => ({
    api,
    baseUrl: api === 'openai-completions' ? `${origin}/v1` : origin,
  });

  it('streams reasoning and text in order, then counts and prices the tokens', async () => {
    await using server = await startModelServer({
      type: 'answer',
      reasoning: ['so', ' so'],
      text: ['Hel', 'lo'],
    });
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    const { events, text, reasoning } = await heard(runner.stream(testRequest()));
    expect({ text, reasoning }).toEqual({ text: 'Hello', reasoning: 'so so' });
    const shown = events.filter((event) => 'delta' in event && event.delta !== '').map(({ type }) => type);
    expect(shown).toEqual(['reasoning', 'reasoning', 'text', 'text']);
    const usage = events.find((event) => event.type === 'usage')?.usage;
    expect(usage).toMatchObject({ ...SERVER_USAGE, cacheWrite: 0, totalTokens: 17 });
    expect(usage?.cost?.total).toBeCloseTo((10 * 1 + 2 * 0.1 + 5 * 2) / 1e6, 12);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it('asks at the right path with the key in the right header, and with the system prompt', async () => {
    await using server = await startModelServer();
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    await heard(runner.stream(testRequest()));
    const [request] = server.requests;
    expect(request?.path).toBe(paths[api]);
    const [name, value] = keyHeaders[api];
    expect(request?.headers[name]).toBe(value);
    expect(Object.values(request?.headers ?? {}).filter((one) => String(one).includes(KEY))).toHaveLength(1);
    expect(JSON.stringify(request?.body)).toContain('You are a test.');
    expect(JSON.stringify(request?.body).includes('cache_control')).toBe(api === 'anthropic-messages');
  });

  it('gives a tool call with its arguments, and takes the result back in the next request', async () => {
    await using server = await startModelServer(
      { type: 'tool-call', id: 'call_7', name: 'weather', args: ['{"city":', '"Oslo"}'] },
      { type: 'answer', text: ['Rain.'] },
    );
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    const first = await heard(runner.stream(testRequest({ tools: [weather] })));
    const call = first.events.find((event) => event.type === 'tool-call');
    expect(call).toMatchObject({ name: 'weather', args: { city: 'Oslo' } });
    expect(first.events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });
    if (call?.type !== 'tool-call') return;
    const second = await heard(
      runner.stream(
        testRequest({
          tools: [weather],
          messages: [
            { role: 'user', content: 'weather?' },
            { role: 'assistant', content: [call] },
            {
              role: 'tool',
              content: [{ type: 'tool-result', id: call.id, name: 'weather', text: 'wet and windy' }],
            },
          ],
        }),
      ),
    );
    expect(second.text).toBe('Rain.');
    const sent = JSON.stringify(server.requests[1]?.body);
    expect(sent).toContain('wet and windy');
    expect(sent).toContain('Oslo');
    expect(JSON.stringify(server.requests[0]?.body)).toContain('The weather');
  });

  it.each(['broken', 'ended'] as const)(
    'reports an answer that is cut (%s) after its partial text',
    async (how) => {
      await using server = await startModelServer({ type: 'cut', text: ['Hel', 'lo'], how });
      await using runner = testRunner(stubConfig(server, provider(server.origin)));
      const { text, error, events } = await heard(runner.stream(testRequest()));
      expect(text).toBe('Hello');
      expect(error).toMatchObject({ kind: 'network', provider: 'stub', model: 'echo-1' });
      expect(events.some(({ type }) => type === 'finish')).toBe(false);
      expect(server.requests).toHaveLength(1);
    },
  );

  it('reports an event that is no JSON', async () => {
    await using server = await startModelServer({ type: 'malformed', text: ['Hel'] });
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    const { text, error } = await heard(runner.stream(testRequest()));
    expect(text).toBe('Hel');
    expect(error?.kind).toBe('format');
    expect(error?.message).toContain('models.providers.stub.api');
  });

  it('cuts a model that never stops and leaves its connection', async () => {
    await using server = await startModelServer({ type: 'endless', word: 'again '.repeat(200) });
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    const { text, events, error } = await heard(runner.stream(testRequest()));
    expect(error).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length' });
    expect(text.length).toBeGreaterThan(64 * 1024);
    expect(text.length).toBeLessThan(80 * 1024);
    expect(await server.requests[0]?.ended).toBe('left');
  });

  it('stops at once on abort, after the text that came', async () => {
    await using server = await startModelServer({ type: 'hold', text: ['Hel'] });
    await using runner = testRunner(stubConfig(server, provider(server.origin)));
    const abort = new AbortController();
    const { text, error } = await heard(runner.stream(testRequest({ signal: abort.signal })), () =>
      abort.abort(),
    );
    expect(text).toBe('Hel');
    expect(error?.kind).toBe('aborted');
    expect(await server.requests[0]?.ended).toBe('left');
  });
});

describe('failures of a provider', () => {
  it('shows status and message of a refusal', async () => {
    const { error } = await ask({ type: 'status', status: 400, message: 'stub says boom' });
    expect(error).toMatchObject({ kind: 'format', status: 400, message: '400 stub says boom' });
  });

  it('never shows a key that the server sends back, nor control characters', async () => {
    const { error } = await ask({
      type: 'status',
      status: 401,
      message: `bad key ${KEY}\u001b[31m\u202e\nred`,
    });
    expect(error?.kind).toBe('auth');
    expect(error?.message).toBe('401 bad key *** [31m red Check models.providers.stub.apiKey.');
  });

  it.each([
    [400, 'maximum context length is 8192 tokens', 'context'],
    [413, 'too large', 'context'],
    [403, 'no', 'auth'],
    [404, 'no such model', 'format'],
    [408, 'slow', 'timeout'],
  ] as const)('knows what %i (%s) means', async (status, message, kind) => {
    expect((await ask({ type: 'status', status, message })).error?.kind).toBe(kind);
  });

  it('reports an error that comes inside the stream', async () => {
    const body = 'data: {"error":{"message":"the engine fell over","type":"server_error"}}\n\n';
    const { error } = await ask({ type: 'bytes', body });
    expect(error).toMatchObject({ kind: 'server', message: 'the engine fell over' });
  });

  it('reports an overloaded Anthropic stream by its kind', async () => {
    const body =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    const { error } = await ask({ type: 'bytes', body }, { api: 'anthropic-messages' });
    expect(error).toMatchObject({ kind: 'overloaded' });
  });

  it('reports an answer that its provider withheld', async () => {
    const body = 'data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}\n\ndata: [DONE]\n\n';
    const { error } = await ask({ type: 'bytes', body });
    expect(error?.message).toContain('withheld');
  });

  it('says so when no server listens', async () => {
    const server = await startModelServer();
    const config = stubConfig(server);
    await server.close();
    const clock = new FakeClock();
    await using runner = testRunner(config, { clock });
    const { error } = await clock.drive(heard(runner.stream(testRequest())));
    expect(error?.kind).toBe('network');
    expect(error?.message).toBe(`Cannot reach ${server.origin} (ECONNREFUSED). Is the server running?`);
  });
});

describe('redirects', () => {
  it('sends neither key nor messages to another origin', async () => {
    await using other = await startModelServer();
    const { error } = await ask({ type: 'redirect', to: `${other.origin}/v1/chat/completions` });
    expect(error?.message).toContain(`redirects to ${other.origin}`);
    expect(error?.message).toContain('models.providers.stub.baseUrl');
    expect(other.requests).toHaveLength(0);
  });

  it('follows one inside the same origin', async () => {
    await using server = await startModelServer(
      { type: 'redirect', to: '/v1/chat/completions?again=1' },
      { type: 'answer', text: ['there'] },
    );
    await using runner = testRunner(stubConfig(server));
    expect((await heard(runner.stream(testRequest()))).text).toBe('there');
    expect(server.requests[1]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('ends a circle, and refuses one that would drop the body', async () => {
    expect((await ask({ type: 'redirect', to: '/v1/chat/completions' })).error?.kind).toBe('format');
    expect((await ask({ type: 'redirect', to: '/v1/other', status: 302 })).requests).toHaveLength(1);
  });
});

describe('waiting', () => {
  it('gives up when no first byte comes', async () => {
    await using server = await startModelServer({ type: 'hold', text: [] });
    const clock = new FakeClock();
    await using runner = testRunner(stubConfig(server, { timeoutSeconds: 30 }), { clock });
    const answer = heard(runner.stream(testRequest()));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), { timeout: 10_000 });
    clock.advance(30_000);
    expect((await answer).error).toMatchObject({
      kind: 'timeout',
      message: 'stub did not begin to answer within 30 s. More time: models.providers.stub.timeoutSeconds.',
    });
    expect(await server.requests[0]?.ended).toBe('left');
  });

  it('gives up when an answer falls silent in the middle', async () => {
    await using server = await startModelServer({ type: 'hold', text: ['Hel'] });
    const clock = new FakeClock();
    await using runner = testRunner(stubConfig(server), { clock });
    const { text, error } = await heard(runner.stream(testRequest()), () => clock.advance(120_000));
    expect(text).toBe('Hel');
    expect(error?.message).toContain('fell silent for 120 s');
  });

  it('leaves no timer behind', async () => {
    await using server = await startModelServer();
    const clock = new FakeClock();
    await using runner = testRunner(stubConfig(server), { clock });
    await heard(runner.stream(testRequest()));
    expect(clock.waiting).toBe(0);
  });

  it('ends what still streams when it is closed', async () => {
    await using server = await startModelServer({ type: 'hold', text: ['Hel'] });
    const runner = testRunner(stubConfig(server));
    const { error } = await heard(runner.stream(testRequest()), () => void runner.close());
    expect(error?.kind).toBe('aborted');
  });

  it('closes the connection when the reader leaves early', async () => {
    await using server = await startModelServer({ type: 'hold', text: ['Hel'] });
    await using runner = testRunner(stubConfig(server));
    for await (const _ of runner.stream(testRequest())) break;
    expect(await server.requests[0]?.ended).toBe('left');
  });
});

describe('requests', () => {
  it('records what the provider sent when the raw stream is on, and only then yields it', async () => {
    await using server = await startModelServer();
    const lines: object[] = [];
    await using recording = testRunner(stubConfig(server), { rawStream: (line) => lines.push(line) });
    await using plain = testRunner(stubConfig(server));
    const isRaw = (event: ModelEvent): boolean => event.type === 'raw';
    expect((await heard(recording.stream(testRequest()))).events.some(isRaw)).toBe(true);
    expect((await heard(plain.stream(testRequest()))).events.some(isRaw)).toBe(false);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines[1]).toMatchObject({
      provider: 'stub',
      model: 'echo-1',
      event: { object: 'chat.completion.chunk' },
    });
    expect(JSON.stringify(lines)).not.toContain(KEY);
  });

  it('sends configured headers instead of its own, and none twice', async () => {
    const headers = { Authorization: 'Custom abc', 'X-Team': 'red' };
    const { requests } = await ask({ type: 'answer', text: ['ok'] }, { headers });
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Custom abc', 'x-team': 'red' });
    expect(JSON.stringify(requests[0]?.headers)).not.toContain(KEY);
  });

  it('sends no credentials at all to a server that is configured without', async () => {
    const { requests } = await ask({ type: 'answer', text: ['ok'] }, { apiKey: undefined });
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it('asks for the configured number of tokens under the name that the server knows', async () => {
    const { requests } = await ask({ type: 'answer', text: ['ok'] });
    expect(requests[0]?.body.max_tokens).toBe(1000);
    const other = await ask(
      { type: 'answer', text: ['ok'] },
      {},
      { compat: { maxTokensField: 'max_completion_tokens' } },
    );
    expect(other.requests[0]?.body).toMatchObject({ max_completion_tokens: 1000 });
    expect(other.requests[0]?.body).not.toHaveProperty('max_tokens');
  });

  it('takes a message of ten megabytes and names that could reach a prototype', async () => {
    await using server = await startModelServer({
      type: 'tool-call',
      name: '__proto__',
      args: ['{"__proto__":{"polluted":true},"a":1}'],
    });
    await using runner = testRunner(stubConfig(server));
    const content = 'x'.repeat(10 * 1024 * 1024);
    const { events } = await heard(runner.stream(testRequest({ messages: [{ role: 'user', content }] })));
    const call = events.find((event) => event.type === 'tool-call');
    expect(call).toMatchObject({ name: '__proto__', args: { a: 1 } });
    expect(({} as Json).polluted).toBeUndefined();
    expect(JSON.stringify(server.requests[0]?.body).length).toBeGreaterThan(content.length);
  });

  it('passes arguments on as text when they are no JSON', async () => {
    const { events } = await ask({ type: 'tool-call', name: 'weather', args: ['{"city": '] });
    expect(events.find((event) => event.type === 'tool-call')).toMatchObject({ args: '{"city": ' });
  });
});
