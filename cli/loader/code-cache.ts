import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { crc32 } from 'node:zlib';

/** What V8 made of a text in an earlier run. */
export interface CodeCache {
  /** Undefined when there is none for exactly this text, or it is not to be trusted. Never throws. */
  read(name: string, source: Buffer): Buffer | undefined;
  /** Keeps it for the next run where that is possible. Never throws. */
  write(name: string, source: Buffer, data: Buffer): void;
}

export interface CachePlace {
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Undefined on Windows, where the permissions of the user's own folders do. */
  uid: number | undefined;
  /** Code of one runtime is of no use to another: its version, its processor, and what it was started with. */
  runtime: string;
}

/** All that a few versions and runtimes leave; the rest, written longest ago, goes. */
const MOST_FILES = 96;
const HEADER_BYTES = 4;

/**
 * Code in a folder of its own in the user's cache folder. Code that runs is as good as a program: it is taken only from
 * a folder and a file that belong to this user, that no other can write to, and that are no links. V8 itself looks at
 * neither the text nor the code, so the name of a file holds the checksum of the text, and its first bytes that
 * of the code.
 */
export function openCodeCache(place: CachePlace): CodeCache {
  const base = place.env.NODE_DISABLE_COMPILE_CACHE ? undefined : userCache(place);
  if (base === undefined) return { read: () => undefined, write: () => {} };
  const dir = join(base.dir, 'openclaw-tray');
  const salt = crc32(place.runtime);
  const fileOf = (name: string, source: Buffer): string =>
    join(dir, `${name}-${crc32(source, salt).toString(16).padStart(8, '0')}.bin`);
  const isOwn = ({ uid, mode }: Stats, others: number): boolean =>
    place.uid === undefined || (uid === place.uid && (mode & others) === 0);
  const isUsable = once(() => attempt(() => isOwnDirectory(lstatSync(dir))) ?? false);

  function isOwnDirectory(stats: Stats): boolean {
    return stats.isDirectory() && isOwn(stats, 0o077);
  }

  function read(name: string, source: Buffer): Buffer | undefined {
    if (!isUsable()) return undefined;
    return attempt(() => {
      const file = openSync(fileOf(name, source), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      try {
        const stats = fstatSync(file);
        return stats.isFile() && isOwn(stats, 0o022) ? intact(readFileSync(file)) : undefined;
      } finally {
        closeSync(file);
      }
    });
  }

  function write(name: string, source: Buffer, data: Buffer): void {
    attempt(() => {
      // Under sudo, nothing of root is left in somebody else's home.
      if (!isOwn(statSync(base?.owner ?? ''), 0)) return;
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      if (!isOwnDirectory(lstatSync(dir))) return;
      replaceFile(fileOf(name, source), withChecksum(data));
      prune(dir);
    });
  }

  return { read, write };
}

/** `owner` is there already when the cache folder is not, and tells whose it would be. */
function userCache({ env, platform }: CachePlace): { dir: string; owner: string } | undefined {
  const { HOME = '', LOCALAPPDATA = '', XDG_CACHE_HOME = '' } = env;
  if (platform === 'win32') return isAbsolute(LOCALAPPDATA) ? alone(LOCALAPPDATA) : undefined;
  if (isAbsolute(XDG_CACHE_HOME)) return alone(XDG_CACHE_HOME);
  if (!isAbsolute(HOME)) return undefined;
  return { dir: join(HOME, ...(platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'])), owner: HOME };
}

const alone = (dir: string) => ({ dir, owner: dir });

function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}

function once<T>(task: () => T): () => T {
  let answer: { value: T } | undefined;
  return () => {
    answer ??= { value: task() };
    return answer.value;
  };
}

function withChecksum(data: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(crc32(data));
  return Buffer.concat([header, data]);
}

function intact(bytes: Buffer): Buffer | undefined {
  const data = bytes.subarray(HEADER_BYTES);
  return bytes.length > HEADER_BYTES && bytes.readUInt32LE() === crc32(data) ? data : undefined;
}

/** Whoever reads meanwhile finds all of it or none. */
function replaceFile(file: string, bytes: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function prune(dir: string): void {
  const names = readdirSync(dir);
  if (names.length <= MOST_FILES) return;
  const files = names.map((name) => ({ path: join(dir, name), ms: statSync(join(dir, name)).mtimeMs }));
  for (const { path } of files.sort((one, other) => other.ms - one.ms).slice(MOST_FILES / 2))
    rmSync(path, { force: true });
}
