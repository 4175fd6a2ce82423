import type { Json } from '../lib/json.ts';
import { asTexts } from '../lib/json.ts';
import { invalidRequest } from '../protocol/errors.ts';
import type { SessionEntry, SessionPatch } from '../sessions/session-types.ts';
import { THINKING_LEVELS } from './session-rows.ts';

export interface OverrideDeps {
  row(entry: SessionEntry): Json;
  /** Why a session cannot be given this model; undefined when it can. */
  checkModel(text: string): string | undefined;
  /** Then neither model nor level has to exist; what cannot be a name is refused all the same. */
  takesAnyModel?: boolean;
}

/** The fields of `sessions.patch` and `sessions.create` that end up in an entry. */
export type Asked = { [Field in (typeof FIELDS)[number]]?: SessionEntry[Field] | null } & {
  model?: string | null;
};

/** Texts that people read; the others are levels, flags and names, which stay as they are. */
const NAMES = ['label', 'displayName', 'category', 'icon', 'color', 'statusNote'] as const;

const WORDS = {
  verboseLevel: ['on', 'off', 'full'],
  traceLevel: ['on', 'off', 'raw'],
  reasoningLevel: ['on', 'off', 'stream'],
  elevatedLevel: ['on', 'off', 'ask', 'full'],
  execHost: ['auto', 'sandbox', 'gateway', 'node'],
  execSecurity: ['deny', 'allowlist', 'full'],
  execAsk: ['off', 'on-miss', 'always'],
} as const satisfies Partial<Record<keyof SessionEntry, readonly string[]>>;

const PLAIN = [
  'archived',
  'pinned',
  'unread',
  'fastMode',
  'responseUsage',
  'execNode',
  'sendPolicy',
  'groupActivation',
  'spawnedBy',
  'spawnDepth',
] as const satisfies readonly (keyof SessionEntry)[];

const LEVELS = Object.keys(WORDS) as (keyof typeof WORDS)[];
const FIELDS = [...NAMES, ...LEVELS, ...PLAIN, 'thinkingLevel'] as const;

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * What of a request goes into the entry; null and empty text clear. `entry` is the session as it is, or would begin.
 * Throws INVALID_REQUEST for what the session cannot be set to.
 */
export function checkedOverrides(deps: OverrideDeps, entry: SessionEntry, asked: Asked): SessionPatch {
  const patch: Json = {};
  for (const field of NAMES) if (asked[field] !== undefined) patch[field] = nameOf(field, asked[field]);
  for (const field of LEVELS) if (asked[field] !== undefined) patch[field] = wordOf(field, asked[field]);
  for (const field of PLAIN) if (asked[field] !== undefined) patch[field] = cleared(asked[field]);
  checkSpawn(entry, asked);
  const withModel = { ...(patch as SessionPatch), ...modelPatch(deps, asked.model) };
  return asked.thinkingLevel === undefined
    ? withModel
    : { ...withModel, thinkingLevel: thinkingOf(deps, entry, withModel, asked.thinkingLevel) };
}

const cleared = <T>(value: T | null): T | null => (value === '' ? null : value);

function nameOf(field: string, given: string | null): string | null {
  if (given === null) return null;
  const name = given.trim();
  if (name === '' && given !== '') throw invalidRequest(`invalid ${field}: empty`);
  if (UNPRINTABLE.test(name)) {
    throw invalidRequest(`invalid ${field}: it has a control character in it; use printable characters only`);
  }
  return cleared(name);
}

function wordOf(field: keyof typeof WORDS, given: string | null): string | null {
  const word = given?.trim().toLowerCase() ?? '';
  if (word === '') return null;
  const words: readonly string[] = WORDS[field];
  if (words.includes(word)) return word;
  throw invalidRequest(`invalid ${field} (use ${words.map((one) => `"${one}"`).join('|')})`);
}

function checkSpawn({ key, spawnedBy }: SessionEntry, asked: Asked): void {
  if (asked.spawnedBy === undefined || asked.spawnedBy === spawnedBy) return;
  if (!/^agent:[^:]+:subagent:/.test(key)) {
    throw invalidRequest('spawnedBy is only supported for subagent:* sessions');
  }
  if (spawnedBy !== undefined) throw invalidRequest('spawnedBy cannot be changed once set');
}

/** The name is kept as it was given: an alias goes on to mean what the configuration says. */
function modelPatch(deps: OverrideDeps, given: string | null | undefined): SessionPatch {
  if (given === undefined) return {};
  const name = given?.trim() ?? '';
  if (name === '') return { modelOverride: null, providerOverride: null };
  const refused = deps.takesAnyModel ? refusedName(name) : deps.checkModel(name);
  if (refused !== undefined) throw invalidRequest(refused);
  return { modelOverride: name, providerOverride: null };
}

const refusedName = (name: string): string | undefined =>
  UNPRINTABLE.test(name) || /\s/.test(name)
    ? 'invalid model: it has a space or a control character in it'
    : undefined;

/** Whether a level is fine depends on the model, which may be given by the same request. */
function thinkingOf(
  deps: OverrideDeps,
  entry: SessionEntry,
  patch: SessionPatch,
  given: string | null,
): string | null {
  const level = given?.trim().toLowerCase() ?? '';
  if (level === '') return null;
  const { modelOverride = entry.modelOverride } = patch;
  const row = deps.row({ ...entry, modelOverride: modelOverride ?? undefined });
  const levels = asTexts(row.thinkingOptions);
  if (levels.includes(level) || (deps.takesAnyModel && THINKING_LEVELS.includes(level))) return level;
  if (row.model === undefined || !THINKING_LEVELS.includes(level)) {
    throw invalidRequest(`invalid thinkingLevel (use ${levels.join('|')})`);
  }
  const model = `${row.modelProvider}/${row.model}`;
  throw invalidRequest(`thinkingLevel "${level}" is not supported for ${model} (use ${levels.join('|')})`);
}

/** Refuses what a newer gateway can do and this one cannot: a caller must not take it for done. */
export function refuseUnkept(method: string, params: Json, fields: readonly string[]): void {
  for (const field of fields) {
    const value = params[field];
    if (value === undefined || value === null || value === false || value === '') continue;
    throw invalidRequest(`${method} cannot set ${field} on this gateway; leave it out`, {
      code: 'UNSUPPORTED_FIELD',
      field,
    });
  }
}
