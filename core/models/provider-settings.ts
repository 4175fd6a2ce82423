import { isLoopbackHost } from '../lib/address.ts';
import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import {
  type BuiltInProvider,
  builtInProvider,
  configuredProviders,
  environmentKey,
  type ModelApi,
  modelRow,
  modelSettings,
  ownValue,
  SUPPORTED_APIS,
} from './known-providers.ts';
import { type ModelRef, refText } from './model.ts';
import { ModelError } from './model-error.ts';
import { type Credentials, providerCredentials, type ResolveSecret } from './provider-credentials.ts';
import { unknownProviderText } from './resolve.ts';
import type { WaitLimits } from './watchdog.ts';

export interface ProviderSettings extends Credentials {
  ref: ModelRef;
  api: ModelApi;
  /** With the version of the API as its end, without a trailing slash. */
  baseUrl: string;
  /** Rows of the configuration, empty when there is none. */
  provider: Json;
  model: Json;
  /** Free parameters: those of the provider, the model and `agents.defaults.models`, the later ones win. */
  params: Json;
  maxTokens: number | undefined;
  limits: WaitLimits;
}

const FIRST_BYTE_MS = 120_000;
/** A local server may load gigabytes of weights first. */
const LOCAL_FIRST_BYTE_MS = 600_000;
const IDLE_MS = 120_000;
const TOTAL_MS = 3_600_000;

/** Everything needed to reach a model, secrets resolved. Throws a `ModelError` that names the setting to change. */
export async function providerSettings(
  ref: ModelRef,
  deps: { config: Json; env: NodeJS.ProcessEnv; resolveSecret: ResolveSecret },
): Promise<ProviderSettings> {
  const configured = ownValue(configuredProviders(deps.config), ref.provider);
  const builtIn = builtInProvider(ref.provider);
  if (configured === undefined && builtIn === undefined) {
    throw new ModelError('no-model', unknownProviderText(ref.provider), ref);
  }
  const provider = asObject(configured);
  const model = modelRow(deps.config, ref.provider, ref.model);
  refuseUnsupported(ref, provider);
  const api = apiOf(ref, model.api ?? provider.api ?? builtIn?.api ?? 'openai-completions');
  const url = baseUrlOf(ref, asText(model.baseUrl) ?? asText(provider.baseUrl) ?? builtIn?.baseUrl);
  const official = isOfficial(url, builtIn);
  const credentials = await providerCredentials({
    ref,
    api,
    provider,
    model,
    environment: builtIn && official ? environmentKey(builtIn, deps.env) : undefined,
    keyName: official ? builtIn?.keyNames[0] : undefined,
    resolveSecret: deps.resolveSecret,
  });
  return {
    ...credentials,
    ref,
    api,
    baseUrl: versionedUrl(url, api),
    provider,
    model,
    params: paramsOf(deps.config, ref, provider, model),
    maxTokens: asNumber(model.maxTokens) ?? asNumber(provider.maxTokens),
    limits: limitsOf(provider, url),
  };
}

const paramsOf = (config: Json, ref: ModelRef, provider: Json, model: Json): Json => ({
  ...asObject(provider.params),
  ...asObject(model.params),
  ...asObject(modelSettings(config, refText(ref)).params),
});

function apiOf(ref: ModelRef, api: unknown): ModelApi {
  const found = SUPPORTED_APIS.find((one) => one === api);
  if (found) return found;
  const hint =
    api === 'ollama'
      ? ' Ollama also speaks openai-completions, at a baseUrl that ends with /v1.'
      : ' Many servers also speak openai-completions.';
  throw new ModelError(
    'format',
    `models.providers.${ref.provider}.api "${String(api)}" is not supported; supported are ${SUPPORTED_APIS.join(', ')}.${hint}`,
    ref,
  );
}

/** Settings that change where a request goes, or who it trusts, must not be passed over in silence. */
function refuseUnsupported(ref: ModelRef, provider: Json): void {
  const { proxy, tls } = asObject(provider.request);
  const at = `models.providers.${ref.provider}`;
  if (proxy !== undefined || tls !== undefined) {
    const name = proxy === undefined ? 'tls' : 'proxy';
    throw new ModelError(
      'format',
      `${at}.request.${name} is not supported. Remove it, or set baseUrl to an address that can be reached directly.`,
      ref,
    );
  }
  if (provider.auth === 'aws-sdk') {
    throw new ModelError('auth', `${at}.auth "aws-sdk" is not supported. Use an API key or a token.`, ref);
  }
}

function baseUrlOf(ref: ModelRef, text: string | undefined): URL {
  const at = `models.providers.${ref.provider}.baseUrl`;
  if (text === undefined) {
    throw new ModelError('format', `${at} is not set.\nFix: openclaw config set ${at} http://<host>/v1`, ref);
  }
  if (!URL.canParse(text)) throw new ModelError('format', `${at} is not a URL.`, ref);
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new ModelError('format', `${at} has to begin with https:// or http://.`, ref);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ModelError('format', `${at} holds credentials. Move them to apiKey or headers.`, ref);
  }
  return url;
}

/** The makers' own libraries add the version to the address, so configurations mostly leave it out. */
function versionedUrl(url: URL, api: ModelApi): string {
  const path = url.pathname.replace(/\/+$/, '');
  const version = {
    'openai-completions': '',
    'anthropic-messages': '/v1',
    'google-generative-ai': '/v1beta',
  };
  return `${url.origin}${/\/v\d+[a-z0-9]*$/.test(path) ? path : path + version[api]}`;
}

/** A key of the environment is for its maker's own servers only, never for an address someone configured. */
const isOfficial = (url: URL, builtIn: BuiltInProvider | undefined): boolean =>
  builtIn !== undefined && new URL(builtIn.baseUrl).origin === url.origin;

function limitsOf(provider: Json, url: URL): WaitLimits {
  const seconds = asNumber(provider.timeoutSeconds);
  const waitMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined;
  const firstMs = waitMs ?? (isLoopbackHost(url.hostname) ? LOCAL_FIRST_BYTE_MS : FIRST_BYTE_MS);
  return { firstMs, idleMs: waitMs ?? IDLE_MS, totalMs: TOTAL_MS };
}
