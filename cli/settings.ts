import { resolveStatePaths, type StatePaths } from '../core/config/paths.ts';
import { readConfigFile } from '../core/config/read.ts';
import { resolveSecret } from '../core/config/secrets.ts';
import { asText, valueAt } from '../core/lib/json.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { Invocation } from './invocation.ts';

/** The configuration as a command that only asks questions needs it. */
export interface Settings {
  paths: StatePaths;
  /** With `~` for the home directory. */
  displayConfigPath: string;
  config: Record<string, unknown>;
  /** The environment of this process alone. */
  processEnv: NodeJS.ProcessEnv;
  /** The same, completed by `<state dir>/.env` and the `env` block of the configuration. */
  env: NodeJS.ProcessEnv;
  text(path: string): string | undefined;
  /** The resolved secret at a path; undefined when not set. Throws SECRET_UNRESOLVED. */
  secret(path: string): Promise<string | undefined>;
}

/** `~/.openclaw/openclaw.json` for a path below the home directory, on every system. */
export function displayPath(path: string, home: string): string {
  const rest = path.startsWith(home) ? path.slice(home.length) : undefined;
  return rest !== undefined && /^[\\/]/.test(rest) ? `~${rest.replaceAll('\\', '/')}` : path;
}

export const pathsOf = ({ cli, globals }: Pick<Invocation, 'cli' | 'globals'>): StatePaths =>
  resolveStatePaths(cli.env, globals);

/** Reads the configuration; a broken one is told on stderr and counts as far as it could be read. */
export async function readSettings(
  invocation: Pick<Invocation, 'cli' | 'globals' | 'output'>,
): Promise<Settings> {
  const paths = pathsOf(invocation);
  const { cli, output } = invocation;
  const file = await readConfigFile(paths.configPath, cli.env, { stateDir: paths.stateDir });
  const displayConfigPath = displayPath(paths.configPath, paths.home);
  for (const issue of file.issues) {
    output.note(`Warning: ${displayConfigPath}${issue.path ? ` ${issue.path}` : ''}: ${issue.message}`);
  }
  return settingsOf({ paths, displayConfigPath, config: file.resolved, env: file.env, processEnv: cli.env });
}

/** Settings of a command whose target is given in full: the configuration is not even opened. */
export function settingsWithoutConfig(invocation: Pick<Invocation, 'cli' | 'globals'>): Settings {
  const paths = pathsOf(invocation);
  const { env } = invocation.cli;
  const displayConfigPath = displayPath(paths.configPath, paths.home);
  return settingsOf({ paths, displayConfigPath, config: {}, env, processEnv: env });
}

function settingsOf(parts: Omit<Settings, 'text' | 'secret'>): Settings {
  return {
    ...parts,
    text: (path) => asText(valueAt(parts.config, path)),
    async secret(path) {
      const value = valueAt(parts.config, path);
      if (value === undefined || value === null || value === '') return undefined;
      const resolved = await resolveSecret(value, parts.config, parts.env);
      if (resolved.ok) return resolved.value;
      throw new RpcError(
        'SECRET_UNRESOLVED',
        `${path} cannot be resolved: ${resolved.reason}\nFix: pass --token or --password, or repair it in ${parts.displayConfigPath}.`,
        { path },
      );
    },
  };
}
