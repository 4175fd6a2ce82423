import { valueAtText } from './config-path.ts';
import type { ConfigFile } from './read.ts';
import { resolveSecret, secretRefOf } from './secrets.ts';
import type { SecretLookup } from './settings.ts';

const PATHS = ['gateway.auth.token', 'gateway.auth.password'];

/** Stands for the output of a command that was not run. */
const UNSEEN = '(given by a command)';

/**
 * The secrets of gateway.auth of a file nobody runs yet: texts, variables and secret files are resolved, commands are
 * not run. A secret that a command would give counts as there, and is a text that says so.
 */
export async function secretLookup({ resolved, env }: ConfigFile): Promise<SecretLookup> {
  const values = new Map<string, string>();
  const failures = new Map<string, string>();
  for (const path of PATHS) {
    const value = valueAtText(resolved, path);
    if (value === undefined || value === '') continue;
    const ref = secretRefOf(value);
    const provider = valueAtText(resolved, `secrets.providers.${ref?.provider}.source`);
    if (ref?.source === 'exec' && provider === 'exec') {
      values.set(path, UNSEEN);
      continue;
    }
    const result = await resolveSecret(value, resolved, env);
    if (result.ok) values.set(path, result.value);
    else failures.set(path, result.reason);
  }
  return { secret: (path) => values.get(path), secretFailure: (path) => failures.get(path) };
}
