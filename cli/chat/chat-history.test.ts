import { expect, test } from 'vitest';
import { answerSince, headline } from './chat-history.ts';

const user = (runId: string) => ({ role: 'user', content: 'hi', idempotencyKey: `${runId}:user` });
const agent = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }] });

test.each([
  ['was answered', [user('r1'), agent('one'), agent('two')], 'two'],
  ['has no answer yet', [agent('older'), user('r1')], ''],
  ['never arrived', [user('r0'), agent('older')], undefined],
  ['is there twice, the later one counts', [user('r1'), agent('a'), user('r1'), agent('b')], 'b'],
])('a message that %s', (_name, messages, answer) => {
  expect(answerSince({ messages }, 'r1')).toBe(answer);
});

test('an answer without messages is no reason to fail', () => {
  expect(answerSince(undefined, 'r1')).toBeUndefined();
});

test('the model of a session counts more than the one of the gateway', () => {
  const defaults = { modelProvider: 'echo', model: 'echo-1' };
  expect(headline({ defaults })).toEqual({ title: undefined, model: 'echo/echo-1' });
  const sessionInfo = { label: 'Trip', modelProvider: 'ollama', model: 'qwen3' };
  expect(headline({ defaults, sessionInfo })).toEqual({ title: 'Trip', model: 'ollama/qwen3' });
});
