import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateDir } from '../store/atomic-file.ts';
import { currentLogPath, isLogName, type LogPlace, listLogFiles } from './log-files.ts';

export interface RollingLimits {
  maxFileBytes: number;
  maxTotalBytes: number;
}

/** `writtenBytes` of the block are in the file, also when `error` tells why the rest is not. */
export interface AppendResult {
  writtenBytes: number;
  error?: unknown;
}

interface OpenFile {
  handle: FileHandle;
  path: string;
  size: number;
  inode: number;
  /** A device such as /dev/stderr is neither rotated nor counted. */
  regular: boolean;
}

const MAX_ROTATIONS = 50;
const NEWLINE = Buffer.from('\n');
/** The log directory may be shared, so a link planted under our name is not followed; a path the user set is. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** The log file on disk: opens, rotates and caps. One caller at a time; blocks are whole lines. */
export class RollingFile {
  readonly #place: LogPlace;
  readonly #now: () => number;
  readonly #maxTotalBytes: number;
  /** A block must not be larger than this. */
  readonly fileLimit: number;
  #open: OpenFile | undefined;
  #midLine = false;

  constructor(place: LogPlace, limits: RollingLimits, now: () => number) {
    this.#place = place;
    this.#now = now;
    this.#maxTotalBytes = limits.maxTotalBytes;
    // Half of the total at most, or every rotation would throw the whole history away.
    this.fileLimit = Math.max(1, Math.min(limits.maxFileBytes, Math.floor(limits.maxTotalBytes / 2)));
  }

  path(): string {
    return currentLogPath(this.#place, this.#now());
  }

  /** Never throws. */
  async append(block: Buffer): Promise<AppendResult> {
    try {
      let file = await this.#current();
      if (file.regular && file.size > 0 && file.size + block.length + 1 > this.fileLimit) {
        file = await this.#rotate(file);
      }
      if (file.regular) await this.#makeRoom(file, block.length + 1);
      return await this.#write(file, block);
    } catch (error) {
      return { writtenBytes: 0, error };
    }
  }

  async close(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    await file?.handle.close().catch(() => {});
  }

  /** The open file, or a new one after a change of day or when somebody moved ours away. */
  async #current(): Promise<OpenFile> {
    const path = this.path();
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile() && !found.isCharacterDevice()) throw new Error(`${path} is not a file`);
    if (!isLogName(path) && !found?.isCharacterDevice())
      throw new Error(`${path} does not end in .log or .jsonl`);
    if (this.#open?.path === path && found?.ino === this.#open.inode) return this.#open;
    await this.close();
    return this.#openAt(path);
  }

  async #openAt(path: string): Promise<OpenFile> {
    const fixed = this.#place.file !== undefined;
    if (fixed) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    else await ensurePrivateDir(this.#place.dir);
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (fixed ? 0 : NO_FOLLOW);
    const handle = await open(path, flags, 0o600);
    try {
      const found = await handle.stat();
      if (found.isFile() && process.platform !== 'win32' && !fixed) await handle.chmod(0o600);
      this.#midLine = found.isFile() && (await endsMidLine(handle, found.size));
      this.#open = { handle, path, size: found.size, inode: found.ino, regular: found.isFile() };
      return this.#open;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(file: OpenFile): Promise<OpenFile> {
    await this.close();
    const taken = new Set((await listLogFiles(this.#place)).map((entry) => entry.path));
    let last = 1;
    while (last < MAX_ROTATIONS && taken.has(`${file.path}.${last}`)) last += 1;
    for (let number = last; number > 1; number -= 1) {
      await rename(`${file.path}.${number - 1}`, `${file.path}.${number}`);
    }
    await rename(file.path, `${file.path}.1`);
    return this.#openAt(file.path);
  }

  /** Reads the directory every time, so that files of another process count as well. */
  async #makeRoom(current: OpenFile, bytes: number): Promise<void> {
    const others = (await listLogFiles(this.#place)).filter((file) => file.path !== current.path);
    let total = others.reduce((sum, file) => sum + file.size, current.size + bytes);
    for (const oldest of others) {
      if (total <= this.#maxTotalBytes) return;
      await rm(oldest.path, { force: true });
      total -= oldest.size;
    }
  }

  async #write(file: OpenFile, block: Buffer): Promise<AppendResult> {
    let writtenBytes = 0;
    try {
      if (this.#midLine) {
        file.size += (await file.handle.write(NEWLINE)).bytesWritten;
        this.#midLine = false;
      }
      while (writtenBytes < block.length) {
        const { bytesWritten } = await file.handle.write(block, writtenBytes);
        writtenBytes += bytesWritten;
        file.size += bytesWritten;
      }
      return { writtenBytes };
    } catch (error) {
      this.#midLine = writtenBytes > 0 && block[writtenBytes - 1] !== NEWLINE[0];
      return { writtenBytes, error };
    }
  }
}

/** A crash or a full disk can leave half a line, which must not swallow the next one. */
async function endsMidLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE[0];
}
