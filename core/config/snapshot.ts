import { type ActiveSecrets, requiredFailures, resolveActiveSecrets } from './active-secrets.ts';
import type { ConfigObject } from './config-path.ts';
import { applyDefaults, withMainAgent } from './defaults.ts';
import { type ConfigFile, type ConfigIssue, readConfigFile, resolveConfigText } from './read.ts';
import type { SchemaNode } from './schema.ts';
import { placeholderIssues } from './sentinel.ts';
import { unknownKeyIssue, validateConfig } from './validation.ts';

/** One configuration, read and checked. */
export interface Inspection {
  file: ConfigFile;
  /** Why it cannot be used; empty for a good one. */
  issues: ConfigIssue[];
  warnings: ConfigIssue[];
}

/** A configuration ready for use, with its secrets. */
export interface Snapshot extends Inspection {
  /** With defaults. */
  config: ConfigObject;
  /** As written, includes and variables resolved. */
  source: ConfigObject;
  secrets: ActiveSecrets;
}

export interface SnapshotSource {
  path: string;
  stateDir: string;
  env: NodeJS.ProcessEnv;
  schema: SchemaNode;
}

/** Reads and checks the file. No secret is resolved, so this neither runs commands nor needs them. */
export const inspectConfig = async (from: SnapshotSource): Promise<Inspection> =>
  inspect(await readConfigFile(from.path, from.env, from), from.schema);

/** What `inspectConfig` would say if the file held this text. */
export const inspectText = async (text: string, from: SnapshotSource): Promise<Inspection> =>
  inspect(await resolveConfigText(text, from.path, from.env, from), from.schema);

export function inspect(file: ConfigFile, schema: SchemaNode): Inspection {
  const checked = validateConfig(schema, file.resolved);
  return {
    file,
    issues: [...file.issues, ...checked.issues, ...placeholderIssues(file.resolved)],
    warnings: [...file.warnings, ...checked.unknown.map(unknownKeyIssue), ...unsupported(file)],
  };
}

export async function completeSnapshot(inspected: Inspection): Promise<Snapshot> {
  const source = withMainAgent(inspected.file.resolved);
  const secrets = await resolveActiveSecrets(inspected.file);
  return { ...inspected, config: applyDefaults(source), source, secrets };
}

/** `inspectConfig` with the secrets a gateway needs. */
export const readSnapshot = async (from: SnapshotSource): Promise<Snapshot> =>
  completeSnapshot(await inspectConfig(from));

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
