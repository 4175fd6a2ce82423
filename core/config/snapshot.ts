import { type ActiveSecrets, requiredFailures, resolveActiveSecrets } from './active-secrets.ts';
import type { ConfigObject } from './config-path.ts';
import { applyDefaults, withMainAgent } from './defaults.ts';
import { type ConfigFile, type ConfigIssue, readConfigFile, resolveConfigText } from './read.ts';
import type { SchemaNode } from './schema.ts';
import { unknownKeyIssue, validateConfig } from './validation.ts';

/** One configuration, read, checked and with its secrets. */
export interface Snapshot {
  file: ConfigFile;
  /** With defaults. */
  config: ConfigObject;
  /** As written, includes and variables resolved. */
  source: ConfigObject;
  /** Why it cannot be used; empty for a good one. */
  issues: ConfigIssue[];
  warnings: ConfigIssue[];
  secrets: ActiveSecrets;
}

export interface SnapshotSource {
  path: string;
  stateDir: string;
  env: NodeJS.ProcessEnv;
  schema: SchemaNode;
}

export const readSnapshot = async (from: SnapshotSource): Promise<Snapshot> =>
  snapshotOf(await readConfigFile(from.path, from.env, from), from.schema);

export const textSnapshot = async (text: string, from: SnapshotSource): Promise<Snapshot> =>
  snapshotOf(await resolveConfigText(text, from.path, from.env, from), from.schema);

export async function snapshotOf(file: ConfigFile, schema: SchemaNode): Promise<Snapshot> {
  const checked = validateConfig(schema, file.resolved);
  const source = withMainAgent(file.resolved);
  return {
    file,
    config: applyDefaults(source),
    source,
    issues: [...file.issues, ...checked.issues],
    warnings: [...file.warnings, ...checked.unknown.map(unknownKeyIssue), ...unsupported(file)],
    secrets: await resolveActiveSecrets(file),
  };
}

/** Issues that only matter to a gateway that already runs: a secret it needs is gone. */
export const secretIssues = (snapshot: Snapshot, overridden: readonly string[]): ConfigIssue[] =>
  requiredFailures(snapshot.secrets, snapshot.file, overridden).map((path) => ({
    path,
    message: snapshot.secrets.failures.get(path) ?? 'The secret cannot be resolved.',
  }));

function unsupported({ resolved }: ConfigFile): ConfigIssue[] {
  const shell =
    (resolved.env as { shellEnv?: { enabled?: unknown } } | undefined)?.shellEnv?.enabled === true;
  return shell
    ? [
        {
          path: 'env.shellEnv',
          message: 'variables of the login shell are not read; put them into <state dir>/.env',
        },
      ]
    : [];
}
