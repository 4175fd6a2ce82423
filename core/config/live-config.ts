import { realpath } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { VERSION } from '../version.ts';
import { plainSecret, requiredFailures, resolveActiveSecrets, secretFailure } from './active-secrets.ts';
import { type Changes, changesBetween, reloadMode } from './changes.ts';
import { parseConfigPath, valueAtText } from './config-path.ts';
import { type ConfigView, secretsOf, viewOf } from './config-view.ts';
import { configJsonSchema, configUiHints, lookupSchema, type SchemaLookup } from './json-schema.ts';
import { saveLastGood } from './last-good.ts';
import { createMutex } from './mutex.ts';
import type { StatePaths } from './paths.ts';
import { type ConfigIssue, textHash } from './read.ts';
import { redactConfig } from './redaction.ts';
import { reloadKindOf } from './reload-kind.ts';
import type { Revisions } from './revision.ts';
import { resolveSecret, type SecretResult } from './secrets.ts';
import type { ConfigChange, ConfigService, CurrentConfig, WriteResult } from './service.ts';
import {
  completeSnapshot,
  type Inspection,
  inspect,
  inspectConfig,
  type Snapshot,
  type SnapshotSource,
  secretIssues,
} from './snapshot.ts';
import { type FileWatch, watchFiles } from './watch.ts';
import { describe, invalidConfig, planWrite, storeWrite, type WriteRequest } from './write.ts';

export interface LiveConfigOptions {
  paths: StatePaths;
  clock: Clock;
  log: Logger;
  overridden?: readonly string[];
  source: SnapshotSource;
  revisions: Revisions;
  snapshot: Snapshot;
  recoveredFrom: ConfigIssue[] | undefined;
}

const DEBOUNCE_MS = 300;

/** The configuration in force, the file it comes from, and everybody who wants to know about changes. */
export class LiveConfig implements ConfigService {
  private readonly options: LiveConfigOptions;
  private readonly log: Logger;
  private readonly exclusive = createMutex();
  private readonly changed = new Set<(change: ConfigChange) => void>();
  private readonly rejected = new Set<(issues: ConfigIssue[]) => void>();
  private readonly watch: FileWatch;
  private readonly generatedAt: string;
  private snapshot: Snapshot;
  private recoveredFrom: ConfigIssue[] | undefined;
  private appliedConfigHash: string;
  /** A key that needs a restart has changed: from here on the values in force lag behind the file. */
  private restartPending = false;
  /** No gateway has started with these values yet, so they may be ones that none can start with. */
  private isUnproven = true;
  /** Contents of the files at the last look, so that an event without a change does nothing. */
  private seen: string;
  private closed = false;

  constructor(options: LiveConfigOptions) {
    this.options = options;
    this.snapshot = options.snapshot;
    this.recoveredFrom = options.recoveredFrom;
    this.log = options.log.child('reload');
    this.generatedAt = new Date(options.clock.now()).toISOString();
    this.appliedConfigHash = options.revisions.ofConfig(options.snapshot.file.resolved);
    this.seen = options.recoveredFrom ? '' : fingerprint(options.snapshot);
    this.watch = watchFiles({
      clock: options.clock,
      debounceMs: () => Number(valueAtText(this.snapshot.config, 'gateway.reload.debounceMs') ?? DEBOUNCE_MS),
      onChange: () => void this.lookAgain(),
    });
  }

  async start(): Promise<void> {
    for (const { path, message } of this.snapshot.warnings)
      this.options.log.warn(path ? `${path}: ${message}` : message);
    await this.followFiles();
  }

  get current(): CurrentConfig {
    const { config, source, file, warnings } = this.snapshot;
    const recovered = this.recoveredFrom ? { recoveredFrom: { issues: this.recoveredFrom } } : {};
    return {
      config,
      source,
      hash: this.options.revisions.ofText(file.text ?? ''),
      appliedConfigHash: this.appliedConfigHash,
      exists: file.exists,
      env: file.env,
      warnings,
      ...recovered,
    };
  }

  secret(path: string): string | undefined {
    return this.snapshot.secrets.values.get(path) ?? plainSecret(this.snapshot.file, path);
  }

  secretFailure(path: string): string | undefined {
    return this.snapshot.secrets.failures.get(path);
  }

  resolveSecretAt(path: string): Promise<SecretResult> {
    const { file } = this.snapshot;
    return resolveSecret(valueAtText(file.resolved, path), file.resolved, file.env);
  }

  async read(): Promise<ConfigView> {
    const { file, issues, warnings } = await inspectConfig(this.options.source);
    const { revisions } = this.options;
    const secrets = [...this.snapshot.secrets.values.values()];
    return viewOf({ file, issues, warnings, revisions, appliedConfigHash: this.appliedConfigHash, secrets });
  }

  write(request: WriteRequest, by: 'rpc' | 'host' = 'rpc'): Promise<WriteResult> {
    return this.exclusive(async () => {
      const { source, revisions } = this.options;
      const plan = await planWrite(request, source, revisions);
      const next = await completeSnapshot(inspect(plan.after, source.schema));
      const lost = secretIssues(next, this.overridden);
      if (lost.length > 0) throw invalidConfig(lost);
      await storeWrite(plan);
      const { changedPaths, restartPaths, hash } = await this.adopt(next, by);
      const shown = redactConfig(next.source, secretsOf(next.file, [...next.secrets.values.values()]));
      return {
        path: source.path,
        hash,
        config: shown.value as Record<string, unknown>,
        changedPaths,
        restartPaths,
      };
    });
  }

  keepAsLastGood(hash: string): Promise<void> {
    return this.exclusive(async () => {
      if (this.recoveredFrom || hash !== this.current.hash) return;
      this.isUnproven = false;
      await this.storeLastGood();
    });
  }

  async schema() {
    const { schema } = this.options.source;
    const uiHints: Record<string, unknown> = { ...configUiHints(schema) };
    return { schema: configJsonSchema(schema), uiHints, version: VERSION, generatedAt: this.generatedAt };
  }

  async lookup(path: string): Promise<SchemaLookup | undefined> {
    try {
      return lookupSchema(this.options.source.schema, parseConfigPath(path.replaceAll('[]', '[0]')));
    } catch {
      return undefined;
    }
  }

  reloadSecrets(): Promise<{ warningCount: number }> {
    return this.exclusive(async () => {
      const secrets = await resolveActiveSecrets(this.snapshot.file);
      const lost = requiredFailures(secrets, this.snapshot.file, this.overridden);
      if (lost.length > 0) throw secretFailure(secrets, lost);
      this.snapshot = { ...this.snapshot, secrets };
      return { warningCount: secrets.failures.size };
    });
  }

  onChanged(listener: (change: ConfigChange) => void): () => void {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  }

  onRejected(listener: (issues: ConfigIssue[]) => void): () => void {
    this.rejected.add(listener);
    return () => this.rejected.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.watch.close();
    await this.exclusive(async () => {});
  }

  private get overridden(): readonly string[] {
    return this.options.overridden ?? [];
  }

  private async lookAgain(): Promise<void> {
    await this.exclusive(() => this.reload()).catch((error: unknown) => {
      this.log.error(`config reload failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    });
  }

  /** Takes the file over when it has really changed and is good; otherwise everything stays as it is. */
  private async reload(): Promise<void> {
    if (this.closed || reloadMode(this.snapshot.config) === 'off') return;
    const found = await inspectConfig(this.options.source);
    const now = fingerprint(found);
    if (now === this.seen) return;
    this.seen = now;
    const gone = this.snapshot.file.exists && !found.file.exists;
    const issues = gone ? [{ path: '', message: 'config file not found' }] : found.issues;
    if (issues.length > 0) return this.reject(issues);
    const next = await completeSnapshot(found);
    const lost = secretIssues(next, this.overridden);
    if (lost.length > 0) this.reject(lost);
    else await this.adopt(next, 'file');
  }

  private reject(issues: ConfigIssue[]): void {
    this.log.warn(`config reload skipped (invalid config): ${describe(issues)}`);
    for (const listener of this.rejected) listener(issues);
  }

  private async adopt(next: Snapshot, by: ConfigChange['by']): Promise<ConfigChange> {
    const changes = changesBetween(this.snapshot.file.resolved, next.file.resolved);
    const { revisions } = this.options;
    this.snapshot = next;
    this.recoveredFrom = undefined;
    this.seen = fingerprint(next);
    if (by !== 'host') this.weigh(changes);
    if (!this.restartPending) this.appliedConfigHash = revisions.ofConfig(next.file.resolved);
    if (!this.isUnproven) await this.storeLastGood();
    await this.followFiles();
    const change: ConfigChange = { ...changes, hash: revisions.ofText(next.file.text ?? ''), by };
    for (const listener of this.changed) listener(change);
    return change;
  }

  /** What a change from outside asks of the running gateway, for later and for the log. */
  private weigh({ changedPaths: paths, restartPaths }: Changes): void {
    if (paths.length === 0) return;
    const of = (kind: string): string => paths.filter((path) => reloadKindOf(path) === kind).join(', ');
    this.restartPending ||= restartPaths.length > 0;
    this.isUnproven ||= of('restart') !== '';
    this.log.info(`config change detected; evaluating reload (${paths.join(', ')})`);
    if (of('restart')) this.log.warn(`config change requires gateway restart (${of('restart')})`);
    if (of('hot')) this.log.info(`config hot reload applied (${of('hot')})`);
    if (of('none')) this.log.info(`config change applied; it counts when it is next read (${of('none')})`);
  }

  private async storeLastGood(): Promise<void> {
    await saveLastGood(this.options.paths.trayDir, this.snapshot.file).catch(
      (error: NodeJS.ErrnoException) => {
        this.log.warn(
          `The last known good configuration could not be stored (${error.code ?? 'unknown error'})`,
        );
      },
    );
  }

  /** A configuration that is a link is watched at both ends. */
  private async followFiles(): Promise<void> {
    const { path } = this.options.source;
    const real = await realpath(path).catch(() => path);
    this.watch.follow([...new Set([path, real, ...this.snapshot.file.includedPaths])]);
  }
}

/** Differs when the text of the file, of an included one, or their meaning differs. */
const fingerprint = ({ file, issues }: Inspection): string =>
  textHash(JSON.stringify([file.hash, file.exists, file.merged, issues]));
