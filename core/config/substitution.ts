import { type ConfigPath, formatConfigPath } from './config-path.ts';
import { mapLeaves } from './config-walk.ts';
import type { ConfigIssue } from './read.ts';
import { isSensitiveName } from './sensitive-keys.ts';

export interface Substituted {
  value: unknown;
  warnings: ConfigIssue[];
  /** Values of variables with secret-looking names that went into the result: they must not be shown anywhere. */
  secretValues: string[];
}

const VARIABLE = /\$?\$\{([A-Z_][A-Z0-9_]*)\}/g;

/** The variables that `substituteVariables` looks for in a text. */
export const variableNames = (text: string): string[] =>
  [...text.matchAll(VARIABLE)].flatMap(([whole, name = '']) => (whole.startsWith('$$') ? [] : [name]));

/**
 * Puts variables into every text of a configuration: `${NAME}` (upper case) becomes its value, `$${NAME}` the
 * literal `${NAME}`. A missing variable stays as written and gives a warning with its path.
 */
export function substituteVariables(root: unknown, env: NodeJS.ProcessEnv): Substituted {
  const result: Substituted = { value: undefined, warnings: [], secretValues: [] };
  const text = (value: string, path: ConfigPath): string =>
    value.replace(VARIABLE, (whole, name: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const found = env[name];
      if (found) {
        if (isSensitiveName(name)) result.secretValues.push(found);
        return found;
      }
      result.warnings.push({ path: formatConfigPath(path), message: missingVariable(name) });
      return whole;
    });
  const visit = (leaf: unknown, path: ConfigPath): unknown =>
    typeof leaf === 'string' ? text(leaf, path) : leaf;
  result.value = mapLeaves(root, visit);
  return result;
}

const missingVariable = (name: string): string =>
  `missing env var "${name}" — feature using this value will be unavailable`;
