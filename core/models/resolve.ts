import { asObject, asText, asTexts, type Json } from '../lib/json.ts';
import { modelCatalog } from './catalog.ts';
import {
  BACKEND_DEFAULT_MODEL,
  BUILT_IN_PROVIDERS,
  configuredBackends,
  configuredProviders,
  ECHO_MODEL,
  ECHO_PROVIDER,
  environmentKey,
  knownProvider,
} from './known-providers.ts';
import { type ModelRef, refText } from './model.ts';
import { ModelError } from './model-error.ts';

export interface ModelScope {
  config: Json;
  env: NodeJS.ProcessEnv;
  devEcho: boolean;
}

/** What an agent prefers: `Agent.model` of the roster. */
export interface AgentModel {
  model?: { primary?: string; fallbacks?: string[] };
}

/** What a session prefers: `modelOverride` may hold an alias, a model id or `provider/model`. */
export interface SessionModel {
  modelOverride?: string;
  providerOverride?: string;
}

export type ModelChain = { chain: ModelRef[] } | { error: ModelError };

const NO_MODEL: ModelRef = { provider: '', model: '' };
const MAX_REF = 256;

/** Recorded text of the protocol; a session cannot be given a model of a provider nobody knows. */
export const unknownProviderText = (provider: string): string =>
  `Unknown provider "${provider}". Use /models to list providers.`;

/**
 * The models to try in order: the session's override, else the agent's, else `agents.defaults.model`, else the
 * first one configured; then the fallbacks of the agent, or of the defaults when the agent names none.
 */
export function resolveChain(
  scope: ModelScope,
  agent: AgentModel | undefined,
  session: SessionModel | undefined,
): ModelChain {
  const defaults = asObject(asObject(scope.config.agents).defaults).model;
  const wanted =
    overrideText(session) ?? agent?.model?.primary ?? asText(defaults) ?? asText(asObject(defaults).primary);
  const first = wanted === undefined ? firstConfigured(scope) : namedModel(scope, wanted);
  if ('error' in first) return first;
  const fallbacks = agent?.model?.fallbacks ?? asTexts(asObject(defaults).fallbacks);
  return { chain: distinct([first.ref, ...fallbacks.map((text) => fallbackRef(scope, text))]) };
}

function overrideText(session: SessionModel | undefined): string | undefined {
  const model = asText(session?.modelOverride);
  const provider = asText(session?.providerOverride);
  if (model === undefined || provider === undefined) return model;
  return model.toLowerCase().startsWith(`${provider.toLowerCase()}/`) ? model : `${provider}/${model}`;
}

/** A model by alias, `provider/model`, or its id alone when only one configured provider has it. */
export function namedModel(scope: ModelScope, text: string): { ref: ModelRef } | { error: ModelError } {
  const name = text.trim();
  if (name === '' || name.length > MAX_REF || /[\p{Cc}\s]/u.test(name)) {
    return refused('A model is named "provider/model", without spaces. Use /models to list them.');
  }
  const catalog = modelCatalog(scope.config);
  const lower = name.toLowerCase();
  const alias = aliasTarget(scope.config, lower);
  if (alias !== undefined) return { ref: alias };
  const split = splitRef(name);
  const provider = split && knownProvider(scope.config, scope.devEcho, split.provider);
  if (split && provider) return { ref: { provider, model: split.model } };
  const holders = catalog.filter(({ id }) => id.toLowerCase() === lower);
  const [only] = holders;
  if (only && holders.length === 1) return { ref: { provider: only.provider, model: only.id } };
  if (holders.length > 1)
    return refused(
      ambiguousText(
        name,
        holders.map(({ provider: id }) => id),
      ),
    );
  return split ? refused(unknownProviderText(split.provider), split) : refused(unknownModelText(name));
}

function aliasTarget(config: Json, alias: string): ModelRef | undefined {
  const entries = asObject(asObject(asObject(config.agents).defaults).models);
  for (const [model, settings] of Object.entries(entries)) {
    if (asText(asObject(settings).alias)?.toLowerCase() === alias) return splitRef(model);
  }
  return undefined;
}

/** A fallback that names nothing known stays in the chain, so that the reason shows up when its turn comes. */
function fallbackRef(scope: ModelScope, text: string): ModelRef {
  const named = namedModel(scope, text);
  return 'ref' in named ? named.ref : (splitRef(text) ?? { provider: text, model: '' });
}

function splitRef(text: string): ModelRef | undefined {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) return undefined;
  return { provider: text.slice(0, slash), model: text.slice(slash + 1) };
}

function firstConfigured(scope: ModelScope): { ref: ModelRef } | { error: ModelError } {
  const [first] = modelCatalog(scope.config);
  if (first) return { ref: { provider: first.provider, model: first.id } };
  const [backend] = Object.keys(configuredBackends(scope.config));
  if (backend) return { ref: { provider: backend, model: BACKEND_DEFAULT_MODEL } };
  if (scope.devEcho) return { ref: { provider: ECHO_PROVIDER, model: ECHO_MODEL } };
  return refused(noModelText(scope));
}

/** Names the one command that makes the next run work. */
export function noModelText(scope: ModelScope): string {
  const [provider] = Object.keys(configuredProviders(scope.config));
  if (provider) {
    return `No model is configured: models.providers.${provider} lists no models.\nFix: openclaw config set agents.defaults.model ${provider}/<model>`;
  }
  for (const [id, builtIn] of Object.entries(BUILT_IN_PROVIDERS)) {
    const key = environmentKey(builtIn, scope.env);
    if (key) {
      return `No model is configured, but ${key.name} is set.\nFix: openclaw config set agents.defaults.model ${id}/${builtIn.example}`;
    }
  }
  return [
    'No model is configured.',
    'Fix: give the gateway ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY in its environment, then run',
    `  openclaw config set agents.defaults.model anthropic/${BUILT_IN_PROVIDERS.anthropic?.example}`,
    'Or use a server of your own that speaks the OpenAI API, such as Ollama:',
    `  openclaw config set models.providers.local '{"baseUrl":"http://127.0.0.1:11434/v1","api":"openai-completions","models":[{"id":"<model>","name":"<model>"}]}' --strict-json`,
  ].join('\n');
}

const unknownModelText = (name: string): string =>
  `No configured provider has a model "${name}". Name it "provider/model"; use /models to list them.`;

const ambiguousText = (name: string, providers: string[]): string =>
  `Several providers have a model "${name}". Name one of ${providers.map((id) => `"${id}/${name}"`).join(', ')}.`;

const refused = (message: string, ref: ModelRef = NO_MODEL): { error: ModelError } => ({
  error: new ModelError('no-model', message, ref),
});

function distinct(chain: ModelRef[]): ModelRef[] {
  return [...new Map(chain.map((ref) => [refText(ref), ref])).values()];
}
