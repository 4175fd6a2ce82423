import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BoundFile } from '../approvals/approval-request.ts';
import { ToolRefusal } from './tool.ts';
import { isWithin, type Workspace } from './workspace-path.ts';

/** The parts of a command in which files can be named. */
export interface Naming {
  program: string;
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

const MAX_BOUND_FILES = 200;
const MAX_NAME_CHARS = 4096;
const MAX_LOOK_UPS = 50_000;
const MAX_HASHED_BYTES = 512 * 1024 * 1024;
const DIRECTORY = 'directory';

/**
 * What a command names in the workspace, with the content of each file: what the agent could have written itself,
 * it could also change after somebody has looked at it. A directory counts without what is in it.
 */
export async function boundFiles(workspace: Workspace, naming: Naming): Promise<BoundFile[]> {
  const names = new Set([naming.program, ...naming.argv.flatMap((arg) => possibleNames(arg, naming))]);
  const found = await boundBelow(workspace, [naming.cwd], names);
  // A line can go into a directory first: `cd sub && sh run.sh`.
  const dirs = [...found.values()].filter(({ sha256 }) => sha256 === DIRECTORY).map(({ path }) => path);
  for (const [path, file] of await boundBelow(workspace, dirs, names)) found.set(path, file);
  if (found.size > MAX_BOUND_FILES) {
    throw new ToolRefusal('The command names too many files to look at; put it into a script and run that.');
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** No shell is imitated: whatever could be read as a name counts as one. */
function possibleNames(arg: string, { cwd, env }: Naming): string[] {
  const value = (name: string): string =>
    name === 'PWD' ? cwd : (Object.hasOwn(env, name) && env[name]) || '';
  const expanded = arg.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (_, name) => value(name));
  const words = expanded.match(/(?:\\.|"[^"]*"|'[^']*'|[^\s;&|()<>"'\\])+/gs) ?? [];
  const unquoted = words.map((word) => word.replace(/["']/g, '').replace(/\\(.)/gs, '$1'));
  const pieces = expanded.split(/[\s;&|()<>"'`$\\]+/);
  const home = (name: string): string => (name.startsWith('~/') ? value('HOME') + name.slice(1) : name);
  // An option can carry a file as its value: --config=build.json
  return [arg, ...unquoted, ...pieces]
    .flatMap((name) => [home(name), home(name.slice(name.indexOf('=') + 1))])
    .filter((name) => name !== '' && name.length <= MAX_NAME_CHARS);
}

async function boundBelow(
  workspace: Workspace,
  bases: readonly string[],
  names: ReadonlySet<string>,
): Promise<Map<string, BoundFile>> {
  if (bases.length * names.size > MAX_LOOK_UPS) {
    throw new ToolRefusal('The command has too many words to look at; put it into a script and run that.');
  }
  const found = new Map<string, BoundFile>();
  for (const given of bases.flatMap((base) => [...names].map((name) => resolve(base, name)))) {
    const path = found.size > MAX_BOUND_FILES ? undefined : await pathInWorkspace(workspace, given);
    const sha256 = path === undefined || found.has(path) ? undefined : await contentMark(path);
    if (path !== undefined && sha256 !== undefined) found.set(path, { path, sha256 });
  }
  return found;
}

async function pathInWorkspace(workspace: Workspace, given: string): Promise<string | undefined> {
  const path = await realpath(given).catch(() => undefined);
  return path !== undefined && isWithin(workspace.root, path) ? path : undefined;
}

/** Undefined for what is neither a file nor a directory. */
async function contentMark(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true });
  if (found.isDirectory()) return DIRECTORY;
  if (!found.isFile()) return undefined;
  const { size, ino, mtimeNs } = found;
  if (size > MAX_HASHED_BYTES) return `unread:${ino}:${size}:${mtimeNs}`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export const sameFiles = (one: readonly BoundFile[], other: readonly BoundFile[]): boolean =>
  one.length === other.length &&
  one.every(({ path, sha256 }, at) => other[at]?.path === path && other[at]?.sha256 === sha256);
