import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withOpenFile } from '../lib/short-file.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';
import { isAlive, ownIdentity, type ProcessIdentity, stillRuns } from './process-identity.ts';

/** Content of `<trayDir>/run/owner.json`: who can read it is the user whose gateway this is. */
export interface OwnerRecord extends ProcessIdentity {
  version: 1;
  port: number;
  bootId: string;
  /** Accepted by this boot of the gateway from direct loopback connections. A secret. */
  token: string;
}

export interface OwnerFile {
  readonly token: string;
  /** Removes the file if it is still the one of this boot. */
  remove(): Promise<void>;
}

const ownerPath = (trayDir: string): string => join(trayDir, 'run', 'owner.json');

/** Writes the owner file of this boot with a fresh random token; it replaces one of an earlier boot. */
export async function writeOwnerFile(options: {
  trayDir: string;
  port: number;
  bootId: string;
}): Promise<OwnerFile> {
  const { trayDir, port, bootId } = options;
  await ensurePrivateDir(trayDir);
  await ensurePrivateDir(join(trayDir, 'run'));
  const token = randomBytes(32).toString('base64url');
  const record: OwnerRecord = { version: 1, ...(await ownIdentity()), port, bootId, token };
  await writeFileAtomic(ownerPath(trayDir), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return {
    token,
    async remove() {
      const found = await readJsonFile(ownerPath(trayDir));
      const current = found.status === 'ok' ? (found.value as Partial<OwnerRecord> | null) : null;
      if (current?.bootId === bootId) await rm(ownerPath(trayDir), { force: true });
    },
  };
}

/**
 * The owner file of a gateway that runs now; undefined when there is none, when others could have
 * read or written it, or when its process is gone.
 */
export async function readOwnerFile(trayDir: string): Promise<OwnerRecord | undefined> {
  const text = readPrivate(ownerPath(trayDir));
  const record = text === undefined ? undefined : parseOwnerRecord(text);
  return record && (await isCurrent(record)) ? record : undefined;
}

/** On Windows the pid has to do: finding out a start time there costs more than the whole command. */
const isCurrent = async (record: OwnerRecord): Promise<boolean> =>
  process.platform === 'win32' ? isAlive(record.pid) : stillRuns(record);

function readPrivate(path: string): string | undefined {
  try {
    const readOwn = (found: Stats, text: () => string) =>
      found.isFile() && isPrivate(found) ? text() : undefined;
    return withOpenFile(path, readOwn, constants.O_NOFOLLOW ?? 0);
  } catch {
    return undefined;
  }
}

const isPrivate = (found: { mode: number; uid: number }): boolean =>
  process.getuid === undefined || ((found.mode & 0o077) === 0 && found.uid === process.getuid());

function parseOwnerRecord(text: string): OwnerRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<OwnerRecord> | null;
    return value !== null && isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: Partial<OwnerRecord>): value is OwnerRecord =>
  value.version === 1 &&
  Number.isSafeInteger(value.pid) &&
  Number.isSafeInteger(value.port) &&
  (value.startTime === null || typeof value.startTime === 'string') &&
  typeof value.bootId === 'string' &&
  typeof value.token === 'string' &&
  value.token !== '';
