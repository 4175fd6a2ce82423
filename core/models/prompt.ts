import type {
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  SharedV3ProviderOptions,
} from '@ai-sdk/provider';
import { asObject, type Json } from '../lib/json.ts';
import type {
  AssistantMessage,
  AssistantPart,
  ModelMessage,
  ProviderMetadata,
  ToolResultPart,
  ToolSpec,
  UserPart,
} from './model.ts';

/** A conversation as a provider's library takes it. `accepts` is `models[].input` of the configuration. */
export function promptOf(
  system: string | undefined,
  messages: readonly ModelMessage[],
  accepts: unknown,
): LanguageModelV3Prompt {
  const isSeen = seenKinds(accepts);
  const prompt = messages.flatMap((message) => messageOf(message, isSeen));
  return system ? [{ role: 'system', content: system }, ...prompt] : prompt;
}

const CACHED: { providerOptions: SharedV3ProviderOptions } = {
  providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
};

/**
 * Marks where Anthropic may keep what it has read: after the system prompt and after the last message, so that
 * the next step of a run pays for what is new only.
 */
export function cachedPrompt(prompt: LanguageModelV3Prompt): LanguageModelV3Prompt {
  return prompt.map((message, index) =>
    message.role === 'system' || index === prompt.length - 1 ? { ...message, ...CACHED } : message,
  );
}

type IsSeen = (mimeType: string) => boolean;

/** A model whose kinds of input are not configured gets everything, and says itself what it does not take. */
function seenKinds(accepts: unknown): IsSeen {
  if (!Array.isArray(accepts)) return () => true;
  return (mimeType) => accepts.includes(mimeType.split('/')[0]);
}

/** Messages without content are left out: providers refuse them. */
function messageOf(message: ModelMessage, isSeen: IsSeen): LanguageModelV3Message[] {
  if (message.role === 'tool') {
    return message.content.length === 0 ? [] : [{ role: 'tool', content: message.content.map(resultOf) }];
  }
  if (message.role === 'assistant') return assistantOf(message);
  const parts = typeof message.content === 'string' ? [textOf(message.content)] : message.content;
  const content = parts.map((part) => userPart(part, isSeen)).filter((part) => !isBlank(part));
  return content.length === 0 ? [] : [{ role: 'user', content }];
}

function assistantOf({ content }: AssistantMessage): LanguageModelV3Message[] {
  const parts = typeof content === 'string' ? [textOf(content)] : content;
  const kept = parts.map(assistantPart).filter((part) => !isBlank(part));
  return kept.length === 0 ? [] : [{ role: 'assistant', content: kept }];
}

const textOf = (text: string): { type: 'text'; text: string } => ({ type: 'text', text });

const isBlank = (part: { type: string; text?: string }): boolean => part.type === 'text' && part.text === '';

function userPart(part: UserPart, isSeen: IsSeen) {
  if (part.type === 'text') return textOf(part.text);
  if (!isSeen(part.mimeType)) {
    return textOf(
      `[${part.name ?? 'An attachment'} (${part.mimeType}) is left out: this model cannot see it.]`,
    );
  }
  return {
    type: 'file' as const,
    data: part.data,
    mediaType: part.mimeType,
    ...(part.name === undefined ? {} : { filename: part.name }),
  };
}

function assistantPart(part: AssistantPart) {
  if (part.type === 'text') return textOf(part.text);
  const returned = providerOptions(part.providerMetadata);
  if (part.type === 'reasoning') return { type: 'reasoning' as const, text: part.text, ...returned };
  return {
    type: 'tool-call' as const,
    toolCallId: part.id,
    toolName: part.name,
    input: inputOf(part.args),
    ...returned,
  };
}

/** Providers take objects only; a call that was no JSON goes back as the text it was. */
const inputOf = (args: unknown): Json => (typeof args === 'string' ? { text: args } : asObject(args));

const providerOptions = (
  metadata: ProviderMetadata | undefined,
): { providerOptions?: SharedV3ProviderOptions } =>
  metadata === undefined ? {} : { providerOptions: metadata as SharedV3ProviderOptions };

const resultOf = ({ id, name, text, isError }: ToolResultPart) => ({
  type: 'tool-result' as const,
  toolCallId: id,
  toolName: name,
  output: { type: isError ? ('error-text' as const) : ('text' as const), value: text },
});

export const functionTools = (tools: readonly ToolSpec[]): LanguageModelV3FunctionTool[] =>
  tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    inputSchema: parameters,
  }));
