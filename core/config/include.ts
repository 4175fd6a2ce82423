import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type ConfigObject, type ConfigPath, formatConfigPath, isObject } from './config-path.ts';
import { parseConfigText } from './json5-text.ts';
import type { ConfigIssue } from './read.ts';
import { readTextCapped } from './text-file.ts';

const MAX_DEPTH = 10;
const MAX_FILES = 200;

export interface Included {
  value: unknown;
  /** Real paths of the files that were read, in the order of their first use. */
  paths: string[];
  /** Dotted path of each value that came from a file → that file; values the root file overrides are not listed. */
  origins: Map<string, string>;
  issues: ConfigIssue[];
}

interface Walk {
  root: string;
  ownDir: string;
  maxBytes: number;
  result: Included;
}

/** The file being read and the files that led to it, innermost last. */
interface Place {
  chain: readonly string[];
  path: ConfigPath;
}

/**
 * Replaces every `$include` of a parsed file by what it names: one file, or several that are merged in order
 * (objects key by key, arrays appended, else the later wins); keys beside it win over both. Files are relative to
 * the including file and have to lie, links resolved, below the directory of the root file: otherwise whoever may
 * edit one part of a configuration could read any file of the host. What this program keeps in `ownDir`, such as its
 * private key, cannot be included either.
 */
export async function resolveIncludes(
  parsed: unknown,
  rootFile: string,
  { maxBytes, ownDir }: { maxBytes: number; ownDir: string },
): Promise<Included> {
  const result: Included = { value: undefined, paths: [], origins: new Map(), issues: [] };
  const real = realPath(rootFile) ?? resolve(rootFile);
  result.value = await expand(
    parsed,
    { chain: [real], path: [] },
    { root: dirname(real), ownDir, maxBytes, result },
  );
  return result;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

async function expand(value: unknown, place: Place, walk: Walk): Promise<unknown> {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [index, item] of value.entries()) items.push(await expand(item, below(place, index), walk));
    return items;
  }
  if (isObject(value)) return expandIncluding(value, place, walk);
  const file = place.chain.at(-1);
  if (place.chain.length > 1 && file) walk.result.origins.set(formatConfigPath(place.path), file);
  return value;
}

async function expandIncluding(value: ConfigObject, place: Place, walk: Walk): Promise<unknown> {
  const { $include, ...siblings } = value;
  if ($include === undefined) return expandObject(siblings, place, walk);
  const included = await includeFiles($include, place, walk);
  if (Object.keys(siblings).length === 0) return included;
  const own = await expandObject(siblings, place, walk);
  if (!isObject(included)) {
    problem(walk, place, 'keys beside $include need an included object');
    return own;
  }
  if (place.chain.length === 1) forgetOverridden(own, place.path, walk.result.origins);
  return mergeDeep(included, own);
}

async function expandObject(value: ConfigObject, place: Place, walk: Walk): Promise<ConfigObject> {
  const result: ConfigObject = {};
  for (const [key, item] of Object.entries(value)) result[key] = await expand(item, below(place, key), walk);
  return result;
}

async function includeFiles(spec: unknown, place: Place, walk: Walk): Promise<unknown> {
  if (typeof spec === 'string') return includeFile(spec, place, walk);
  if (!Array.isArray(spec) || spec.length === 0 || !spec.every((item) => typeof item === 'string')) {
    problem(walk, place, '$include has to be a file name or a list of file names');
    return {};
  }
  let merged: unknown = {};
  for (const file of spec) {
    const part = await includeFile(file, place, walk);
    if (!isObject(part))
      problem(walk, place, `$include ${JSON.stringify(file)}: a list can only merge objects`);
    else merged = mergeDeep(merged, part);
  }
  return merged;
}

async function includeFile(spec: string, place: Place, walk: Walk): Promise<unknown> {
  const found = await findFile(spec, place, walk);
  if (!found.ok) {
    problem(walk, place, `$include ${JSON.stringify(spec)}: ${found.reason}`);
    return {};
  }
  if (!walk.result.paths.includes(found.file)) walk.result.paths.push(found.file);
  return expand(found.value, { chain: [...place.chain, found.file], path: place.path }, walk);
}

type Found = { ok: true; file: string; value: unknown } | { ok: false; reason: string };

const refuse = (reason: string): Found => ({ ok: false, reason });

async function findFile(spec: string, place: Place, walk: Walk): Promise<Found> {
  if (place.chain.length > MAX_DEPTH) return refuse(`more than ${MAX_DEPTH} levels of files`);
  if (walk.result.paths.length >= MAX_FILES) return refuse(`more than ${MAX_FILES} files`);
  const wanted = resolve(dirname(place.chain.at(-1) ?? ''), spec);
  if (!isBelow(walk.root, wanted)) return refuse('lies outside of the directory of the configuration');
  const file = realPath(wanted);
  if (file === undefined) return refuse('the file does not exist');
  if (!isBelow(walk.root, file)) return refuse('a link leads outside of the directory of the configuration');
  const ownDir = realPath(walk.ownDir) ?? resolve(walk.ownDir);
  if (isBelow(ownDir, file)) return refuse('the file belongs to the gateway itself');
  if (place.chain.includes(file)) return refuse('the file includes itself, directly or through others');
  return parseFile(file, walk.maxBytes);
}

async function parseFile(file: string, maxBytes: number): Promise<Found> {
  const read = await readTextCapped(file, maxBytes);
  if (read.status !== 'ok')
    return refuse(read.status === 'missing' ? 'the file does not exist' : `the file ${read.reason}`);
  const parsed = parseConfigText(read.text);
  return parsed.ok ? { ok: true, file, value: parsed.value } : refuse(parsed.message);
}

const below = (place: Place, key: string | number): Place => ({ ...place, path: [...place.path, key] });

function isBelow(dir: string, file: string): boolean {
  const path = relative(dir, file);
  return path !== '' && path !== '..' && !/^\.\.[\\/]/.test(path) && !isAbsolute(path);
}

function problem(walk: Walk, place: Place, message: string): void {
  walk.result.issues.push({ path: formatConfigPath(place.path), message });
}

function forgetOverridden(value: unknown, path: ConfigPath, origins: Map<string, string>): void {
  if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) forgetOverridden(item, [...path, key], origins);
  } else if (!Array.isArray(value)) origins.delete(formatConfigPath(path));
}

/** Objects key by key, arrays appended, else `over` wins. */
function mergeDeep(base: unknown, over: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over];
  if (!isObject(base) || !isObject(over)) return over;
  const merged: ConfigObject = { ...base };
  for (const [key, item] of Object.entries(over)) {
    merged[key] = Object.hasOwn(merged, key) ? mergeDeep(merged[key], item) : item;
  }
  return merged;
}
