import { displayPath, resolveStatePaths, type StatePaths } from '../core/config/paths.ts';
import { type ConfigFile, type ConfigIssue, readConfigFile } from '../core/config/read.ts';
import { resolveSecret } from '../core/config/secrets.ts';
import { type OwnerRecord, readOwnerFile } from '../core/host/owner-file.ts';
import { asText, valueAt } from '../core/lib/json.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { commandName } from './command-name.ts';
import type { Invocation } from './invocation.ts';
import { isPort } from './target.ts';
import { toldLines } from './told-lines.ts';

/** The configuration as a command that only asks questions needs it. */
export interface Settings {
  paths: StatePaths;
  /** With `~` for the home directory. */
  displayConfigPath: string;
  config: Record<string, unknown>;
  /** As it was read; absent where the configuration was not needed. */
  file?: ConfigFile;
  /** The environment of this process alone. */
  processEnv: NodeJS.ProcessEnv;
  /** The same, completed by `<state dir>/.env` and the `env` block of the configuration. */
  env: NodeJS.ProcessEnv;
  text(path: string): string | undefined;
  /** The resolved secret at a path; undefined when not set. Throws SECRET_UNRESOLVED. */
  secret(path: string): Promise<string | undefined>;
  /** The gateway of this user that runs on the state directory. */
  owner(): Promise<OwnerRecord | undefined>;
}

export const pathsOf = ({ cli, globals }: Pick<Invocation, 'cli' | 'globals'>): StatePaths =>
  resolveStatePaths(cli.env, globals);

/** Reads the configuration; a broken one is told on stderr and counts as far as it could be read. */
export async function readSettings(
  invocation: Pick<Invocation, 'cli' | 'globals' | 'output' | 'language'>,
): Promise<Settings> {
  const { settings, issues } = await read(invocation);
  const { displayConfigPath } = settings;
  const { output } = invocation;
  const tell = (text: string): void => {
    for (const line of toldLines(text, invocation)) output.note(line);
  };
  for (const { path, message } of issues) {
    tell(`Warning: ${displayConfigPath}${path ? ` ${path}` : ''}: ${message}`);
  }
  if (issues.length > 0)
    tell(`What cannot be used counts as not set. Inspect: ${commandName(invocation)} config validate`);
  return settings;
}

/** The same for commands that judge the configuration themselves; a port that cannot be used counts as not set. */
export async function readSettingsQuietly(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
): Promise<Settings> {
  return (await read(invocation)).settings;
}

async function read(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
): Promise<{ settings: Settings; issues: ConfigIssue[] }> {
  const paths = pathsOf(invocation);
  const { env: processEnv } = invocation.cli;
  const file = await readConfigFile(paths.configPath, processEnv, { stateDir: paths.stateDir });
  const displayConfigPath = displayPath(paths.configPath, paths.home);
  const config = file.resolved;
  return {
    settings: settingsOf({ paths, displayConfigPath, config, file, env: file.env, processEnv }),
    issues: [...file.issues, ...unusableKeys(config)],
  };
}

/** Problems with the keys that say where to ask; the whole file is for `config validate` to judge. */
function unusableKeys({ gateway }: Record<string, unknown>): ConfigIssue[] {
  if (gateway === undefined) return [];
  if (typeof gateway !== 'object' || gateway === null) return [{ path: 'gateway', message: 'not an object' }];
  const { port } = gateway as { port?: unknown };
  return port === undefined || isPort(port)
    ? []
    : [{ path: 'gateway.port', message: 'not a port number from 1 to 65535' }];
}

/** Settings of a command whose target is given in full: the configuration is not even opened. */
export function settingsWithoutConfig(invocation: Pick<Invocation, 'cli' | 'globals'>): Settings {
  const paths = pathsOf(invocation);
  const { env } = invocation.cli;
  const displayConfigPath = displayPath(paths.configPath, paths.home);
  return settingsOf({ paths, displayConfigPath, config: {}, env, processEnv: env });
}

function settingsOf(parts: Omit<Settings, 'text' | 'secret' | 'owner'>): Settings {
  let owner: Promise<OwnerRecord | undefined> | undefined;
  return {
    ...parts,
    owner() {
      owner ??= readOwnerFile(parts.paths.trayDir);
      return owner;
    },
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
