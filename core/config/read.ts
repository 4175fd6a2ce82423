import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type ConfigObject, isObject } from './config-path.ts';
import { effectiveEnv } from './env-file.ts';
import { resolveIncludes } from './include.ts';
import { type ParsedText, parseConfigText } from './json5-text.ts';
import { substituteVariables } from './substitution.ts';
import { readTextCapped } from './text-file.ts';

export const MAX_CONFIG_BYTES = 10 * 1024 * 1024;

/** `path` is dotted; '' is the root. */
export interface ConfigIssue {
  path: string;
  message: string;
}

/** One configuration file and everything it pulls in, before any check against the key tables. */
export interface ConfigFile {
  path: string;
  exists: boolean;
  text: string | null;
  /** As written: `$include` and `${NAME}` are still there. */
  parsed: unknown;
  /** With included files, still without variables. */
  merged: ConfigObject;
  /** With included files and variables; {} when the file is missing or broken. */
  resolved: ConfigObject;
  includedPaths: string[];
  /** Dotted path → included file that the value comes from. */
  includeOrigins: ReadonlyMap<string, string>;
  issues: ConfigIssue[];
  warnings: ConfigIssue[];
  /** sha256 hex of the text; '' when the file is missing. */
  readonly hash: string;
  /** The process environment, completed by `<state dir>/.env` and the `env` block. */
  env: NodeJS.ProcessEnv;
  /** Values of secret-looking variables that were put into texts. */
  secretValues: string[];
}

export interface ReadOptions {
  /** Where `.env` and the directory of this program lie; the directory of the configuration file unless given. */
  stateDir?: string;
}

/** Reads a configuration file. Never throws for a bad file: `issues` say what is wrong with it. */
export async function readConfigFile(
  path: string,
  env: NodeJS.ProcessEnv,
  options: ReadOptions = {},
): Promise<ConfigFile> {
  const file = await readTextCapped(path, MAX_CONFIG_BYTES);
  if (file.status === 'ok') return resolveConfigText(file.text, path, env, options);
  const missing = await resolveText('{}', path, env, options);
  const issues = file.status === 'unusable' ? [{ path: '', message: `The file ${file.reason}.` }] : [];
  return { ...missing, exists: file.status === 'unusable', text: null, issues, hash: '' };
}

/** What `readConfigFile` would say if `path` held this text. */
export async function resolveConfigText(
  text: string,
  path: string,
  env: NodeJS.ProcessEnv,
  options: ReadOptions = {},
): Promise<ConfigFile> {
  const resolved = await resolveText(text, path, env, options);
  return {
    ...resolved,
    // Most readers do not ask for it, and would wait for the code that makes it.
    get hash() {
      return textHash(text);
    },
  };
}

async function resolveText(
  text: string,
  path: string,
  env: NodeJS.ProcessEnv,
  options: ReadOptions,
): Promise<Omit<ConfigFile, 'hash'>> {
  const parsed = text.trim() === '' ? EMPTY : parseConfigText(text);
  const file = parsed.ok
    ? checkRoot(parsed.value)
    : { value: {}, issues: [{ path: '', message: parsed.message }] };
  const stateDir = options.stateDir ?? dirname(path);
  const included = await resolveIncludes(file.value, path, {
    maxBytes: MAX_CONFIG_BYTES,
    ownDir: join(stateDir, 'tray'),
  });
  const merged = isObject(included.value) ? included.value : {};
  const variables = await effectiveEnv(env, join(stateDir, '.env'), merged.env);
  const substituted = substituteVariables(merged, variables.env);
  const ignored = variables.ignored.map((name) => ({
    path: 'env',
    message: `${name} cannot be set from a file`,
  }));
  return {
    path,
    exists: true,
    text,
    parsed: parsed.ok ? parsed.value : {},
    merged,
    resolved: substituted.value as ConfigObject,
    includedPaths: included.paths,
    includeOrigins: included.origins,
    issues: [...file.issues, ...included.issues],
    warnings: [...ignored, ...substituted.warnings],
    env: variables.env,
    secretValues: substituted.secretValues,
  };
}

const EMPTY: ParsedText = {
  ok: false,
  message: 'The file is empty; {} would be a configuration without settings',
};

export const textHash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

function checkRoot(value: unknown): { value: unknown; issues: ConfigIssue[] } {
  if (isObject(value)) return { value, issues: [] };
  const received = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  return {
    value: {},
    issues: [{ path: '', message: `Invalid input: expected object, received ${received}` }],
  };
}
