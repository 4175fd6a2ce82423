import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { secretEqual } from '../lib/secret-equal.ts';
import type { Endpoint } from './endpoint.ts';

/** A token is valid for one device in one role at the one gateway that issued it. */
export interface DeviceTokenKey {
  endpoint: Pick<Endpoint, 'url'>;
  deviceId: string;
  role: string;
}

export interface StoredDeviceToken {
  token: string;
  /** What it was issued for. */
  scopes: string[];
  /** Epoch milliseconds, when the gateway said. */
  issuedAtMs?: number | undefined;
}

export interface DeviceTokenStore {
  get(key: DeviceTokenKey): Promise<StoredDeviceToken | undefined>;
  /** Writes only when the token is another one than before. */
  put(key: DeviceTokenKey, token: StoredDeviceToken): Promise<void>;
  /** Forgets `token`, unless another one has taken its place. */
  drop(key: DeviceTokenKey, token: string): Promise<void>;
}

interface Entry extends StoredDeviceToken {
  endpoint: string;
  deviceId: string;
  role: string;
}

const FILE_VERSION = 1;

const matches = (entry: Entry, key: DeviceTokenKey): boolean =>
  entry.endpoint === key.endpoint.url && entry.deviceId === key.deviceId && entry.role === key.role;

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof Entry, unknown>>;
  const texts = [entry.endpoint, entry.deviceId, entry.role, entry.token];
  return texts.every((text) => typeof text === 'string' && text !== '') && Array.isArray(entry.scopes);
}

/** A file that is missing or damaged holds no tokens: the gateway issues new ones at the next connect. */
async function readEntries(file: string): Promise<Entry[]> {
  try {
    const parsed: { tokens?: unknown } | null = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(parsed?.tokens) ? parsed.tokens.filter(isEntry) : [];
  } catch {
    return [];
  }
}

/** Replaced as a whole, so that a reader never meets half a file; 0600 from its first byte. */
async function writeEntries(file: string, tokens: Entry[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ version: FILE_VERSION, tokens }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Device tokens in one JSON file. The file is read anew for every question, because other processes of the
 * same user write it too.
 */
export function openDeviceTokenStore(file: string): DeviceTokenStore {
  let lastWrite: Promise<void> = Promise.resolve();

  const change = (edit: (entries: Entry[]) => Entry[] | undefined): Promise<void> => {
    const write = lastWrite.then(async () => {
      const changed = edit(await readEntries(file));
      if (changed) await writeEntries(file, changed);
    });
    lastWrite = write.catch(() => {});
    return write;
  };

  return {
    async get(key) {
      const entry = (await readEntries(file)).find((candidate) => matches(candidate, key));
      return entry && { token: entry.token, scopes: entry.scopes, issuedAtMs: entry.issuedAtMs };
    },
    put: (key, { token, scopes, issuedAtMs }) =>
      change((entries) => {
        const before = entries.find((entry) => matches(entry, key));
        if (secretEqual(before?.token, token) && before?.scopes.join() === scopes.join()) return undefined;
        const { deviceId, role } = key;
        const entry: Entry = { endpoint: key.endpoint.url, deviceId, role, token, scopes, issuedAtMs };
        return [...entries.filter((other) => other !== before), entry];
      }),
    drop: (key, token) =>
      change((entries) => {
        const kept = entries.filter((entry) => !(matches(entry, key) && secretEqual(entry.token, token)));
        return kept.length === entries.length ? undefined : kept;
      }),
  };
}
