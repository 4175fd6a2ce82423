import type { ConfigPath } from './config-path.ts';
import { mapLeaves } from './config-walk.ts';
import { isSecretRef, secretRefOf } from './secrets.ts';
import { isPluralName, isSensitiveName, isSensitivePath } from './sensitive-keys.ts';

/** Stands in the place of every secret that would otherwise leave this process. */
export const REDACTED = '__OPENCLAW_REDACTED__';

/** What is wrong with it as a secret; follows the name of whatever holds it. */
export const PLACEHOLDER_PROBLEM = `${REDACTED} only stands for a secret that is not shown; set the secret itself`;

const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]*@/i;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const SHORTEST_KNOWN_SECRET = 8;

export interface Redaction {
  value: unknown;
  redacted: boolean;
}

/**
 * Replaces secrets by `REDACTED`: whatever stands at a sensitive path, URLs that carry a password, private keys,
 * and any text that contains one of `known`. References (SecretRef, `"${NAME}"`) hold no secret and stay readable.
 */
export function redactConfig(root: unknown, known: readonly string[] = []): Redaction {
  const secrets = known.filter((secret) => secret.length >= SHORTEST_KNOWN_SECRET);
  let redacted = false;
  const hide = (): string => {
    redacted = true;
    return REDACTED;
  };
  const visit = (leaf: unknown, path: ConfigPath): unknown =>
    isSecretLeaf(leaf, path, secrets) ? hide() : leaf;
  const value = mapLeaves(root, visit, isSecretRef);
  return { value, redacted };
}

/** Whether a text or number at this place must not be shown; `secrets` may be part of any text. */
export const isSecretLeaf = (leaf: unknown, path: ConfigPath, secrets: readonly string[]): boolean =>
  typeof leaf === 'string'
    ? isSecretText(leaf, isBelowSensitive(path), secrets)
    : typeof leaf === 'number' && isSecretNumber(path);

/** A list or object at a sensitive path hides everything in it. */
export const isBelowSensitive = (path: ConfigPath): boolean =>
  path.some((_, index) => isSensitivePath(path.slice(0, index + 1)));

const isSecretNumber = (path: ConfigPath): boolean => isBelowSensitive(path) && !isPluralName(lastName(path));

function isSecretText(text: string, atSecretPath: boolean, secrets: readonly string[]): boolean {
  if (text === '' || secretRefOf(text)) return false;
  if (atSecretPath || URL_WITH_PASSWORD.test(text) || PRIVATE_KEY.test(text)) return true;
  return secrets.some((secret) => text.includes(secret));
}

const lastName = (path: ConfigPath): string => String(path.findLast((key) => typeof key === 'string') ?? '');

/** Texts at keys with secret-looking names, for finding the same secret where its path does not give it away. */
export function collectSecrets(root: unknown): string[] {
  const found = new Set<string>();
  const visit = (leaf: unknown, path: ConfigPath): void => {
    const named = typeof leaf === 'string' && isSensitiveName(lastName(path));
    if (named && isSecretText(leaf, true, [])) found.add(leaf);
  };
  mapLeaves(root, visit, isSecretRef);
  return [...found];
}
