import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ModelMessage, ModelRequest } from './model.ts';
import { heard, testRequest, testRunner } from './testing/model-fixture.ts';

const model = { provider: 'echo', model: 'echo-1' };

async function echo(content: string, more: Partial<ModelRequest> = {}) {
  await using runner = testRunner({}, { devEcho: true });
  return await heard(runner.stream(testRequest({ model, messages: [{ role: 'user', content }], ...more })));
}

describe('the echo model', () => {
  it('says the message back word by word', async () => {
    const { events, text } = await echo('one  two\nthree ');
    expect(text).toBe('one  two\nthree ');
    expect(
      events.filter(({ type }) => type === 'text').map((event) => 'delta' in event && event.delta),
    ).toEqual(['one', '  two', '\nthree', ' ']);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it('calls a tool when told to, and says its result back', async () => {
    const call = await echo('/tool exec {"command":"ls"}');
    expect(call.events[0]).toMatchObject({ type: 'tool-call', name: 'exec', args: { command: 'ls' } });
    expect(call.events.at(-1)).toMatchObject({ reason: 'tool-calls' });
    const result: ModelMessage = {
      role: 'tool',
      content: [{ type: 'tool-result', id: 'echo_1', name: 'exec', text: '/fail is only text here' }],
    };
    const messages: ModelMessage[] = [{ role: 'user', content: '/tool exec {}' }, result];
    expect((await echo('', { messages })).text).toBe('/fail is only text here');
  });

  it('thinks and fails when told to', async () => {
    expect(await echo('/think deep thoughts')).toMatchObject({
      reasoning: 'deep thoughts',
      text: 'deep thoughts',
    });
    expect((await echo('/fail no power')).error).toMatchObject({ kind: 'server', message: 'no power' });
  });

  it('takes its time when told to, and stops in the middle on abort', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    await using runner = testRunner({}, { devEcho: true, clock });
    const messages: ModelMessage[] = [{ role: 'user', content: '/slow one two three' }];
    const answer = heard(runner.stream(testRequest({ model, messages, signal: abort.signal })), () =>
      abort.abort(),
    );
    const { text, error } = await clock.drive(answer);
    expect(text).toBe('one');
    expect(error?.kind).toBe('aborted');
  });

  it('exists in the dev profile only', async () => {
    await using runner = testRunner({});
    const { error } = await heard(runner.stream(testRequest({ model })));
    expect(error?.message).toBe('Unknown provider "echo". Use /models to list providers.');
  });
});
