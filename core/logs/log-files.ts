import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { localTimestamp } from './record.ts';

/** Where a log lives: one file a day in `dir`, or always the same `file` (setting `logging.file`). */
export interface LogPlace {
  dir: string;
  file?: string;
  /** Names the files of a profile: `openclaw-<profile>-YYYY-MM-DD.log`. */
  profile?: string;
}

export interface LogFile {
  path: string;
  size: number;
  modifiedMs: number;
}

const DAILY = /^openclaw-(?:[A-Za-z0-9][\w.-]*-)?\d{4}-\d{2}-\d{2}\.log(?:\.\d+)?$/;

/** The file that is written at `time` (epoch ms). */
export function currentLogPath(place: LogPlace, time: number): string {
  if (place.file !== undefined) return place.file;
  const profile = place.profile ? `${place.profile}-` : '';
  return join(place.dir, `openclaw-${profile}${localTimestamp(time).slice(0, 10)}.log`);
}

/** Other files may be read by programs that act on what stands in them, and may hold what is nobody's business. */
export const isLogName = (path: string): boolean => /\.(log|jsonl)$/i.test(path);

/**
 * Opens a log file, or one that was rotated, to be read. Undefined for what is missing, a link, no file, not ours to
 * read, or not named as a log.
 */
export async function openLogFile(path: string): Promise<FileHandle | undefined> {
  if (!isLogName(path.replace(/\.\d+$/, ''))) return undefined;
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Daily files of the same profile differ in day and rotation only. */
export const isSameProfile = (name: string, other: string): boolean => undated(name) === undated(other);
const undated = (name: string): string => name.replace(/\d{4}-\d{2}-\d{2}\.log(\.\d+)?$/, '');

const isRotationOf = (name: string, base: string): boolean =>
  name === base || (name.startsWith(`${base}.`) && /^\d+$/.test(name.slice(base.length + 1)));

/** All files that count towards the total cap, oldest first: every daily file of the directory, or one file and its rotations. */
export async function listLogFiles(place: LogPlace): Promise<LogFile[]> {
  const fixed = place.file;
  const dir = fixed === undefined ? place.dir : dirname(fixed);
  const belongs = (name: string): boolean =>
    fixed === undefined ? DAILY.test(name) : isRotationOf(name, basename(fixed));
  const names = (await readdir(dir)).filter(belongs);
  const files = await Promise.all(names.map((name) => describe(join(dir, name))));
  return files
    .filter((file) => file !== undefined)
    .sort((one, other) => one.modifiedMs - other.modifiedMs || rotation(other.path) - rotation(one.path));
}

/** Rotations grow with age: `.2` is older than `.1`, and the file without a number is the newest. */
export const rotation = (path: string): number => Number(/\.log\.(\d+)$/.exec(path)?.[1] ?? 0);

async function describe(path: string): Promise<LogFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, size: found.size, modifiedMs: found.mtimeMs } : undefined;
}
