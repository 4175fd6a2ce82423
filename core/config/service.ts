import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { ensurePrivateDir } from '../store/atomic-file.ts';
import type { Changes } from './changes.ts';
import { commandName } from './command-name.ts';
import type { ConfigView } from './config-view.ts';
import type { SchemaLookup } from './json-schema.ts';
import { loadLastGood } from './last-good.ts';
import { LiveConfig } from './live-config.ts';
import type { StatePaths } from './paths.ts';
import type { ConfigIssue } from './read.ts';
import { openRevisions } from './revision.ts';
import { readConfigSchema } from './schema.ts';
import type { SecretResult } from './secrets.ts';
import {
  completeSnapshot,
  inspectConfig,
  inspectText,
  type Snapshot,
  type SnapshotSource,
} from './snapshot.ts';
import type { WriteRequest } from './write.ts';

export interface ConfigOptions {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Logger;
  /** Dotted paths of secrets that flags give, so that the configured ones are not needed. */
  overridden?: readonly string[];
}

export interface CurrentConfig {
  /** With defaults. */
  config: Record<string, unknown>;
  /** As written, with includes and variables resolved. */
  source: Record<string, unknown>;
  /** Keyed hash of the text, the `hash` of `config.get`. */
  hash: string;
  /** Keyed hash of the values that are in force; keys that wait for a restart keep the old one. */
  appliedConfigHash: string;
  exists: boolean;
  /** The process environment, completed by `<state dir>/.env` and the `env` block. Never sent to a peer. */
  env: NodeJS.ProcessEnv;
  warnings: ConfigIssue[];
  /** Set when the file was unusable at start and the last known good configuration was loaded instead, unsaid. */
  recoveredFrom?: { issues: ConfigIssue[] };
}

export interface ConfigChange extends Changes {
  hash: string;
  /** `host`: the gateway itself wrote down what is in force already. */
  by: 'rpc' | 'file' | 'host';
}

export interface WriteResult extends Changes {
  path: string;
  hash: string;
  /** As written, redacted. */
  config: Record<string, unknown>;
}

/** The configuration of a running gateway: read, watched, changed and never lost. */
export interface ConfigService {
  readonly current: CurrentConfig;
  /** Resolved secret at a dotted path such as gateway.auth.token, or undefined when not set or not resolved. */
  secret(path: string): string | undefined;
  /** Why the secret of gateway.auth.token or gateway.auth.password could not be resolved. */
  secretFailure(path: string): string | undefined;
  /** Resolves the secret at any dotted path now; for those that are only needed now and then. */
  resolveSecretAt(path: string): Promise<SecretResult>;
  /** The answer to `config.get`, fresh from disk. Its `v3` part belongs to the v3 dialect and is not sent. */
  read(): Promise<ConfigView>;
  /** Throws INVALID_REQUEST for a stale hash, an invalid result and everything else `planWrite` refuses. */
  write(request: WriteRequest, by?: 'rpc' | 'host'): Promise<WriteResult>;
  /**
   * A gateway has started with the configuration of this `hash`: keeps it for a start on a broken file. Does nothing
   * when the configuration has changed since.
   */
  keepAsLastGood(hash: string): Promise<void>;
  schema(): Promise<{
    schema: unknown;
    uiHints: Record<string, unknown>;
    version: string;
    generatedAt: string;
  }>;
  lookup(path: string): Promise<SchemaLookup | undefined>;
  /** Throws UNAVAILABLE and keeps the old secrets when a required one cannot be resolved. */
  reloadSecrets(): Promise<{ warningCount: number }>;
  onChanged(listener: (change: ConfigChange) => void): () => void;
  /** A change of the file was not taken over. */
  onRejected(listener: (issues: ConfigIssue[]) => void): () => void;
  close(): Promise<void>;
}

/** Throws CONFIG_INVALID when the file is unusable and there is no last known good one. */
export async function openConfig(options: ConfigOptions): Promise<ConfigService> {
  const { paths, env } = options;
  await ensurePrivateDir(paths.trayDir);
  const source = { path: paths.configPath, stateDir: paths.stateDir, env, schema: readConfigSchema() };
  const revisions = await openRevisions(paths.trayDir);
  const { snapshot, issues } = await firstSnapshot(options, source);
  const service = new LiveConfig({ ...options, source, revisions, snapshot, recoveredFrom: issues });
  await service.start();
  return service;
}

async function firstSnapshot(
  options: ConfigOptions,
  source: SnapshotSource,
): Promise<{ snapshot: Snapshot; issues?: ConfigIssue[] }> {
  const found = await inspectConfig(source);
  if (found.issues.length === 0) return { snapshot: await completeSnapshot(found) };
  const text = await loadLastGood(options.paths.trayDir);
  const lastGood = text === undefined ? undefined : await inspectText(text, source);
  if (lastGood?.issues.length === 0)
    return { snapshot: await completeSnapshot(lastGood), issues: found.issues };
  throw unusableConfig(options, found.issues);
}

/** Says what is wrong with the file, for a start that has nothing else to go by. */
export const unusableConfig = (
  { paths, env }: Pick<ConfigOptions, 'paths' | 'env'>,
  issues: readonly ConfigIssue[],
): RpcError =>
  new RpcError(
    'CONFIG_INVALID',
    [
      'OpenClaw config is invalid',
      `File: ${paths.configPath}`,
      'Problem:',
      ...issueLines(issues),
      '',
      'Fix the file, then start again.',
      `Inspect: ${commandName(paths, env)} config validate`,
    ].join('\n'),
    { path: paths.configPath, issues },
  );

export const issueLines = (issues: readonly ConfigIssue[]): string[] =>
  issues.map(({ path, message }) => `  - ${path || '<root>'}: ${message}`);
