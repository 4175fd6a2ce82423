import type { RpcError } from '../protocol/errors.ts';
import { RpcError as Failure } from '../protocol/errors.ts';
import { valueAtText } from './config-path.ts';
import type { ConfigFile } from './read.ts';
import { resolveSecret, secretRefOf } from './secrets.ts';

/** Resolved once when a configuration is adopted, so that a request never waits for a secret provider. */
const EAGER_PATHS = ['gateway.auth.token', 'gateway.auth.password'];

export interface ActiveSecrets {
  values: ReadonlyMap<string, string>;
  /** Path → why its secret could not be resolved. */
  failures: ReadonlyMap<string, string>;
}

/** Resolves the secrets that a gateway needs at all times. */
export async function resolveActiveSecrets(file: ConfigFile): Promise<ActiveSecrets> {
  const values = new Map<string, string>();
  const failures = new Map<string, string>();
  for (const path of EAGER_PATHS) {
    const value = valueAtText(file.resolved, path);
    if (value === undefined || value === '') continue;
    const result = await resolveSecret(value, file.resolved, file.env);
    if (result.ok) values.set(path, result.value);
    else failures.set(path, result.reason);
  }
  return { values, failures };
}

/**
 * The failed secrets that the configuration cannot do without: the one of its auth mode, unless a flag or the
 * environment gives it.
 */
export function requiredFailures(
  secrets: ActiveSecrets,
  file: ConfigFile,
  overridden: readonly string[],
): string[] {
  const mode = valueAtText(file.resolved, 'gateway.auth.mode') ?? impliedMode(file);
  const fromEnv = {
    'gateway.auth.token': 'OPENCLAW_GATEWAY_TOKEN',
    'gateway.auth.password': 'OPENCLAW_GATEWAY_PASSWORD',
  };
  return Object.entries(fromEnv)
    .filter(
      ([path, name]) => path === `gateway.auth.${mode}` && !file.env[name] && !overridden.includes(path),
    )
    .map(([path]) => path)
    .filter((path) => secrets.failures.has(path));
}

const impliedMode = ({ resolved }: ConfigFile): string =>
  valueAtText(resolved, 'gateway.auth.password') !== undefined &&
  valueAtText(resolved, 'gateway.auth.token') === undefined
    ? 'password'
    : 'token';

export const secretFailure = (secrets: ActiveSecrets, paths: readonly string[]): RpcError =>
  new Failure(
    'UNAVAILABLE',
    `required secrets are unavailable; the previous ones stay in use. ${paths.map((path) => `${path}: ${secrets.failures.get(path)}`).join(' ')}`,
    { paths: [...paths] },
  );

/** The text at a path when it needs no resolution. */
export function plainSecret(file: ConfigFile, path: string): string | undefined {
  const value = valueAtText(file.resolved, path);
  return typeof value === 'string' && value !== '' && !secretRefOf(value) ? value : undefined;
}
