import type { SharedV3ProviderOptions } from '@ai-sdk/provider';
import { asObject, asText, asTexts, type Json } from '../lib/json.ts';
import { ownValue } from './known-providers.ts';
import type { ModelMessage } from './model.ts';
import type { ProviderSettings } from './provider-settings.ts';

const BUDGETS: Json = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 32_768, max: 32_768 };
const EFFORTS = ['minimal', 'low', 'medium', 'high'];

/** How much a model is to think, in the words of its API; nothing for a model that is not set to reason. */
export function thinkingOptions(
  settings: ProviderSettings,
  level: string | undefined,
  messages: readonly ModelMessage[],
): SharedV3ProviderOptions {
  if (level === undefined || settings.model.reasoning !== true) return {};
  if (settings.api === 'anthropic-messages') return anthropicThinking(level, messages);
  if (settings.api === 'google-generative-ai') return googleThinking(level);
  return openaiThinking(level, settings.model);
}

/**
 * Anthropic refuses to think on when the calls of this turn came without their signed thoughts, as they do
 * after a change of models; such a turn ends without thinking.
 */
function anthropicThinking(level: string, messages: readonly ModelMessage[]): SharedV3ProviderOptions {
  if (level === 'off' || hasUnsignedCall(messages)) return { anthropic: { thinking: { type: 'disabled' } } };
  if (level === 'adaptive') return { anthropic: { thinking: { type: 'adaptive' } } };
  const budgetTokens = Number(ownValue(BUDGETS, level) ?? BUDGETS.medium);
  return { anthropic: { thinking: { type: 'enabled', budgetTokens } } };
}

function hasUnsignedCall(messages: readonly ModelMessage[]): boolean {
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  return turn.some(({ role, content }) => {
    if (role !== 'assistant' || typeof content === 'string') return false;
    const hasCall = content.some(({ type }) => type === 'tool-call');
    return hasCall && !content.some((part) => part.type === 'reasoning' && part.providerMetadata?.anthropic);
  });
}

function googleThinking(level: string): SharedV3ProviderOptions {
  if (level === 'off') return { google: { thinkingConfig: { thinkingBudget: 0, includeThoughts: false } } };
  const budget = ownValue(BUDGETS, level);
  const thinkingBudget = typeof budget === 'number' ? budget : -1;
  return { google: { thinkingConfig: { thinkingBudget, includeThoughts: true } } };
}

/** Servers that speak the OpenAI API differ most in this; `compat.thinkingFormat` says which way to ask. */
function openaiThinking(level: string, model: Json): SharedV3ProviderOptions {
  const compat = asObject(model.compat);
  const on = level !== 'off';
  const effort = effortOf(level, model, compat);
  const named = effort === undefined ? {} : { reasoningEffort: effort };
  const options: Record<string, Json> = {
    zai: { thinking: { type: on ? 'enabled' : 'disabled' } },
    qwen: { enable_thinking: on },
    'qwen-chat-template': { chat_template_kwargs: { enable_thinking: on } },
    openrouter: { reasoning: effort === undefined ? { enabled: on } : { effort } },
  };
  const format = asText(compat.thinkingFormat) ?? 'openai';
  const asked = asObject(ownValue(options, format) ?? named);
  return { openaiCompatible: asked as SharedV3ProviderOptions[string] };
}

function effortOf(level: string, model: Json, compat: Json): string | undefined {
  if (compat.supportsReasoningEffort === false) return undefined;
  const mapped =
    ownValue(asObject(model.thinkingLevelMap), level) ?? ownValue(asObject(compat.reasoningEffortMap), level);
  if (mapped !== undefined) return asText(mapped);
  if (level === 'off' || level === 'adaptive') return undefined;
  if (asTexts(compat.supportedReasoningEfforts).includes(level)) return level;
  return EFFORTS.includes(level) ? level : 'high';
}
