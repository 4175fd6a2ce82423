import { describe, expect, it } from 'vitest';
import type { CliOutput } from './cli-backend.ts';
import { createCliReader } from './cli-output.ts';
import type { ModelEvent } from './model.ts';

/** Reads a whole output, given in pieces of any size. */
function read(output: CliOutput, text: string, pieceSize = 7) {
  const reader = createCliReader(output, ['session_id', 'thread_id']);
  const events: ModelEvent[] = [];
  for (let at = 0; at < text.length; at += pieceSize)
    events.push(...reader.push(text.slice(at, at + pieceSize)));
  events.push(...reader.end());
  const joined = (type: string): string =>
    events.map((event) => (event.type === type && 'delta' in event ? event.delta : '')).join('');
  return { text: joined('text'), reasoning: joined('reasoning'), ...reader.state() };
}

const lines = (...values: object[]): string => `${values.map((value) => JSON.stringify(value)).join('\n')}\n`;

describe('the output of a CLI backend', () => {
  it('loses its terminal sequences, also where a piece ends inside one', () => {
    const text = '\u001b[1;32mgreen\u001b[0m and \u001b[31mred\u001b[0m';
    for (const size of [1, 2, 5, 100]) expect(read('text', text, size).text).toBe('green and red');
  });

  it('is read from one JSON object under the usual names', () => {
    for (const field of ['result', 'response', 'text', 'content', 'message', 'output']) {
      expect(read('json', JSON.stringify({ [field]: 'hi', session_id: 's-1' }))).toMatchObject({
        text: 'hi',
        sessionId: 's-1',
        answered: true,
      });
    }
  });

  it('is read from a list of events, and from text when it is no JSON after all', () => {
    const list = [
      { type: 'assistant', message: { content: [{ type: 'text', text: 'hi' }] } },
      { type: 'result', result: 'hi' },
    ];
    expect(read('json', JSON.stringify(list)).text).toBe('hi');
    expect(read('json', 'just words').text).toBe('just words');
  });

  it('is read from the lines of codex', () => {
    const output = lines(
      { type: 'thread.started', thread_id: 't-1' },
      { type: 'turn.started' },
      { type: 'item.completed', item: { id: '0', type: 'reasoning', text: 'hmm' } },
      { type: 'item.completed', item: { id: '1', type: 'command_execution', text: 'ls' } },
      { type: 'item.completed', item: { id: '2', type: 'agent_message', text: 'One.' } },
      { type: 'item.completed', item: { id: '3', type: 'agent_message', text: 'Two.' } },
      { type: 'turn.completed', usage: { input_tokens: 30, cached_input_tokens: 10, output_tokens: 4 } },
    );
    expect(read('jsonl', output)).toMatchObject({
      text: 'One.\n\nTwo.',
      reasoning: 'hmm',
      sessionId: 't-1',
      usage: { input: 20, cacheRead: 10, output: 4, totalTokens: 34 },
    });
  });

  it('gives the result when nothing else was said, and the reason when it failed', () => {
    expect(read('jsonl', lines({ type: 'result', result: 'only here' })).text).toBe('only here');
    expect(read('jsonl', lines({ type: 'result', is_error: true, result: 'no credit' }))).toMatchObject({
      text: '',
      failure: 'no credit',
      answered: false,
    });
    expect(read('jsonl', lines({ type: 'turn.failed', error: { message: 'boom' } })).failure).toBe('boom');
  });

  it('survives lines that are no JSON, hostile names and a last line without an end', () => {
    const output = `starting {\n{"__proto__":{"text":"x"}}\n[1,2]\nnull\n{"text":"fine"}`;
    expect(read('jsonl', output).text).toBe('fine');
    expect(read('jsonl', lines({ session_id: '--help', text: 'x' })).sessionId).toBeUndefined();
  });
});
