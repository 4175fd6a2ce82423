import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { invalidRequest, RpcError } from '../protocol/errors.ts';
import { createDir, storeFailure, writeFileAtomic } from '../store/atomic-file.ts';
import { keepBackup } from './backup.ts';
import { changedPaths } from './changes.ts';
import { type ConfigObject, isObject, sameData } from './config-path.ts';
import { type Edit, editText, rewriteText } from './edit.ts';
import { parseConfigText } from './json5-text.ts';
import { mergePatch } from './merge-patch.ts';
import {
  type ConfigFile,
  type ConfigIssue,
  MAX_CONFIG_BYTES,
  readConfigFile,
  resolveConfigText,
} from './read.ts';
import type { Revisions } from './revision.ts';
import type { SchemaNode } from './schema.ts';
import { restoreRedacted } from './sentinel.ts';
import { readTextCapped } from './text-file.ts';
import { type UnknownKeys, unknownKeyIssue, validateConfig } from './validation.ts';
import { guardPeerWrite } from './write-guards.ts';

/** A change asked for by a peer. `raw` is the whole file for `set` and `apply`, a merge patch for `patch`. */
export interface WriteRequest {
  kind: 'set' | 'patch' | 'apply';
  raw: string;
  baseHash?: string;
  /** Dotted paths of lists that a patch replaces instead of merging them by id. */
  replacePaths?: string[];
}

export interface WriteContext {
  path: string;
  env: NodeJS.ProcessEnv;
  stateDir: string;
  schema: SchemaNode;
}

/** What the file holds now, and what it would hold. */
export interface PlannedWrite {
  before: ConfigFile;
  after: ConfigFile;
  text: string;
}

/**
 * Works out the new text of a request and checks it; nothing is written. Throws INVALID_REQUEST for a missing or
 * stale base hash, bad text, an invalid result, a placeholder without a stored secret, a change of an included file,
 * and for whatever only somebody at this host may decide (`guardPeerWrite`).
 */
export async function planWrite(
  request: WriteRequest,
  context: WriteContext,
  revisions: Revisions,
): Promise<PlannedWrite> {
  const before = await readConfigFile(context.path, context.env, context);
  checkBase(request, before, revisions);
  const text = request.kind === 'patch' ? patchedText(request, before) : replacedText(request.raw, before);
  const plan = await checkText(text, before, context, { keepIncludes: request.kind === 'patch', known: [] });
  guardPeerWrite(plan);
  return plan;
}

/**
 * Edits of the user's own at this host: no base hash, and commands of secret providers may be set. Problems that the
 * file has already do not stand in the way, so that it can be mended one by one; new ones are refused. Throws
 * CONFIG_INVALID for a text that is not JSON5 and STORE_UNUSABLE for a file that cannot be read.
 */
export async function planEdits(edits: readonly Edit[], context: WriteContext): Promise<PlannedWrite> {
  const before = await readConfigFile(context.path, context.env, context);
  requireEditable(before);
  const known = issuesOf(before, context);
  return checkText(editText(before.text ?? '', edits), before, context, { keepIncludes: true, known });
}

/**
 * The whole text as the user at this host wants it, with the same freedom as `planEdits`. The file may be broken; what
 * takes its place may not; keys that nobody knows may then have been in it. Throws INVALID_REQUEST with the issues, STORE_UNUSABLE for a file that cannot be read.
 */
export async function planText(text: string, context: WriteContext): Promise<PlannedWrite> {
  const before = await readConfigFile(context.path, context.env, context);
  if (before.text === null && before.exists) throw unreadable(before);
  const known = issuesOf(before, context).filter(({ path }) => path !== '');
  const wasReadable = before.text === null || parseConfigText(before.text).ok;
  return checkText(text, before, context, { keepIncludes: false, known, refusesUnknown: wasReadable });
}

const unreadable = ({ path, issues }: ConfigFile): RpcError =>
  new RpcError('STORE_UNUSABLE', `${path}: ${issues[0]?.message} Check its owner and mode.`);

function requireEditable(file: ConfigFile): void {
  const { path, exists, text, issues } = file;
  if (text === null && exists) throw unreadable(file);
  const parsed = parseConfigText(text?.trim() ? text : '{}');
  if (parsed.ok) return;
  throw new RpcError(
    'CONFIG_INVALID',
    `${path} cannot be changed before it can be read: ${parsed.message}. Mend it there with an editor, then try again.`,
    { issues },
  );
}

/**
 * Stores a planned write: the old text becomes `.bak`, the new one replaces it atomically with mode 0600. Throws
 * INVALID_REQUEST when somebody else changed the file since it was read, STORE_UNUSABLE when it cannot be written.
 * A link is followed, not replaced.
 */
export async function storeWrite({ before, text }: PlannedWrite): Promise<void> {
  if (before.text === text) return;
  const path = await realpath(before.path).catch(() => before.path);
  await createDir(dirname(path));
  if (before.text !== null) await backUp(path, before.text);
  await writeFileAtomic(path, text, {
    mode: 0o600,
    beforeRename: async () => {
      const now = await readTextCapped(path, MAX_CONFIG_BYTES);
      if ((now.status === 'ok' ? now.text : null) !== before.text) throw staleBase();
    },
  });
}

const backUp = (path: string, text: string): Promise<void> =>
  keepBackup(path, text).catch((error: unknown) => {
    throw storeFailure(`${path}.bak`, 'written', error);
  });

const staleBase = (): RpcError =>
  invalidRequest('config changed since last load; re-run config.get and retry');

function checkBase(request: WriteRequest, before: ConfigFile, revisions: Revisions): void {
  if (request.baseHash) {
    if (!revisions.matches(request.baseHash, before.text ?? '')) throw staleBase();
  } else if (before.exists) throw missingBase(request, before);
}

function missingBase(request: WriteRequest, before: ConfigFile): RpcError {
  const patch = request.kind === 'patch' ? parseConfigText(request.raw) : undefined;
  const paths =
    patch?.ok && isObject(patch.value)
      ? changedPaths(before.merged, mergePatch(before.merged, patch.value))
      : [];
  return paths.length > 0
    ? invalidRequest(
        `config base hash required for ${paths.join(', ')}; re-run config.get and retry with baseHash`,
      )
    : invalidRequest('config base hash required; re-run config.get and retry');
}

function replacedText(raw: string, before: ConfigFile): string {
  const parsed = parseConfigText(raw);
  if (!parsed.ok) throw invalidConfig([{ path: '', message: parsed.message }]);
  const restored = restore(parsed.value, before.merged);
  return sameData(restored, parsed.value) ? raw : rewriteText(raw, restored);
}

function patchedText(request: WriteRequest, before: ConfigFile): string {
  const patch = parseConfigText(request.raw);
  if (!patch.ok) throw invalidRequest(`config.patch raw is not valid JSON5: ${patch.message}`);
  if (!isObject(patch.value)) throw invalidRequest('config.patch raw must be an object');
  if (before.issues.length > 0) {
    throw invalidRequest(
      `config is invalid; repair the file or replace it with config.set first: ${describe(before.issues)}`,
    );
  }
  const restored = restore(patch.value, before.merged);
  return rewriteText(before.text ?? '', mergePatch(before.parsed, restored, request.replacePaths));
}

function restore(value: unknown, stored: ConfigObject): unknown {
  const restored = restoreRedacted(value, stored);
  if (restored.missing.length === 0) return restored.value;
  throw invalidRequest(
    `${restored.missing.join(', ')}: the redaction placeholder stands where no secret is stored; send the secret itself or leave the key out`,
    {
      issues: restored.missing.map((path) => ({
        path,
        message: 'Redaction placeholder without a stored secret',
      })),
    },
  );
}

interface CheckOptions {
  keepIncludes: boolean;
  known: readonly ConfigIssue[];
  refusesUnknown?: boolean;
}

async function checkText(
  text: string,
  before: ConfigFile,
  context: WriteContext,
  { keepIncludes, known, refusesUnknown = true }: CheckOptions,
): Promise<PlannedWrite> {
  const after = await resolveConfigText(text, context.path, context.env, context);
  const checked = validateConfig(context.schema, after.resolved);
  const old = validateConfig(context.schema, before.resolved).unknown;
  const unknown = refusesUnknown ? newUnknownKeys(checked.unknown, old).map(unknownKeyIssue) : [];
  const isNew = ({ path, message }: ConfigIssue): boolean =>
    !known.some((issue) => issue.path === path && issue.message === message);
  const issues = [...after.issues, ...checked.issues, ...unknown].filter(isNew);
  if (issues.length > 0) throw invalidConfig(issues);
  if (keepIncludes) refuseIncludedChanges(before, after);
  return { before, after, text };
}

const issuesOf = (file: ConfigFile, { schema }: WriteContext): ConfigIssue[] => [
  ...file.issues,
  ...validateConfig(schema, file.resolved).issues,
];

/** Keys that another program left in the file may stay; new ones are refused. */
function newUnknownKeys(unknown: UnknownKeys[], known: UnknownKeys[]): UnknownKeys[] {
  const old = new Set(known.flatMap(({ path, keys }) => keys.map((key) => `${path}\0${key}`)));
  return unknown
    .map(({ path, keys }) => ({ path, keys: keys.filter((key) => !old.has(`${path}\0${key}`)) }))
    .filter(({ keys }) => keys.length > 0);
}

function refuseIncludedChanges(before: ConfigFile, after: ConfigFile): void {
  for (const path of changedPaths(before.merged, after.merged)) {
    const origin = [...before.includeOrigins].find(([from]) => from === path || from.startsWith(`${path}.`));
    if (origin) throw invalidRequest(`${path} comes from the included file ${origin[1]}; change it there`);
  }
}

export const invalidConfig = (issues: ConfigIssue[]): RpcError =>
  invalidRequest(`invalid config: ${describe(issues)}`, { issues });

/** `gateway.port: Invalid input: …; <root>: Unrecognized key: "x"`, the first ones only. */
export function describe(issues: readonly ConfigIssue[]): string {
  const shown = issues.slice(0, 5).map(({ path, message }) => `${path || '<root>'}: ${message}`);
  const more = issues.length > shown.length ? `; and ${issues.length - shown.length} more` : '';
  return shown.join('; ') + more;
}
