import { asObject, asText, type Json } from '../lib/json.ts';
import type { ModelApi } from './known-providers.ts';
import type { ModelRef } from './model.ts';
import { ModelError } from './model-error.ts';

/** Gives the text of the secret at a dotted path of the configuration. */
export type ResolveSecret = (
  path: string,
) => Promise<{ ok: true; value: string } | { ok: false; reason: string }>;

export interface Credentials {
  /** Lower-case names; the credentials are among them. */
  headers: Record<string, string>;
  /** Values that must not appear in anything shown. */
  secrets: string[];
}

interface CredentialSource {
  ref: ModelRef;
  api: ModelApi;
  provider: Json;
  model: Json;
  /** A key from the environment that may be used at this address. */
  environment: { name: string; value: string } | undefined;
  /** Set when the address demands a key: the variable to name when there is none. */
  keyName: string | undefined;
  resolveSecret: ResolveSecret;
}

/** The headers of every request to a provider: its key, then the configured headers, which win. */
export async function providerCredentials(source: CredentialSource): Promise<Credentials> {
  const { ref, provider } = source;
  const at = `models.providers.${ref.provider}`;
  const secret = (path: string): Promise<string> => resolved(source, path);
  const own = await secretHeaders(provider.headers, `${at}.headers`, secret);
  const request = await secretHeaders(asObject(provider.request).headers, `${at}.request.headers`, secret);
  const explicit = await explicitAuth(
    asObject(asObject(provider.request).auth),
    `${at}.request.auth`,
    secret,
  );
  const configured = { ...own, ...request, ...explicit };
  const key = await keyHeaders(source, `${at}.apiKey`, secret, Object.keys(configured));
  const headers = { ...key, ...configured, ...plainHeaders(source.model.headers) };
  refuseBroken(ref, headers);
  const values = Object.values({ ...key, ...configured });
  return { headers, secrets: values.flatMap((value) => [value, value.replace(/^Bearer /, '')]) };
}

async function keyHeaders(
  source: CredentialSource,
  path: string,
  secret: (path: string) => Promise<string>,
  configured: string[],
): Promise<Record<string, string>> {
  const { provider, environment, keyName, ref } = source;
  const name = keyHeaderName(source);
  if (configured.includes(name) || configured.includes('authorization')) return {};
  const value = provider.apiKey === undefined ? environment?.value : await secret(path);
  if (value !== undefined) return { [name]: name === 'authorization' ? `Bearer ${value}` : value };
  if (keyName === undefined) return {};
  throw new ModelError(
    'auth',
    `No API key found for provider "${ref.provider}".\nFix: give the gateway ${keyName} in its environment, or run: openclaw config set ${path} - < <file with the key>`,
    ref,
  );
}

function keyHeaderName({ api, provider }: CredentialSource): string {
  const bearer = provider.authHeader === true || provider.auth === 'token' || provider.auth === 'oauth';
  if (bearer || api === 'openai-completions') return 'authorization';
  return api === 'anthropic-messages' ? 'x-api-key' : 'x-goog-api-key';
}

async function explicitAuth(
  auth: Json,
  at: string,
  secret: (path: string) => Promise<string>,
): Promise<Record<string, string>> {
  if (auth.mode === 'authorization-bearer') {
    return { authorization: `Bearer ${await secret(`${at}.token`)}` };
  }
  const name = asText(auth.headerName);
  if (auth.mode !== 'header' || name === undefined) return {};
  return { [name.toLowerCase()]: `${asText(auth.prefix) ?? ''}${await secret(`${at}.value`)}` };
}

async function secretHeaders(
  headers: unknown,
  at: string,
  secret: (path: string) => Promise<string>,
): Promise<Record<string, string>> {
  const names = Object.keys(asObject(headers));
  const rows = names.map(async (name) => [name.toLowerCase(), await secret(`${at}.${name}`)] as const);
  return Object.fromEntries(await Promise.all(rows));
}

function plainHeaders(headers: unknown): Record<string, string> {
  const rows = Object.entries(asObject(headers)).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(rows.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

async function resolved({ ref, resolveSecret }: CredentialSource, path: string): Promise<string> {
  const secret = await resolveSecret(path);
  if (secret.ok) return secret.value.trim();
  throw new ModelError('auth', `${path} could not be resolved. ${secret.reason}`, ref);
}

function refuseBroken(ref: ModelRef, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw new ModelError(
      'auth',
      `The header "${name.replace(/[^\x20-\x7e]/g, '?')}" of provider "${ref.provider}" holds characters that HTTP does not allow. Check its value for line breaks.`,
      ref,
    );
  }
}
