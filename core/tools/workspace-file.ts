import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ToolRefusal } from './tool.ts';
import { checkRegular, fileRefusal, isWithin, openFileAt, type Place } from './workspace-path.ts';

/** Identity of a file and of what was in it, to notice that somebody else wrote meanwhile. */
export interface FileMark {
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
}

const markOf = (stats: { ino: bigint; size: bigint; mtimeNs: bigint }): FileMark => ({
  ino: stats.ino,
  size: stats.size,
  mtimeNs: stats.mtimeNs,
});

const sameMark = (a: FileMark, b: FileMark): boolean =>
  a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** The whole file, refused when it is larger than `maxBytes`. */
export async function readWhole(place: Place, maxBytes: number): Promise<{ bytes: Buffer; mark: FileMark }> {
  const handle = await openFileAt(place);
  try {
    const stats = await handle.stat({ bigint: true });
    const buffer = Buffer.alloc(Math.min(Number(stats.size), maxBytes) + 1);
    const length = await fill(handle, buffer);
    if (length > maxBytes) {
      throw new ToolRefusal(`${JSON.stringify(place.shown)} is larger than ${maxBytes} bytes.`);
    }
    return { bytes: buffer.subarray(0, length), mark: markOf(stats) };
  } finally {
    await handle.close();
  }
}

async function fill(handle: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/**
 * Replaces or creates the file at once: readers see the old or the new content. With `expected`, gives up
 * when the file is not the one that was read. Returns whether the file is new.
 */
export async function replaceFile(place: Place, content: Uint8Array, expected?: FileMark): Promise<boolean> {
  const existed = await checkRegular(place, expected === undefined);
  const mode = existed ? (await lstat(place.path)).mode & 0o777 : 0o644;
  const temporary = join(dirname(place.path), `.${randomBytes(9).toString('hex')}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(temporary, flags, mode).catch((error) => fileRefusal(error, place.shown));
  try {
    try {
      await checkStillInside(handle, temporary, place);
      await handle.writeFile(content);
      if (existed && process.platform !== 'win32') await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await checkUnchanged(place, expected);
    await rename(temporary, place.path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    fileRefusal(error, place.shown);
  }
  return !existed;
}

/** Not needed where the path goes through an open directory; elsewhere before the first byte is written. */
async function checkStillInside(handle: FileHandle, path: string, place: Place): Promise<void> {
  if (path.startsWith('/proc/self/fd/')) return;
  const dir = await realpath(dirname(path));
  const [mine, there] = await Promise.all([
    handle.stat({ bigint: true }),
    stat(join(dir, basename(path)), { bigint: true }),
  ]);
  if (!isWithin(place.workspace.root, dir) || mine.ino !== there.ino || mine.dev !== there.dev) {
    throw new ToolRefusal(`${JSON.stringify(place.shown)} moved while it was written; nothing was changed.`);
  }
}

async function checkUnchanged(place: Place, expected: FileMark | undefined): Promise<void> {
  if (expected === undefined) return;
  const now = markOf(await lstat(place.path, { bigint: true }));
  if (!sameMark(now, expected)) {
    throw new ToolRefusal(`${JSON.stringify(place.shown)} changed while it was edited. Read it again first.`);
  }
}

/** UTF-8 text, or undefined for anything else (a NUL byte makes a file binary). */
export function asUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
