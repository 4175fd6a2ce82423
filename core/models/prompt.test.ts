import { describe, expect, it } from 'vitest';
import type { ModelMessage } from './model.ts';
import { cachedPrompt, promptOf } from './prompt.ts';

const image = { type: 'file' as const, mimeType: 'image/png', data: 'AAAA', name: 'cat.png' };

describe('a prompt', () => {
  it('leaves out messages without content, which providers refuse', () => {
    const messages: ModelMessage[] = [
      { role: 'user', content: '' },
      { role: 'assistant', content: [] },
      { role: 'tool', content: [] },
      { role: 'user', content: 'hi' },
    ];
    expect(promptOf(undefined, messages, undefined)).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    ]);
  });

  it('says that an image is left out to a model that cannot see', () => {
    const messages: ModelMessage[] = [{ role: 'user', content: [image] }];
    const [blind] = promptOf(undefined, messages, ['text']);
    expect(JSON.stringify(blind)).toContain('cat.png (image/png) is left out');
    const [seeing] = promptOf(undefined, messages, ['text', 'image']);
    expect(seeing?.content).toMatchObject([{ type: 'file', data: 'AAAA', mediaType: 'image/png' }]);
  });

  it('gives signatures back with the thoughts and calls they belong to', () => {
    const signed = { anthropic: { signature: 's' } };
    const [message] = promptOf(
      undefined,
      [{ role: 'assistant', content: [{ type: 'reasoning', text: 'hm', providerMetadata: signed }] }],
      undefined,
    );
    expect(message?.content).toMatchObject([{ type: 'reasoning', providerOptions: signed }]);
  });

  it('takes arguments that were no JSON back as an object', () => {
    const content = [{ type: 'tool-call' as const, id: '1', name: 'x', args: '{"a": ' }];
    const [message] = promptOf(undefined, [{ role: 'assistant', content }], undefined);
    expect(message?.content).toMatchObject([{ input: { text: '{"a": ' } }]);
  });

  it('marks the system prompt and the last message for keeping, and nothing else', () => {
    const messages: ModelMessage[] = [
      { role: 'user', content: 'one' },
      { role: 'user', content: 'two' },
    ];
    const marked = cachedPrompt(promptOf('Be kind.', messages, undefined));
    expect(marked.map(({ providerOptions }) => providerOptions !== undefined)).toEqual([true, false, true]);
  });
});
