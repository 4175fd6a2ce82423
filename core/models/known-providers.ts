import { asObject, type Json } from '../lib/json.ts';

/** What the gateway can speak; `models.providers.*.api` may name others. */
export const SUPPORTED_APIS = ['openai-completions', 'anthropic-messages', 'google-generative-ai'] as const;
export type ModelApi = (typeof SUPPORTED_APIS)[number];

export interface BuiltInProvider {
  api: ModelApi;
  baseUrl: string;
  /** Environment variables that may hold the key, the first one set counts. */
  keyNames: readonly string[];
  /** A model to name in advice. */
  example: string;
}

/** Providers that need no configuration beside a key in the environment. */
export const BUILT_IN_PROVIDERS: Readonly<Record<string, BuiltInProvider>> = {
  anthropic: {
    api: 'anthropic-messages',
    baseUrl: 'https://api.anthropic.com/v1',
    keyNames: ['ANTHROPIC_API_KEY'],
    example: 'claude-opus-4-6',
  },
  openai: {
    api: 'openai-completions',
    baseUrl: 'https://api.openai.com/v1',
    keyNames: ['OPENAI_API_KEY'],
    example: 'gpt-5',
  },
  google: {
    api: 'google-generative-ai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    example: 'gemini-2.5-pro',
  },
};

/** CLI backends that work by name when their program is installed; see `cli-presets.ts`. */
export const PRESET_BACKENDS = ['claude-cli', 'codex-cli'] as const;

export const ECHO_PROVIDER = 'echo';
export const ECHO_MODEL = 'echo-1';

export const builtInProvider = (id: string): BuiltInProvider | undefined =>
  Object.hasOwn(BUILT_IN_PROVIDERS, id) ? BUILT_IN_PROVIDERS[id] : undefined;

/** The name and value of the variable that holds the key of a built-in provider. */
export function environmentKey(
  provider: BuiltInProvider,
  env: NodeJS.ProcessEnv,
): { name: string; value: string } | undefined {
  for (const name of provider.keyNames) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

export const configuredProviders = (config: Json): Json => asObject(asObject(config.models).providers);

export const configuredBackends = (config: Json): Json =>
  asObject(asObject(asObject(config.agents).defaults).cliBackends);

/** The row of `models.providers.<provider>.models` for a model; empty when it is not listed. */
export function modelRow(config: Json, provider: string, model: string): Json {
  const rows = asObject(ownValue(configuredProviders(config), provider)).models;
  const row = Array.isArray(rows) ? rows.find((one) => asObject(one).id === model) : undefined;
  return asObject(row);
}

/** The entry of `agents.defaults.models` for a model: alias and parameters. */
export const modelSettings = (config: Json, text: string): Json =>
  asObject(ownValue(asObject(asObject(asObject(config.agents).defaults).models), text));

/** Never a property of the prototype, whatever a session or a message names. */
export const ownValue = (object: Json, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/**
 * The spelling under which a provider or CLI backend is known, or undefined. Case does not matter; what is
 * configured comes before what is built in.
 */
export function knownProvider(config: Json, devEcho: boolean, name: string): string | undefined {
  const configured = [
    ...Object.keys(configuredProviders(config)),
    ...Object.keys(configuredBackends(config)),
  ];
  const builtIn = [...Object.keys(BUILT_IN_PROVIDERS), ...PRESET_BACKENDS];
  const all = [...configured, ...builtIn, ...(devEcho ? [ECHO_PROVIDER] : [])];
  const wanted = name.toLowerCase();
  return all.find((id) => id === name) ?? all.find((id) => id.toLowerCase() === wanted);
}

/** What is asked where a provider lists no model of its own: backends run with the model they are set to. */
export const BACKEND_DEFAULT_MODEL = 'default';
