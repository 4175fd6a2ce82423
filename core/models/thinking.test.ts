import { describe, expect, it } from 'vitest';
import type { Json } from '../lib/json.ts';
import type { ModelApi } from './known-providers.ts';
import type { ModelMessage } from './model.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { thinkingOptions } from './thinking.ts';

function ask(api: ModelApi, level: string | undefined, model: Json = {}, messages: ModelMessage[] = []) {
  const settings = { api, model: { reasoning: true, ...model } } as unknown as ProviderSettings;
  return thinkingOptions(settings, level, messages);
}

describe('how much a model thinks', () => {
  it('is left alone for models that are not set to reason, and when nobody asked', () => {
    expect(ask('openai-completions', 'high', { reasoning: false })).toEqual({});
    expect(ask('anthropic-messages', undefined)).toEqual({});
  });

  it('is an effort, in the words that a server knows', () => {
    const effort = (level: string, model: Json = {}) =>
      ask('openai-completions', level, model).openaiCompatible;
    expect(effort('low')).toEqual({ reasoningEffort: 'low' });
    expect(effort('max')).toEqual({ reasoningEffort: 'high' });
    expect(effort('off')).toEqual({});
    expect(effort('max', { thinkingLevelMap: { max: 'xhigh' } })).toEqual({ reasoningEffort: 'xhigh' });
    expect(effort('off', { compat: { thinkingFormat: 'qwen' } })).toEqual({ enable_thinking: false });
    expect(effort('low', { compat: { thinkingFormat: 'zai' } })).toEqual({ thinking: { type: 'enabled' } });
    expect(effort('low', { compat: { thinkingFormat: 'openrouter' } })).toEqual({
      reasoning: { effort: 'low' },
    });
  });

  it('is a budget for Anthropic and Google', () => {
    expect(ask('anthropic-messages', 'low')).toEqual({
      anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } },
    });
    expect(ask('google-generative-ai', 'off')).toMatchObject({
      google: { thinkingConfig: { thinkingBudget: 0 } },
    });
  });

  it('rests for the turn when Anthropic would miss the signed thought before a call', () => {
    const call = { type: 'tool-call' as const, id: '1', name: 'x', args: {} };
    const turn = (content: Extract<ModelMessage, { role: 'assistant' }>['content']): ModelMessage[] => [
      { role: 'user', content: 'go' },
      { role: 'assistant', content },
    ];
    const signed = {
      type: 'reasoning' as const,
      text: 'hm',
      providerMetadata: { anthropic: { signature: 's' } },
    };
    expect(ask('anthropic-messages', 'low', {}, turn([call]))).toEqual({
      anthropic: { thinking: { type: 'disabled' } },
    });
    expect(ask('anthropic-messages', 'low', {}, turn([signed, call]))).toMatchObject({
      anthropic: { thinking: { type: 'enabled' } },
    });
  });
});
