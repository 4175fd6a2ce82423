import type { LanguageModelV3 } from '@ai-sdk/provider';
import { asObject, asText, type Json } from '../lib/json.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { Fetch } from './transport.ts';

/**
 * The library of a model's API, loaded on first use. Credentials travel in the headers of the transport; the
 * empty keys here only keep the libraries from looking into the environment on their own.
 */
export async function languageModel(settings: ProviderSettings, fetch: Fetch): Promise<LanguageModelV3> {
  const { api, baseUrl: baseURL, ref } = settings;
  const { providerSdk } = await import('./provider-sdk.ts');
  if (api === 'anthropic-messages') {
    return providerSdk.createAnthropic({ baseURL, apiKey: '', fetch }).languageModel(ref.model);
  }
  if (api === 'google-generative-ai') {
    return providerSdk.createGoogleGenerativeAI({ baseURL, apiKey: '', fetch }).languageModel(ref.model);
  }
  const provider = providerSdk.createOpenAICompatible({
    name: 'openaiCompatible',
    baseURL,
    fetch,
    includeUsage: asObject(settings.model.compat).supportsUsageInStreaming !== false,
    transformRequestBody: (body) => requestBody(settings, body),
  });
  return provider.chatModel(ref.model);
}

/** OpenAI's own newer models refuse `max_tokens`, while most other servers know nothing else. */
function requestBody(settings: ProviderSettings, body: Json): Json {
  const { max_tokens: maxTokens, ...rest } = body;
  const compat = asObject(settings.model.compat);
  const isOpenAi = new URL(settings.baseUrl).hostname === 'api.openai.com';
  const field = asText(compat.maxTokensField) ?? (isOpenAi ? 'max_completion_tokens' : 'max_tokens');
  return {
    ...rest,
    ...(maxTokens === undefined ? {} : { [field]: maxTokens }),
    ...contextOption(settings),
  };
}

/** Ollama cuts a conversation to a small window of its own, unless told how large the model's is. */
function contextOption({ provider, model }: ProviderSettings): Json {
  const window = model.contextTokens ?? model.contextWindow;
  if (provider.injectNumCtxForOpenAICompat !== true || typeof window !== 'number') return {};
  return { options: { num_ctx: Math.floor(window) } };
}
