import { type ConfigObject, isObject, valueAtText } from './config-path.ts';
import type { execSecret } from './secret-exec.ts';

export type SecretResult = { ok: true; value: string } | { ok: false; reason: string };

export interface SecretRef {
  source: 'env' | 'file' | 'exec' | 'store';
  provider: string;
  id: string;
}

const ID_FORMS: Record<string, RegExp> = {
  env: /^[A-Z][A-Z0-9_]{0,127}$/,
  file: /^(value|(\/[^/]*)+)$/,
  exec: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}$/,
  store: /^[A-Z][A-Z0-9_]{0,127}$/,
};
const PROVIDER_FORM = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * The text behind a secret field: the text itself, `"${NAME}"`, or a reference to an env, file or exec provider of
 * `secrets.providers`. `reason` never holds a part of a secret. Give the environment of `ConfigFile.env`, so that
 * `.env` and the `env` block count.
 */
export async function resolveSecret(
  value: unknown,
  resolved: ConfigObject,
  env: NodeJS.ProcessEnv,
): Promise<SecretResult> {
  const ref = secretRefOf(value);
  if (ref) return resolveRef(ref, resolved, env);
  if (typeof value !== 'string') return { ok: false, reason: 'The value is neither text nor a SecretRef.' };
  return value === '' ? { ok: false, reason: 'The value is empty.' } : { ok: true, value };
}

/** The reference a value stands for: a SecretRef object or a whole `"${NAME}"`; undefined for a plain value. */
export function secretRefOf(value: unknown): SecretRef | undefined {
  if (typeof value === 'string') {
    const name = /^\$\{([A-Z][A-Z0-9_]{0,127})\}$/.exec(value)?.[1];
    return name === undefined ? undefined : { source: 'env', provider: 'default', id: name };
  }
  return isSecretRef(value) ? value : undefined;
}

export function isSecretRef(value: unknown): value is ConfigObject & SecretRef {
  if (!isObject(value) || typeof value.id !== 'string') return false;
  return ['env', 'file', 'exec', 'store'].includes(String(value.source)) && Object.keys(value).length <= 3;
}

async function resolveRef(
  ref: SecretRef,
  resolved: ConfigObject,
  env: NodeJS.ProcessEnv,
): Promise<SecretResult> {
  const name = ref.provider ?? valueAtText(resolved, `secrets.defaults.${ref.source}`) ?? 'default';
  if (!PROVIDER_FORM.test(name) || !ID_FORMS[ref.source]?.test(ref.id)) {
    return { ok: false, reason: `The ${ref.source} SecretRef has an invalid provider name or id.` };
  }
  const provider = valueAtText(resolved, `secrets.providers.${name}`);
  if (ref.source === 'env') return envSecret(ref.id, provider, env);
  if (ref.source === 'store')
    return {
      ok: false,
      reason:
        'Secret references to a store are not available in this gateway. Use an env, file or exec provider.',
    };
  if (!isObject(provider) || provider.source !== ref.source) {
    return {
      ok: false,
      reason: `secrets.providers.${name} is not ${ref.source === 'exec' ? 'an exec provider' : 'a file provider'}. Add it to the configuration.`,
    };
  }
  return ref.source === 'file' ? fromFile(provider, ref.id) : fromCommand(provider, name, ref.id, env);
}

// Loaded on demand: most commands only need text or a variable, and have to start fast.
const fromFile = async (provider: ConfigObject, id: string): Promise<SecretResult> =>
  (await import('./secret-file.ts')).fileSecret(provider, id);

const fromCommand = async (...args: Parameters<typeof execSecret>): Promise<SecretResult> =>
  (await import('./secret-exec.ts')).execSecret(...args);

function envSecret(name: string, provider: unknown, env: NodeJS.ProcessEnv): SecretResult {
  const allowlist = isObject(provider) ? provider.allowlist : undefined;
  if (Array.isArray(allowlist) && !allowlist.includes(name)) {
    return { ok: false, reason: `Environment variable "${name}" is not in the allowlist of its provider.` };
  }
  const value = env[name];
  if (value) return { ok: true, value };
  return { ok: false, reason: `Environment variable "${name}" is missing or empty.` };
}
