import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ToolRefusal } from './tool.ts';

/** The directory of an agent, with everything links in its own path hide taken out. */
export interface Workspace {
  root: string;
  /** As configured, for paths that a model repeats from what it was told. */
  given: string;
  /** Directories whose content no tool may touch, such as the state of the gateway. */
  closed: readonly string[];
}

/**
 * A name in a directory that has been opened and checked. On Linux `path` goes through the open
 * directory, so nobody can exchange a directory above it for a link in the meantime.
 */
export interface Place {
  path: string;
  /** Real directory and name, for comparing afterwards where `path` is an ordinary one. */
  real: string;
  /** Relative to the workspace, with forward slashes: what the model is told. */
  shown: string;
  workspace: Workspace;
}

const MAX_PATH_CHARS = 4096;
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/i;

/** Creates the workspace when it is missing, for its owner only. */
export async function openWorkspace(dir: string, closed: readonly string[]): Promise<Workspace> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const root = await realpath(dir);
  const real = await Promise.all(closed.map((path) => realpath(path).catch(() => resolve(path))));
  // The state directory often holds the workspaces: what lies in this one is the agent's own.
  return { root, given: resolve(dir), closed: real.filter((path) => !isWithin(path, root)) };
}

/** True for `dir` itself and for what lies below it. */
export function isWithin(dir: string, path: string): boolean {
  const way = relative(dir, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Where `given` lies as text; refused when it leads out of the workspace or could name a device. */
export function lexicalPath(workspace: Workspace, given: string): string {
  if (given.length > MAX_PATH_CHARS || given.includes('\0')) {
    throw new ToolRefusal('This path cannot be used: it is too long or holds a NUL character.');
  }
  const inRoot = isAbsolute(given) && isWithin(workspace.given, given);
  const path = inRoot
    ? join(workspace.root, relative(workspace.given, given))
    : resolve(workspace.root, given);
  checkInside(workspace, path, given);
  if (process.platform === 'win32') checkWindowsName(relative(workspace.root, path));
  return path;
}

function checkWindowsName(way: string): void {
  for (const part of way.split(/[\\/]/)) {
    if (WINDOWS_DEVICE.test(part) || part.includes(':') || /[. ]$/.test(part)) {
      throw new ToolRefusal(`${JSON.stringify(part)} is not a usable file name on Windows.`);
    }
  }
}

function checkInside(workspace: Workspace, path: string, given: string): void {
  if (!isWithin(workspace.root, path)) {
    throw new ToolRefusal(
      `${JSON.stringify(given.slice(0, 200))} is outside the workspace. Use a path inside it, such as notes/today.md.`,
    );
  }
  if (workspace.closed.some((dir) => isWithin(dir, path))) {
    throw new ToolRefusal(
      `${JSON.stringify(given.slice(0, 200))} belongs to the gateway itself and is closed to tools.`,
    );
  }
}

/** The real path of something that exists, links followed as long as they stay inside. */
export async function existingPath(workspace: Workspace, given: string): Promise<string> {
  const real = await realpath(lexicalPath(workspace, given)).catch((error) => fileRefusal(error, given));
  checkInside(workspace, real, given);
  return real;
}

/**
 * Runs `use` at the place a path names. With `create` the file may be missing, and so may directories
 * above it. Links are followed as long as they lead to something inside.
 */
export async function atPlace<T>(
  workspace: Workspace,
  given: string,
  create: boolean,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const path = lexicalPath(workspace, given);
  if (path === workspace.root) throw new ToolRefusal('This path is the workspace itself, not a file in it.');
  const real = create ? await intendedPath(workspace, path, given) : await existingPath(workspace, given);
  const dir = await openDirectory(workspace, dirname(real), given);
  try {
    const shown = relative(workspace.root, real).split(sep).join('/');
    return await use({ path: join(dir.path, basename(real)), real, shown, workspace });
  } finally {
    await dir.close();
  }
}

/** The real path of a file to be written; directories that are missing are created on the way. */
async function intendedPath(workspace: Workspace, path: string, given: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined) {
    checkInside(workspace, found, given);
    return found;
  }
  const missing = [basename(path)];
  let at = dirname(path);
  let real = await realpath(at).catch(() => undefined);
  while (real === undefined && at !== workspace.root) {
    missing.unshift(basename(at));
    at = dirname(at);
    real = await realpath(at).catch(() => undefined);
  }
  checkInside(workspace, real ?? at, given);
  return createDirectories(workspace, real ?? at, missing, given);
}

async function createDirectories(
  workspace: Workspace,
  start: string,
  names: readonly string[],
  given: string,
): Promise<string> {
  let at = start;
  for (const name of names.slice(0, -1)) {
    const dir = await openDirectory(workspace, at, given);
    try {
      await mkdir(join(dir.path, name)).catch((error) => {
        if (error.code !== 'EEXIST') fileRefusal(error, given);
      });
    } finally {
      await dir.close();
    }
    at = join(at, name);
  }
  return join(at, names.at(-1) ?? '');
}

interface OpenDirectory {
  path: string;
  close(): Promise<void>;
}

/** Opens a directory without following a link and makes sure that the one now open lies inside. */
export async function openDirectory(
  workspace: Workspace,
  dir: string,
  given: string,
): Promise<OpenDirectory> {
  if (process.platform === 'win32') {
    const real = await realpath(dir).catch((error) => fileRefusal(error, given));
    checkInside(workspace, real, given);
    return { path: real, close: async () => {} };
  }
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | NO_FOLLOW;
  const handle = await open(dir, flags).catch((error) => fileRefusal(error, given));
  try {
    const anchor = `/proc/self/fd/${handle.fd}`;
    const linked = process.platform === 'linux' ? await readlink(anchor).catch(() => undefined) : undefined;
    const real = linked ?? (await realOfHandle(handle, dir, given));
    checkInside(workspace, real, given);
    return { path: linked === undefined ? real : anchor, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The real path under which the open file can be found right now; refused when it is another one. */
async function realOfHandle(handle: FileHandle, path: string, given: string): Promise<string> {
  const real = await realpath(path).catch((error) => fileRefusal(error, given));
  const [open, there] = await Promise.all([handle.stat({ bigint: true }), stat(real, { bigint: true })]);
  if (open.dev !== there.dev || open.ino !== there.ino) throw movedRefusal(given);
  return real;
}

/** Opens a regular file at a place for reading and checks, by the open file, that it lies inside. */
export async function openFileAt(place: Place): Promise<FileHandle> {
  await checkRegular(place);
  const flags = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
  const handle = await open(place.path, flags).catch((error) => fileRefusal(error, place.shown));
  try {
    if (!(await handle.stat()).isFile()) throw notAFile(place.shown);
    if (!place.path.startsWith('/proc/self/fd/')) {
      checkInside(place.workspace, await realOfHandle(handle, place.path, place.shown), place.shown);
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Looked at before opening, because opening a device can do something already. False when missing. */
export async function checkRegular(place: Place, mayBeMissing = false): Promise<boolean> {
  const found = await lstat(place.path).catch((error) => {
    if (mayBeMissing && error.code === 'ENOENT') return undefined;
    return fileRefusal(error, place.shown);
  });
  if (found === undefined) return false;
  if (found.isSymbolicLink()) throw movedRefusal(place.shown);
  if (!found.isFile()) throw notAFile(place.shown);
  return true;
}

const notAFile = (shown: string): ToolRefusal =>
  new ToolRefusal(`${JSON.stringify(shown)} is not a regular file. Use ls to look at directories.`);

const movedRefusal = (shown: string): ToolRefusal =>
  new ToolRefusal(`${JSON.stringify(shown)} is a link that leads nowhere, or changed while it was opened.`);

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'has a file where a directory should be',
  EACCES: 'may not be accessed',
  EPERM: 'may not be accessed',
  ELOOP: 'is a link that leads nowhere or in circles',
  EISDIR: 'is a directory',
  ENOSPC: 'cannot be written: the disk is full',
  EROFS: 'is on a read-only file system',
  ENAMETOOLONG: 'has a name that is too long',
};

/** The error of the operating system as a sentence, without the paths of this machine. */
export function fileRefusal(error: unknown, given: string): never {
  if (error instanceof ToolRefusal) throw error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : `cannot be used (${code})`;
  throw new ToolRefusal(`${JSON.stringify(given.slice(0, 200))} ${reason}.`);
}
