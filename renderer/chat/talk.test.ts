import { describe, expect, it } from 'vitest';
import { blocksOf, EMPTY_TALK, type Talk, withNewest, withNews, withOlder, withOutgoing } from './talk.ts';
import { type HistoryPage, historyPage, runStep } from './wire.ts';

const wire = (seq: number, role: string, text: string, more: object = {}) => ({
  role,
  content: role === 'user' ? text : [{ type: 'text', text }],
  timestamp: seq,
  __openclaw: { id: `m${seq}`, seq },
  ...more,
});

const page = (messages: object[], more: object = {}): HistoryPage => historyPage({ messages, ...more });
const keys = (talk: Talk): string[] => blocksOf(talk).map(({ key }) => key);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => wire(from + index, 'user', 'x'));

describe('a conversation', () => {
  it('has each message once, however often and in whatever pieces it is read', () => {
    let talk = withNewest(EMPTY_TALK, page(numbered(11, 20), { hasMore: true }));
    talk = withOlder(talk, page(numbered(6, 12), { hasMore: true }));
    talk = withNewest(talk, page(numbered(13, 22), { hasMore: true }));
    expect(talk.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 17 }, (_, index) => index + 6));
    expect(talk.hasMore).toBe(true);
    expect(withOlder(talk, page(numbered(1, 5), { hasMore: false })).hasMore).toBe(false);
  });

  it('shows no gap as if it were none: what does not join is read again', () => {
    const talk = withNewest(EMPTY_TALK, page(numbered(1, 5)));
    const later = withNewest(talk, page(numbered(50, 60), { hasMore: true }));
    expect(later.messages[0]?.seq).toBe(50);
    expect(later.hasMore).toBe(true);
    expect(withNewest(later, page([])).messages).toEqual([]);
  });

  it('puts an answer that is written behind its question, and drops it when it is in the messages', () => {
    let talk = withOutgoing(EMPTY_TALK, { runId: 'r', text: 'hi', files: [], state: 'sending' });
    talk = withNews(talk, 'r', { type: 'text', text: 'he', itemId: 'i' });
    talk = withNews(talk, 'r', { type: 'text', text: 'hello', itemId: 'i' });
    expect(keys(talk)).toEqual(['out:r', 'run:r']);
    const question = wire(1, 'user', 'hi', { idempotencyKey: 'r:user' });
    talk = withNewest(talk, page([question], { sessionInfo: { status: 'running' } }));
    expect(keys(talk)).toEqual(['m1', 'run:r']);
    talk = withNews(talk, 'r', { type: 'end', state: 'final', text: 'hello' });
    const answer = wire(2, 'assistant', 'hello', { __openclaw: { id: 'm2', seq: 2, runId: 'r' } });
    expect(keys(withNewest(talk, page([question, answer])))).toEqual(['m1', 'm2']);
  });

  it('keeps an error in its place, and forgets an answer that a gateway took with it', () => {
    const first = wire(1, 'user', 'a', { idempotencyKey: 'bad:user' });
    let talk = withNews(EMPTY_TALK, 'bad', { type: 'end', state: 'error', message: 'no', code: 'AUTH' });
    talk = withNews(talk, 'lost', { type: 'text', text: 'half', itemId: '' });
    talk = withNewest(talk, page([first, wire(2, 'user', 'b')], { sessionInfo: { status: 'interrupted' } }));
    expect(keys(talk)).toEqual(['m1', 'run:bad', 'm2']);
  });

  it('shows the result of a tool with its call', () => {
    const call = wire(1, 'assistant', '', {
      content: [{ type: 'toolCall', id: 'c', name: 'exec', arguments: { command: 'ls' } }],
    });
    const result = wire(2, 'toolResult', 'a.txt', { toolCallId: 'c', toolName: 'exec' });
    const orphan = wire(3, 'toolResult', 'b.txt', { toolCallId: 'd', toolName: 'exec' });
    expect(keys(withNewest(EMPTY_TALK, page([call, result, orphan])))).toEqual(['m1', 'm3']);
  });
});

describe('an event of a run', () => {
  const told = { runId: 'r', sessionKey: 'agent:main:main' };

  it.each([
    [
      'agent',
      { stream: 'assistant', data: { text: 'Hello', itemId: 'i' } },
      { type: 'text', text: 'Hello', itemId: 'i' },
    ],
    [
      'agent',
      { stream: 'tool', data: { phase: 'start', name: 'exec', toolCallId: 'c', args: {} } },
      { type: 'tool', id: 'c', name: 'exec', args: {} },
    ],
    ['chat', { state: 'aborted' }, { type: 'end', state: 'aborted', text: undefined }],
    [
      'chat',
      { state: 'error', errorMessage: 'no', errorDetail: { failoverReason: 'auth' } },
      { type: 'end', state: 'error', message: 'no', code: 'AUTH' },
    ],
    ['chat', { state: 'delta' }, undefined],
    ['agent', { stream: 'lifecycle', data: null }, undefined],
  ])('%s %j', (event, payload, news) => {
    expect(runStep(event, { ...told, ...payload })?.news).toEqual(news);
  });
});
