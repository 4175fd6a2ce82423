import { isObject } from './config-path.ts';
import { readTextCapped } from './text-file.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_ENV_FILE_BYTES = 1024 * 1024;

/** They decide which files are read or which code runs, so a file may not set them. */
const NOT_FROM_FILES =
  /^(OPENCLAW_(STATE_DIR|CONFIG_PATH|HOME|PROFILE)|HOME|USERPROFILE|PATH|NODE_.*|LD_.*|DYLD_.*|BASH_ENV|ENV)$/i;

/**
 * The variables this program sees: the process environment, then `<state dir>/.env`, then the `env` block of the
 * configuration. A later one never replaces an earlier one. Nothing is read from the working directory, because
 * whoever owns a checkout could then steer the gateway that is started in it.
 */
export async function effectiveEnv(
  env: NodeJS.ProcessEnv,
  envFile: string,
  block: unknown,
): Promise<{ env: NodeJS.ProcessEnv; ignored: string[] }> {
  const file = await readTextCapped(envFile, MAX_ENV_FILE_BYTES);
  const fromFile = file.status === 'ok' ? parseEnvFile(file.text) : {};
  const merged: NodeJS.ProcessEnv = { ...env };
  const ignored: string[] = [];
  for (const [name, value] of [...Object.entries(fromFile), ...blockVariables(block)]) {
    if (NOT_FROM_FILES.test(name)) ignored.push(name);
    else if (NAME.test(name) && !merged[name]) merged[name] = value;
  }
  return { env: merged, ignored };
}

/** `env.vars` and the older form with the names directly below `env`. */
function blockVariables(block: unknown): [string, string][] {
  if (!isObject(block)) return [];
  const { vars, shellEnv: _, ...direct } = block;
  const entries = [...Object.entries(isObject(vars) ? vars : {}), ...Object.entries(direct)];
  return entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

/** `NAME=value` lines; `export ` and `#` comments are allowed, quotes are taken off, `\n` works in double quotes. */
export function parseEnvFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, rest = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) values[name] = envValue(rest.trim());
  }
  return values;
}

function envValue(text: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (double !== undefined) {
    return double.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r', t: '\t' })[char] ?? char);
  }
  return /^'([^']*)'/.exec(text)?.[1] ?? text.replace(/\s+#.*$/, '');
}
