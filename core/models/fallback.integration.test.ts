import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../lib/log.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type ModelServer, startModelServer } from '../testing/model-server.ts';
import type { ModelRef } from './model.ts';
import { heard, stubConfig, testRequest, testRunner } from './testing/model-fixture.ts';

const first: ModelRef = { provider: 'stub', model: 'echo-1' };
const second: ModelRef = { provider: 'other', model: 'echo-2' };
const { model: _model, ...request } = testRequest();

/** Moves the clock on by just what a retry waits, and notes it. */
function waitingClock(): { clock: FakeClock; log: Logger; waits: number[] } {
  const clock = new FakeClock();
  const waits: number[] = [];
  const warn = (_message: string, fields?: Record<string, unknown>): void => {
    const waitMs = Number(fields?.waitMs);
    waits.push(waitMs);
    queueMicrotask(() => clock.advance(waitMs));
  };
  return { clock, log: { ...silentLogger, warn }, waits };
}

function twoProviders(a: ModelServer, b: ModelServer) {
  const config = stubConfig(a);
  const other = stubConfig(b, {}, { id: 'echo-2' }).models as { providers: { stub: object } };
  return {
    models: { providers: { ...(config.models as typeof other).providers, other: other.providers.stub } },
  };
}

describe('a passing failure', () => {
  it('waits as long as a 429 asks for, then streams the answer', async () => {
    await using server = await startModelServer(
      { type: 'status', status: 429, message: 'slow down', headers: { 'retry-after': '7' } },
      { type: 'answer', text: ['now'] },
    );
    const { clock, log, waits } = waitingClock();
    await using runner = testRunner(stubConfig(server), { clock, log });
    expect((await heard(runner.stream(testRequest()))).text).toBe('now');
    expect(waits).toEqual([7000]);
  });

  it('tries again twice after a 500, then gives up with the last reason', async () => {
    await using server = await startModelServer({ type: 'status', status: 500, message: 'broken' });
    const { clock, log, waits } = waitingClock();
    await using runner = testRunner(stubConfig(server), { clock, log });
    const { error } = await heard(runner.stream(testRequest()));
    expect(error).toMatchObject({ kind: 'server', status: 500, message: '500 broken' });
    expect(waits).toEqual([500, 1000]);
    expect(server.requests).toHaveLength(3);
  });

  it('does not wait for hours, and says how long it would have been', async () => {
    const headers = { 'retry-after': '3600' };
    await using server = await startModelServer({ type: 'status', status: 429, message: 'later', headers });
    await using runner = testRunner(stubConfig(server));
    const { error } = await heard(runner.stream(testRequest()));
    expect(error).toMatchObject({ kind: 'rate-limit', retryAfterMs: 3_600_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('does not try again when the account is out of money', async () => {
    await using server = await startModelServer({
      type: 'status',
      status: 429,
      message: 'insufficient_quota',
    });
    await using runner = testRunner(stubConfig(server));
    expect((await heard(runner.stream(testRequest()))).error?.kind).toBe('rate-limit');
    expect(server.requests).toHaveLength(1);
  });

  it('stops waiting on abort', async () => {
    await using server = await startModelServer({ type: 'status', status: 500, message: 'broken' });
    const abort = new AbortController();
    const log = { ...silentLogger, warn: () => queueMicrotask(() => abort.abort()) };
    await using runner = testRunner(stubConfig(server), { clock: new FakeClock(), log });
    expect((await heard(runner.stream(testRequest({ signal: abort.signal })))).error?.kind).toBe('aborted');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a chain of models', () => {
  it('goes to the next one, announces it with the reason, and asks for its model', async () => {
    await using a = await startModelServer({ type: 'status', status: 401, message: 'who are you' });
    await using b = await startModelServer({ type: 'answer', text: ['second'] });
    await using runner = testRunner(twoProviders(a, b));
    const { events, text } = await heard(runner.streamWithFallback([first, second], request));
    expect(text).toBe('second');
    expect(events[0]).toEqual({
      type: 'fallback',
      from: first,
      to: second,
      reason: '401 who are you Check models.providers.stub.apiKey.',
    });
    expect(b.requests[0]?.body.model).toBe('echo-2');
  });

  it('does not keep a user waiting for a busy model when another one is at hand', async () => {
    const headers = { 'retry-after': '20' };
    await using a = await startModelServer({ type: 'status', status: 429, message: 'busy', headers });
    await using b = await startModelServer({ type: 'answer', text: ['second'] });
    await using runner = testRunner(twoProviders(a, b));
    expect((await heard(runner.streamWithFallback([first, second], request))).text).toBe('second');
    expect(a.requests).toHaveLength(1);
  });

  it('never begins again after a part of an answer was seen', async () => {
    await using a = await startModelServer({ type: 'cut', text: ['Hel'], how: 'broken' });
    await using b = await startModelServer();
    await using runner = testRunner(twoProviders(a, b));
    const { text, error } = await heard(runner.streamWithFallback([first, second], request));
    expect(text).toBe('Hel');
    expect(error).toMatchObject({ kind: 'network', provider: 'stub' });
    expect(b.requests).toHaveLength(0);
  });

  it('names every model and its reason when all fail', async () => {
    await using a = await startModelServer({ type: 'status', status: 400, message: 'bad' });
    await using b = await startModelServer({ type: 'status', status: 401, message: 'no' });
    await using runner = testRunner(twoProviders(a, b));
    const { error } = await heard(runner.streamWithFallback([first, second], request));
    expect(error).toMatchObject({ kind: 'format', provider: 'stub', status: 400 });
    expect(error?.message).toBe(
      'All 2 models failed.\nstub/echo-1: 400 bad\nother/echo-2: 401 no Check models.providers.other.apiKey.',
    );
  });

  it('lets a single failure speak for itself', async () => {
    await using a = await startModelServer({ type: 'status', status: 400, message: 'stub says boom' });
    await using runner = testRunner(stubConfig(a));
    const { error } = await heard(runner.streamWithFallback([first], request));
    expect(error?.message).toBe('400 stub says boom');
  });

  it('does not turn to another model when the conversation is too long, or on abort', async () => {
    await using a = await startModelServer({
      type: 'status',
      status: 400,
      message: 'maximum context length',
    });
    await using b = await startModelServer();
    await using runner = testRunner(twoProviders(a, b));
    expect((await heard(runner.streamWithFallback([first, second], request))).error?.kind).toBe('context');
    const signal = AbortSignal.abort();
    const aborted = await heard(runner.streamWithFallback([first, second], { ...request, signal }));
    expect(aborted.error?.kind).toBe('aborted');
    expect(b.requests).toHaveLength(0);
  });

  it('skips a fallback that nobody knows, with its reason', async () => {
    await using b = await startModelServer({ type: 'answer', text: ['second'] });
    await using runner = testRunner(twoProviders(b, b));
    const nope: ModelRef = { provider: 'nope', model: 'x' };
    const { events, text } = await heard(runner.streamWithFallback([nope, second], request));
    expect(text).toBe('second');
    expect(events[0]).toMatchObject({ reason: 'Unknown provider "nope". Use /models to list providers.' });
  });
});
