import { expect, test } from 'vitest';
import { runStep } from './run-step.ts';

const common = { runId: 'r1', sessionKey: 'agent:main:main', seq: 6, ts: 1 };
const said = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }], timestamp: 1 });

test('text comes from the event that tells it first, in both eras', () => {
  const v4 = { ...common, stream: 'assistant', data: { text: 'Hello from', delta: ' from', itemId: 'i:1' } };
  expect(runStep('agent', v4)).toEqual({
    runId: 'r1',
    sessionKey: 'agent:main:main',
    what: { type: 'text', text: 'Hello from', itemId: 'i:1' },
  });
  const v3 = { ...common, stream: 'assistant', data: { text: 'Hello', delta: 'Hello' } };
  expect(runStep('agent', v3)?.what).toEqual({ type: 'text', text: 'Hello', itemId: undefined });
  expect(runStep('chat', { ...common, state: 'delta', message: said('Hello') })).toBeUndefined();
});

test('tools are told when they start and when they are done', () => {
  const tool = (data: object) =>
    runStep('agent', { ...common, stream: 'tool', data: { name: 'exec', toolCallId: 'c1', ...data } })?.what;
  expect(tool({ phase: 'start', args: { command: 'ls' } })).toEqual({
    type: 'tool-start',
    id: 'c1',
    name: 'exec',
    args: { command: 'ls' },
  });
  expect(tool({ phase: 'result', isError: true, result: said('no such file') })).toEqual({
    type: 'tool-result',
    id: 'c1',
    name: 'exec',
    isError: true,
    text: 'no such file',
  });
  expect(tool({ phase: 'update' })).toBeUndefined();
});

test.each([
  [
    { state: 'final', message: said('Done.') },
    { type: 'end', state: 'final', text: 'Done.' },
  ],
  [{ state: 'final' }, { type: 'end', state: 'final', text: undefined }],
  [
    { state: 'aborted', stopReason: 'rpc', message: said('Do') },
    { type: 'end', state: 'aborted', text: 'Do' },
  ],
  [
    { state: 'error', errorMessage: '400 no' },
    { type: 'end', state: 'error', message: '400 no' },
  ],
])('%j is an end', (payload, what) => {
  expect(runStep('chat', { ...common, ...payload })?.what).toEqual(what);
});

test.each([
  ['agent', undefined],
  ['agent', { ...common, stream: 'lifecycle', data: { phase: 'start' } }],
  ['agent', { stream: 'assistant', data: { text: 'whose?' } }],
  ['chat', { ...common, state: 'status', phase: 'starting_model' }],
  ['agent', { ...common, stream: 'assistant', data: null }],
])('%s %j says nothing to a reader', (event, payload) => {
  expect(runStep(event, payload)).toBeUndefined();
});
