import { asObject, asText, type Json } from '../lib/json.ts';

/** The events of one answer in the words of one API, each as the bytes of a server-sent event. */
export interface ServerDialect {
  begin(): string[];
  text(piece: string): string[];
  reasoning(piece: string): string[];
  toolCall(id: string, name: string, args: string[]): string[];
  end(reason: 'stop' | 'length' | 'tool-calls'): string[];
}

/** Counted the same in every dialect: 12 tokens in, 2 of them cached; 5 out. */
export const SERVER_USAGE = { input: 10, cacheRead: 2, output: 5 };

export function dialectFor(path: string, body: Json): ServerDialect {
  if (path.startsWith('/v1/messages')) return anthropic(body);
  return path.includes(':streamGenerateContent') ? google() : openai(body);
}

const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

function openai(body: Json): ServerDialect {
  const model = asText(body.model) ?? 'unknown';
  const chunk = (delta: Json, finish: string | null = null): string =>
    event({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_800_000_000,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  const usage = {
    prompt_tokens: 12,
    completion_tokens: 5,
    total_tokens: 17,
    prompt_tokens_details: { cached_tokens: 2 },
  };
  const withUsage = asObject(body.stream_options).include_usage === true;
  const reasons = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' };
  return {
    begin: () => [chunk({ role: 'assistant', content: '' })],
    text: (content) => [chunk({ content })],
    reasoning: (piece) => [chunk({ reasoning_content: piece })],
    toolCall: (id, name, args) => [
      chunk({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] }),
      ...args.map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    ],
    end: (reason) => [
      chunk({}, reasons[reason]),
      ...(withUsage ? [event({ id: 'chatcmpl-1', model, choices: [], usage })] : []),
      event('[DONE]'),
    ],
  };
}

function anthropic(body: Json): ServerDialect {
  let open: string | undefined;
  let index = -1;
  const named = (type: string, data: Json): string => event({ type, ...data }, type);
  const stop = (): string[] => {
    if (open === undefined) return [];
    const signed =
      open === 'thinking'
        ? [
            named('content_block_delta', {
              index,
              delta: { type: 'signature_delta', signature: 'signed-thought' },
            }),
          ]
        : [];
    open = undefined;
    return [...signed, named('content_block_stop', { index })];
  };
  const block = (type: string, content: Json): string[] => {
    if (open === type && type !== 'tool_use') return [];
    const before = stop();
    open = type;
    index += 1;
    return [...before, named('content_block_start', { index, content_block: { type, ...content } })];
  };
  const delta = (data: Json): string => named('content_block_delta', { index, delta: data });
  const reasons = { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' };
  return {
    begin: () => [
      named('message_start', {
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: asText(body.model) ?? 'unknown',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 10,
            cache_read_input_tokens: 2,
            cache_creation_input_tokens: 0,
            output_tokens: 1,
          },
        },
      }),
      named('ping', {}),
    ],
    text: (text) => [...block('text', { text: '' }), delta({ type: 'text_delta', text })],
    reasoning: (thinking) => [
      ...block('thinking', { thinking: '', signature: '' }),
      delta({ type: 'thinking_delta', thinking }),
    ],
    toolCall: (id, name, args) => [
      ...block('tool_use', { id, name, input: {} }),
      ...args.map((piece) => delta({ type: 'input_json_delta', partial_json: piece })),
    ],
    end: (reason) => [
      ...stop(),
      named('message_delta', {
        delta: { stop_reason: reasons[reason], stop_sequence: null },
        usage: { output_tokens: 5 },
      }),
      named('message_stop', {}),
    ],
  };
}

function google(): ServerDialect {
  const chunk = (parts: Json[], finishReason?: string): string =>
    event({
      candidates: [
        { index: 0, content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}) },
      ],
      usageMetadata: {
        promptTokenCount: 12,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 5,
        totalTokenCount: 17,
      },
      modelVersion: 'gemini-test',
      responseId: 'resp_1',
    });
  return {
    begin: () => [],
    text: (text) => [chunk([{ text }])],
    reasoning: (text) => [chunk([{ text, thought: true }])],
    toolCall: (_id, name, args) => [
      chunk([
        { functionCall: { name, args: JSON.parse(args.join('') || '{}') }, thoughtSignature: 'signed-call' },
      ]),
    ],
    end: (reason) => [chunk([{ text: '' }], reason === 'length' ? 'MAX_TOKENS' : 'STOP')],
  };
}
