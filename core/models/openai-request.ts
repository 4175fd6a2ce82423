import type { LanguageModelV3Message } from '@ai-sdk/provider';
import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import type { ModelRequest } from './model.ts';
import { ModelError } from './model-error.ts';
import { promptOf } from './prompt.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { thinkingOptions } from './thinking.ts';

type MessageOf<R extends LanguageModelV3Message['role']> = Extract<LanguageModelV3Message, { role: R }>;
type UserPart = MessageOf<'user'>['content'][number];
type AssistantPart = MessageOf<'assistant'>['content'][number];

/** The body of a streamed chat completion. Parameters without a name of their own here are sent as they are. */
export function openaiBody(settings: ProviderSettings, request: ModelRequest): Json {
  const { model, params, ref } = settings;
  const compat = asObject(model.compat);
  const { temperature, topP, top_p, maxTokens, ...rest } = params;
  const maximum = request.maxTokens ?? asNumber(maxTokens) ?? settings.maxTokens;
  const prompt = promptOf(request.system, request.messages, model.input);
  const hasTools = request.tools.length > 0 && compat.supportsTools !== false;
  return {
    ...named({ ...rest, ...thinkingOptions(settings, request.thinking, request.messages).openaiCompatible }),
    model: ref.model,
    ...(maximum === undefined ? {} : { [maximumField(settings)]: maximum }),
    temperature: asNumber(temperature),
    top_p: asNumber(topP) ?? asNumber(top_p),
    messages: prompt.flatMap((message) => messagesOf(message, settings)),
    ...(hasTools ? { tools: request.tools.map(toolOf), tool_choice: 'auto' } : {}),
    ...contextOption(settings),
    stream: true,
    ...(compat.supportsUsageInStreaming === false ? {} : { stream_options: { include_usage: true } }),
  };
}

/** Two parameters that configurations write in another way than the API. */
function named({ reasoningEffort, textVerbosity, ...rest }: Json): Json {
  return {
    ...rest,
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
    ...(textVerbosity === undefined ? {} : { verbosity: textVerbosity }),
  };
}

/** OpenAI's own newer models refuse `max_tokens`, while most other servers know nothing else. */
function maximumField({ baseUrl, model }: ProviderSettings): string {
  const isOpenAi = new URL(baseUrl).hostname === 'api.openai.com';
  return asText(asObject(model.compat).maxTokensField) ?? (isOpenAi ? 'max_completion_tokens' : 'max_tokens');
}

/** Ollama cuts a conversation to a small window of its own, unless told how large the model's is. */
function contextOption({ provider, model }: ProviderSettings): Json {
  const window = model.contextTokens ?? model.contextWindow;
  if (provider.injectNumCtxForOpenAICompat !== true || typeof window !== 'number') return {};
  return { options: { num_ctx: Math.floor(window) } };
}

const toolOf = ({ name, description, parameters }: ModelRequest['tools'][number]): Json => ({
  type: 'function',
  function: { name, description, parameters },
});

function messagesOf(message: LanguageModelV3Message, settings: ProviderSettings): Json[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user': {
      const [part, ...others] = message.content;
      const isText = part?.type === 'text' && others.length === 0;
      const content = isText ? part.text : message.content.map((one) => userPart(one, settings));
      return [{ role: 'user', content }];
    }
    case 'assistant':
      return [assistantMessage(message.content)];
    case 'tool':
      return message.content.flatMap((part) =>
        part.type === 'tool-result'
          ? [{ role: 'tool', tool_call_id: part.toolCallId, content: resultText(part.output) }]
          : [],
      );
  }
}

const resultText = (output: { type: string; value?: unknown }): string =>
  typeof output.value === 'string' ? output.value : JSON.stringify(output.value ?? '');

function assistantMessage(content: AssistantPart[]): Json {
  const joined = (type: 'text' | 'reasoning'): string =>
    content.map((part) => (part.type === type ? part.text : '')).join('');
  const [text, reasoning] = [joined('text'), joined('reasoning')];
  const calls = content.flatMap((part) => (part.type === 'tool-call' ? [callOf(part)] : []));
  return {
    role: 'assistant',
    content: calls.length > 0 ? text || null : text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

/** Gemini behind this API wants the signature of its thought back with the call. */
function callOf(part: Extract<AssistantPart, { type: 'tool-call' }>): Json {
  const signature = asText(asObject(part.providerOptions?.google).thoughtSignature);
  return {
    id: part.toolCallId,
    type: 'function',
    function: { name: part.toolName, arguments: JSON.stringify(part.input) },
    ...(signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }),
  };
}

const SOUNDS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
};

function userPart(part: UserPart, { ref }: ProviderSettings): Json {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const { mediaType, filename } = part;
  const data = String(part.data);
  const url = `data:${mediaType};base64,${data}`;
  if (mediaType.startsWith('image/')) return { type: 'image_url', image_url: { url } };
  if (mediaType.startsWith('text/'))
    return { type: 'text', text: Buffer.from(data, 'base64').toString('utf8') };
  if (mediaType === 'application/pdf')
    return { type: 'file', file: { filename: filename ?? 'document.pdf', file_data: url } };
  const format = Object.hasOwn(SOUNDS, mediaType) ? SOUNDS[mediaType] : undefined;
  if (format !== undefined) return { type: 'input_audio', input_audio: { data, format } };
  throw new ModelError(
    'format',
    `${ref.provider} takes no attachments of type ${mediaType}. Send it as text, PDF, image, WAV or MP3.`,
    ref,
  );
}
