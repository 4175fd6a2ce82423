import { createHmac, randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { readBackup } from '../core/config/backup.ts';
import { changesBetween } from '../core/config/changes.ts';
import { secretsOf } from '../core/config/config-view.ts';
import { applyDefaults } from '../core/config/defaults.ts';
import { editText, rewriteText } from '../core/config/edit.ts';
import { createHiddenSecrets } from '../core/config/hidden-secrets.ts';
import { placeOfIssue } from '../core/config/issue-place.ts';
import { configJsonSchema, configUiHints } from '../core/config/json-schema.ts';
import { parseConfigText } from '../core/config/json5-text.ts';
import { loadLastGood } from '../core/config/last-good.ts';
import { displayPath, type StatePaths } from '../core/config/paths.ts';
import { type ConfigFile, type ConfigIssue, resolveConfigText } from '../core/config/read.ts';
import { PLACEHOLDER_PROBLEM, redactConfig } from '../core/config/redaction.ts';
import { reloadKindOf } from '../core/config/reload-kind.ts';
import { readConfigSchema } from '../core/config/schema.ts';
import { secretLookup } from '../core/config/secret-lookup.ts';
import { restoreRedacted } from '../core/config/sentinel.ts';
import { type Inspection, inspectConfig, inspectText, type SnapshotSource } from '../core/config/snapshot.ts';
import { type PlannedWrite, planText, storeWrite } from '../core/config/write.ts';
import { guardPeerWrite, PeerWriteRefusal, type PeerWriteRisk } from '../core/config/write-guards.ts';
import { startProblems } from '../core/host/start-checks.ts';
import { asObject } from '../core/lib/json.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { AppError } from './app-error.ts';
import type { BridgeParams, BridgeResult } from './bridge/contract.ts';
import type { ConfigFileChange, ConfigProblem } from './bridge/methods/config-file.ts';

type Plan = BridgeResult<'config.file.plan'>;
type Request = BridgeParams<'config.file.plan'>;

export interface ConfigDeskOptions {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  /** Asks the person, where no page can answer, whether what runs or is read on this computer may change. */
  confirm(risk: PeerWriteRisk): Promise<boolean>;
}

/** The configuration file of this computer, for an editor that is shown no secret. Needs no gateway. */
export class ConfigDesk {
  readonly #paths: StatePaths;
  readonly #source: SnapshotSource;
  readonly #confirm: ConfigDeskOptions['confirm'];
  readonly #hidden = createHiddenSecrets();
  /** A plain hash of a short text would give away what is hidden in it. */
  readonly #key = randomBytes(32);

  constructor({ paths, env, confirm }: ConfigDeskOptions) {
    this.#paths = paths;
    this.#confirm = confirm;
    this.#source = { path: paths.configPath, stateDir: paths.stateDir, env, schema: readConfigSchema() };
  }

  schema(): BridgeResult<'config.file.schema'> {
    const { schema } = this.#source;
    const hints = { ...configUiHints(schema) };
    const reload = Object.fromEntries(Object.keys(hints).map((path) => [path, reloadKindOf(path)]));
    return { schema: configJsonSchema(schema), hints, reload, defaults: applyDefaults({}) };
  }

  async read(): Promise<BridgeResult<'config.file.read'>> {
    const { file, issues, warnings } = await inspectConfig(this.#source);
    const known = await this.#secretsIn(file);
    const text = this.#hidden.hide(file.text ?? '', known);
    return {
      path: displayPath(file.path, this.#paths.home),
      exists: file.exists,
      revision: this.#revisionOf(file),
      text,
      isReadable: !file.exists || parseConfigText(file.text ?? '').ok,
      values: redactConfig(file.merged, known).value,
      included: [...file.includeOrigins.keys()],
      problems: placed(issues, text),
      warnings: placed(warnings, text),
      canUndo: ((await this.#earlier()) ?? file.text) !== file.text,
    };
  }

  /** Throws CONFIG_CONFLICT when the file is not the one of `base` any more. */
  async plan(request: Request): Promise<Plan> {
    return (await this.#examine(request)).plan;
  }

  /** Throws CONFIG_CONFLICT, also when somebody else is quicker, and CONFIG_INVALID with the problems. */
  async save(request: Request): Promise<BridgeResult<'config.file.save'>> {
    const { plan, write } = await this.#examine(request);
    const { changedPaths, restartPaths, problems } = plan;
    if (!write || !plan.canSave)
      throw new AppError('CONFIG_INVALID', (say) => say('configInvalid'), { problems });
    const risk = riskOf(write);
    const isSaved = risk === undefined || (await this.#confirm(risk));
    if (isSaved) await storeWrite(write).catch(asConflict);
    return { isSaved, changedPaths, restartPaths };
  }

  async #examine({ base, change }: Request): Promise<{ plan: Plan; write: PlannedWrite | undefined }> {
    const { file } = await inspectConfig(this.#source);
    if (this.#revisionOf(file) !== base) throw conflict();
    const { text, misplaced } = await this.#wanted(change, file);
    const after = await inspectText(text, this.#source);
    const known = [...(await this.#secretsIn(file)), ...secretsOf(after.file)];
    const { write, issues } = await this.#check(change, { before: file, after: after.file, text });
    const problems = distinct([...misplaced, ...after.issues, ...issues]);
    const canSave = write !== undefined && misplaced.length === 0 && text !== file.text;
    const shown = this.#hidden.hide(text, known);
    const typed = change.kind === 'text' ? change.text : shown;
    return {
      write,
      plan: {
        text: shown,
        values: redactConfig(after.file.merged, known).value,
        problems: placed(problems, typed),
        warnings: placed([...after.warnings, ...(await this.#startProblems(after))], typed),
        canSave,
        ...changesBetween(file.resolved, after.file.resolved),
      },
    };
  }

  /** The text that is asked for, secrets in their places, and where a placeholder stands for none. */
  async #wanted(
    change: ConfigFileChange,
    file: ConfigFile,
  ): Promise<{ text: string; misplaced: ConfigIssue[] }> {
    const current = file.text ?? '';
    if (change.kind === 'undo') return { text: (await this.#earlier()) ?? current, misplaced: [] };
    if (change.kind === 'text') {
      const { text, isComplete } = this.#hidden.restore(change.text);
      return { text, misplaced: isComplete ? [] : [{ path: '', message: PLACEHOLDER_PROBLEM }] };
    }
    const edited = editText(current, change.edits);
    const parsed = parseConfigText(edited);
    if (!parsed.ok) return { text: edited, misplaced: [] };
    const { value, missing } = restoreRedacted(parsed.value, file.merged);
    const misplaced = missing.map((path) => ({ path, message: PLACEHOLDER_PROBLEM }));
    return { text: rewriteText(edited, value), misplaced };
  }

  /** What was there before may come back as it was. */
  async #check(change: ConfigFileChange, undone: PlannedWrite): Promise<Checked> {
    if (change.kind === 'undo') return { write: undone, issues: [] };
    try {
      return { write: await planText(undone.text, this.#source), issues: [] };
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== 'INVALID_REQUEST') throw error;
      const { issues } = asObject(error.details);
      const told = Array.isArray(issues) ? (issues as ConfigIssue[]) : [{ path: '', message: error.message }];
      return { write: undefined, issues: told };
    }
  }

  /** What keeps a gateway from starting does not keep the file from being saved: more changes may follow. */
  async #startProblems({ file, issues }: Inspection): Promise<ConfigIssue[]> {
    const { resolved: config, env } = file;
    if (issues.length > 0 || asObject(config.gateway).mode === 'remote') return [];
    return startProblems({
      config,
      exists: true,
      env,
      secrets: await secretLookup(file),
      paths: this.#paths,
    });
  }

  /** Also those that a broken file held when it was last well. */
  async #secretsIn(file: ConfigFile): Promise<string[]> {
    const { path, env } = this.#source;
    const text = await loadLastGood(this.#paths.trayDir);
    const lastGood =
      text === undefined ? [] : secretsOf(await resolveConfigText(text, path, env, this.#source));
    return [...secretsOf(file), ...lastGood];
  }

  async #earlier(): Promise<string | undefined> {
    const { path } = this.#source;
    return readBackup(await realpath(path).catch(() => path));
  }

  #revisionOf({ text }: ConfigFile): string {
    return createHmac('sha256', this.#key)
      .update(text === null ? 'none' : `text${text}`)
      .digest('base64url');
  }
}

/** The key that only somebody at this computer may change; the page in the window could be anybody. */
function riskOf(write: PlannedWrite): PeerWriteRisk | undefined {
  try {
    guardPeerWrite(write);
    return undefined;
  } catch (error) {
    if (!(error instanceof PeerWriteRefusal)) throw error;
    return error.risk;
  }
}

interface Checked {
  write: PlannedWrite | undefined;
  issues: ConfigIssue[];
}

const placed = (issues: readonly ConfigIssue[], shown: string): ConfigProblem[] =>
  issues.map(({ path, message }) => ({ path, message, ...placeOfIssue(shown, { path, message }) }));

const distinct = (issues: readonly ConfigIssue[]): ConfigIssue[] =>
  issues.filter(
    ({ path, message }, index) =>
      issues.findIndex((other) => other.path === path && other.message === message) === index,
  );

const conflict = (): AppError => new AppError('CONFIG_CONFLICT', (say) => say('configChanged'));

/** Between the look and the write somebody else was there. */
function asConflict(error: unknown): never {
  throw error instanceof RpcError && error.code === 'INVALID_REQUEST' ? conflict() : error;
}
