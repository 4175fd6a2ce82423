import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { ModelApi } from './known-providers.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { Fetch } from './transport.ts';

/** The APIs that a library speaks. */
export type LibraryApi = Exclude<ModelApi, 'openai-completions'>;

/**
 * The library of a model's API, loaded on first use. Credentials travel in the headers of the transport; the
 * empty keys here only keep the libraries from looking into the environment on their own.
 */
export async function languageModel(
  settings: ProviderSettings,
  api: LibraryApi,
  fetch: Fetch,
): Promise<LanguageModelV3> {
  const { baseUrl: baseURL, ref } = settings;
  const { providerSdk } = await import('./provider-sdk.ts');
  if (api === 'anthropic-messages') {
    return providerSdk.createAnthropic({ baseURL, apiKey: '', fetch }).languageModel(ref.model);
  }
  return providerSdk.createGoogleGenerativeAI({ baseURL, apiKey: '', fetch }).languageModel(ref.model);
}
