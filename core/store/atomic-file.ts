import { randomBytes } from 'node:crypto';
import { chmod, type FileHandle, lstat, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RpcError } from '../protocol/errors.ts';

export interface WriteOptions {
  /** Permission bits of the new file; 0600 unless given. */
  mode?: number;
  /** Runs after the new content is on disk and right before it takes the place of the old one; throwing gives up. */
  beforeRename?: () => void | Promise<void>;
}

export type JsonFile =
  | { status: 'ok'; value: unknown }
  | { status: 'missing' }
  /** Unreadable or not JSON. `reason` names the error, never the content. */
  | { status: 'damaged'; reason: string };

/**
 * Replaces `path` so that a reader sees the old or the new content and a power cut loses neither:
 * temporary file beside it, fsync, rename, fsync of the directory. The directory has to exist.
 * Throws STORE_UNUSABLE when the system does not allow it.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const mode = options.mode ?? 0o600;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await options.beforeRename?.();
    await renameOver(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw storeFailure(path, 'written', error);
  }
  await syncDir(dirname(path));
}

/** Reads a JSON file without ever throwing: a store decides itself what a missing or damaged file means. */
export async function readJsonFile(path: string): Promise<JsonFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT'
      ? { status: 'missing' }
      : { status: 'damaged', reason: `cannot be read (${code})` };
  }
  try {
    return { status: 'ok', value: JSON.parse(text) };
  } catch {
    return { status: 'damaged', reason: 'is not valid JSON' };
  }
}

/**
 * Creates `dir` (and its parents) readable by its owner only, and tightens it when it is wider.
 * Throws STORE_UNUSABLE when it cannot be created or the path is a symbolic link or not a directory.
 */
export async function ensurePrivateDir(dir: string): Promise<void> {
  await createDir(dir);
  const stat = await lstat(dir);
  if (!stat.isDirectory()) {
    throw new RpcError('STORE_UNUSABLE', `${dir} is not a directory of its own. Move it away and try again.`);
  }
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) await chmod(dir, 0o700);
}

/** Creates `dir` and its parents, private ones, and leaves what is there as it is. Throws STORE_UNUSABLE. */
export async function createDir(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storeFailure(dir, 'created', await plainReason(dir, error));
  }
}

/** Made with its parents on a read-only disk, a directory is said to be missing; made alone it says why. */
async function plainReason(dir: string, error: unknown): Promise<unknown> {
  if (errorCode(error) !== 'ENOENT') return error;
  return mkdir(dir, { mode: 0o700 }).then(
    () => error,
    (plain) => plain,
  );
}

/** An error of the system as STORE_UNUSABLE with the next step; any other error as it is. */
export function storeFailure(path: string, done: 'created' | 'written', error: unknown): unknown {
  if (error instanceof RpcError || typeof (error as NodeJS.ErrnoException | null)?.code !== 'string')
    return error;
  const code = errorCode(error);
  const whose = done === 'written' ? 'it and of the directories above it' : 'the directories above it';
  const step = DISK_STEPS[code] ?? `Check the owner and mode of ${whose}.`;
  return new RpcError('STORE_UNUSABLE', `${path} cannot be ${done} (${code}). ${step}`, undefined, {
    cause: error,
  });
}

const DISK_STEPS: Partial<Record<string, string>> = {
  ENOSPC: 'Make room on its disk.',
  EDQUOT: 'Make room on its disk.',
  EROFS: 'Its disk is mounted read-only: make it writable, or name another state directory.',
};

const RENAME_RETRIES_MS = [10, 50, 200];

/** Windows refuses to replace a file that a virus scanner or editor holds open for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (const waitMs of process.platform === 'win32' ? RENAME_RETRIES_MS : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  await rename(from, to);
}

/** Makes the new directory entry durable. Windows and some network file systems cannot do this. */
async function syncDir(dir: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(dir, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'].includes(errorCode(error))) throw error;
  } finally {
    await handle?.close();
  }
}

const errorCode = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
};
