import { valueAtText } from '../config/config-path.ts';
import type { ConfigFile } from '../config/read.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { SecretLookup } from '../config/settings.ts';

const PATHS = ['gateway.auth.token', 'gateway.auth.password'];

export interface ServiceSecrets extends SecretLookup {
  /** Paths whose secret the shell of this command knows and the service's own environment does not. */
  onlyInShell: string[];
}

/** The secrets of gateway.auth, really resolved, as the service will do it; what only `shell` has counts with a remark. */
export async function serviceSecrets(file: ConfigFile, shell: NodeJS.ProcessEnv): Promise<ServiceSecrets> {
  const values = new Map<string, string>();
  const failures = new Map<string, string>();
  const onlyInShell: string[] = [];
  const isSet = (path: string): boolean => Boolean(valueAtText(file.resolved, path));
  for (const path of PATHS.filter(isSet)) {
    const value = valueAtText(file.resolved, path);
    const own = await resolveSecret(value, file.resolved, file.env);
    const found = own.ok ? own : await resolveSecret(value, file.resolved, { ...shell, ...file.env });
    if (found.ok) values.set(path, found.value);
    else failures.set(path, found.reason);
    if (found.ok && !own.ok) onlyInShell.push(path);
  }
  return { onlyInShell, secret: (path) => values.get(path), secretFailure: (path) => failures.get(path) };
}
