import type { ConfigPath } from './config-path.ts';

const SENSITIVE_END =
  /(token|password|passwd|passphrase|secret|apikey|privatekey(?:s?pem)?|secretkey|accesskey|signingkey|encryptkey|credential|serviceaccount|serviceaccountref|authorization|cookie|jwt|identitydata|certificatedata|knownhostsdata|proxyurl|incomingurl|webhookurl)(s?)$/;

/** Objects whose every value may be a secret. */
const SECRET_BAGS = new Set(['headers', 'env', 'edgeauth', 'vars']);

/** `env` at the root holds these beside the variables themselves. */
const NOT_SECRET_IN_BAGS = new Set(['shellenv', 'vars']);

const SENSITIVE_PAIRS = new Set([
  'tls.key',
  'tls.cert',
  'tls.ca',
  'auth.value',
  'auth.token',
  'mappings.sessionkey',
]);

/** A path whose value must not be shown. Spelling variants such as `api_key`, `API-KEY` and `apiKey` count alike. */
export function isSensitivePath(path: ConfigPath): boolean {
  const names = path
    .filter((key) => typeof key === 'string')
    .map(plain)
    .filter((name) => name !== '');
  const name = names.at(-1) ?? '';
  const parent = names.at(-2) ?? '';
  return (
    SENSITIVE_END.test(name) ||
    (SECRET_BAGS.has(parent) && !NOT_SECRET_IN_BAGS.has(name)) ||
    SENSITIVE_PAIRS.has(`${parent}.${name}`)
  );
}

/** A name of an environment variable that announces a secret. */
export const isSensitiveName = (name: string): boolean => SENSITIVE_END.test(plain(name));

/** Plural names such as `maxTokens` mostly count something, so only their texts are secrets. */
export const isPluralName = (name: string): boolean => SENSITIVE_END.exec(plain(name))?.[2] === 's';

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9*]/g, '')
    .replace(/^\d+$/, '');
