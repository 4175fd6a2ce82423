import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import { OpenaiParts } from './openai-parts.ts';

const delta = (said: Json, finish: string | null = null): Json => ({
  id: 'c1',
  model: 'm',
  choices: [{ index: 0, delta: said, finish_reason: finish }],
});

function read(...chunks: unknown[]) {
  const reader = new OpenaiParts();
  const parts = chunks.flatMap((chunk) => reader.read(chunk));
  return [...parts, ...reader.end()].filter(({ type }) => type !== 'response-metadata');
}

const call = (row: Json): Json => delta({ tool_calls: [row] });

describe('the chunks of a completion', () => {
  it('hold thoughts in three places, and text in two', () => {
    const parts = read(
      delta({ reasoning_content: 'a' }),
      delta({ reasoning: 'b' }),
      delta({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'c' }] },
          { type: 'text', text: 'd' },
        ],
      }),
      delta({ content: 'e' }, 'stop'),
    );
    expect(parts.map((part) => [part.type, 'delta' in part && part.delta])).toEqual([
      ['reasoning-delta', 'a'],
      ['reasoning-delta', 'b'],
      ['reasoning-delta', 'c'],
      ['text-delta', 'd'],
      ['text-delta', 'e'],
      ['finish', false],
    ]);
  });

  it('make up several calls whose pieces are mixed, and whose name may come late', () => {
    const parts = read(
      call({ index: 0, id: 'a', function: { arguments: '{"x"' } }),
      call({ index: 1, id: 'b', function: { name: 'two', arguments: '{}' } }),
      call({ index: 0, function: { name: 'one', arguments: ':1}' } }),
      delta({}, 'tool_calls'),
    );
    expect(parts.filter(({ type }) => type === 'tool-call')).toEqual([
      { type: 'tool-call', toolCallId: 'a', toolName: 'one', input: '{"x":1}' },
      { type: 'tool-call', toolCallId: 'b', toolName: 'two', input: '{}' },
    ]);
  });

  it('may leave out indexes and ids of calls', () => {
    const parts = read(
      call({ id: 'a', function: { name: 'one', arguments: '{' } }),
      call({ function: { arguments: '}' } }),
      call({ id: 'b', function: { name: 'two', arguments: '{}' } }),
      delta({}, 'stop'),
    );
    expect(parts.filter(({ type }) => type === 'tool-call')).toMatchObject([
      { input: '{}' },
      { toolCallId: 'b' },
    ]);
    const [nameless] = read(call({ index: 0, function: { name: 'x', arguments: '' } }), delta({}, 'stop'));
    expect(nameless).toMatchObject({ toolName: 'x', toolCallId: expect.stringMatching(/.{8}/) });
  });

  it('give no call to carry out when they are cut before a reason to finish', () => {
    const parts = read(call({ index: 0, id: 'a', function: { name: 'rm', arguments: '{"path":"/' } }));
    expect(parts.some(({ type }) => type === 'tool-call')).toBe(false);
    expect(parts.at(-1)).toMatchObject({ finishReason: { raw: undefined, unified: 'other' } });
  });

  it('are refused with a call that has no name', () => {
    expect(() =>
      read(call({ index: 0, id: 'a', function: { arguments: '{}' } }), delta({}, 'tool_calls')),
    ).toThrow('without a name');
  });

  it('count tokens in a chunk of its own, and may not count at all', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 1 },
    };
    const counted = read(delta({ content: 'x' }, 'stop'), { choices: [], usage });
    expect(counted.at(-1)).toMatchObject({
      usage: { inputTokens: { total: 9, cacheRead: 3 }, outputTokens: { total: 4, reasoning: 1 } },
    });
    expect(read(delta({}, 'stop')).at(-1)).toMatchObject({ usage: { inputTokens: { total: undefined } } });
  });

  it('say that an answer was withheld when it ends in a refusal', () => {
    const parts = read(delta({ refusal: 'No.' }), delta({}, 'stop'));
    expect(parts).toMatchObject([
      { type: 'text-delta', delta: 'No.' },
      { finishReason: { unified: 'content-filter', raw: 'stop' } },
    ]);
  });

  it.each([[[]], [7], [null], ['text'], [{}], [{ choices: {} }]])('are not %j', (chunk) => {
    expect(() => read(chunk)).toThrow('without choices');
  });

  it('hold nothing that names of prototypes could reach', () => {
    const hostile = JSON.parse(
      '{"choices":[{"delta":{"content":"x","__proto__":{"refusal":"y"}},"finish_reason":"constructor"}]}',
    );
    expect(read(hostile)).toMatchObject([
      { delta: 'x' },
      { finishReason: { unified: 'other', raw: 'constructor' } },
    ]);
  });
});
