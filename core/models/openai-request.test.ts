import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import type { ModelMessage, ModelRequest } from './model.ts';
import { openaiBody } from './openai-request.ts';
import type { ProviderSettings } from './provider-settings.ts';

function body(
  messages: ModelMessage[],
  more: Partial<ProviderSettings> = {},
  request: Partial<ModelRequest> = {},
): Json {
  const settings = {
    ref: { provider: 'p', model: 'm' },
    baseUrl: 'http://127.0.0.1/v1',
    params: {},
    model: {},
    provider: {},
    ...more,
  } as unknown as ProviderSettings;
  return openaiBody(settings, { messages, tools: [], system: undefined, ...request } as ModelRequest);
}

const file = (mimeType: string, data = 'YWJj'): ModelMessage => ({
  role: 'user',
  content: [
    { type: 'text', text: 'see' },
    { type: 'file', mimeType, data, name: 'n' },
  ],
});

describe('a request for a completion', () => {
  it('puts each kind of attachment in the place it has', () => {
    const [{ content: image }, { content: text }, { content: pdf }, { content: sound }] = body([
      file('image/png'),
      file('text/csv'),
      file('application/pdf'),
      file('audio/mpeg'),
    ]).messages as [Json, Json, Json, Json];
    expect(image).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,YWJj' } },
    ]);
    expect(text).toMatchObject([{}, { type: 'text', text: 'abc' }]);
    expect(pdf).toMatchObject([
      {},
      { file: { filename: 'n', file_data: 'data:application/pdf;base64,YWJj' } },
    ]);
    expect(sound).toMatchObject([{}, { input_audio: { data: 'YWJj', format: 'mp3' } }]);
  });

  it.each(['application/zip', 'constructor'])('says which attachments it cannot take: %s', (mimeType) => {
    expect(() => body([file(mimeType)])).toThrow(`no attachments of type ${mimeType}`);
  });

  it('gives thoughts, calls and their signatures back', () => {
    const { messages } = body([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          {
            type: 'tool-call',
            id: '1',
            name: 'x',
            args: { a: 1 },
            providerMetadata: { google: { thoughtSignature: 's' } },
          },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: '1', name: 'x', text: 'done' }] },
    ]);
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hm',
        tool_calls: [
          {
            id: '1',
            type: 'function',
            function: { name: 'x', arguments: '{"a":1}' },
            extra_content: { google: { thought_signature: 's' } },
          },
        ],
      },
      { role: 'tool', tool_call_id: '1', content: 'done' },
    ]);
  });

  it('sends free parameters as they are, but none in the place of the conversation', () => {
    const params = {
      seed: 4,
      reasoningEffort: 'low',
      top_p: 0.5,
      model: 'other',
      messages: [],
      stream: false,
    };
    const sent = body([{ role: 'user', content: 'hi' }], { params });
    expect(sent).toMatchObject({
      seed: 4,
      reasoning_effort: 'low',
      top_p: 0.5,
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
