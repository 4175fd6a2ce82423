import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';
import type { DeviceRecord, PendingDevice } from './paired-device.ts';
import { setAside } from './set-aside.ts';

const VERSION = 1;

export interface DeviceStore {
  paired: DeviceRecord[];
  pending: PendingDevice[];
  /** Both resolve when the content is on disk, and throw STORE_UNUSABLE when it is not. */
  writePaired(records: Iterable<DeviceRecord>): Promise<void>;
  writePending(entries: Iterable<PendingDevice>): Promise<void>;
}

/**
 * Reads `paired.json` and `pending.json` of `dir`. A file with damaged content is set aside and logged, and
 * the store starts without it; one that cannot be read at all, or of a later version, is STORE_UNUSABLE.
 */
export async function openDeviceStore(dir: string, now: number, log: Logger): Promise<DeviceStore> {
  const pairedFile = join(dir, 'paired.json');
  const pendingFile = join(dir, 'pending.json');
  return {
    paired: await readEntries(pairedFile, 'devices', isDeviceRecord, { now, log }),
    pending: await readEntries(pendingFile, 'requests', isPendingDevice, { now, log }),
    writePaired: (records) => writeEntries(pairedFile, 'devices', records),
    writePending: (entries) => writeEntries(pendingFile, 'requests', entries),
  };
}

async function readEntries<T>(
  path: string,
  key: string,
  fits: (value: unknown) => value is T,
  { now, log }: { now: number; log: Logger },
): Promise<T[]> {
  const content = await readJsonFile(path);
  if (content.status === 'missing') return [];
  if (content.status === 'damaged') await requireReadable(path);
  const entries = content.status === 'ok' ? entriesOf(path, content.value, key) : undefined;
  if (entries?.every(fits)) return entries;
  const kept = await setAside(path, now);
  log.error(`${path} is damaged and was set aside; its devices have to be paired again`, { kept });
  return [];
}

function entriesOf(path: string, value: unknown, key: string): unknown[] | undefined {
  const file = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof file.version === 'number' && file.version > VERSION) {
    throw new RpcError(
      'STORE_UNUSABLE',
      `${path} was written by a later version of this program. Update this one, or move the file away and pair the devices again.`,
    );
  }
  const entries = file[key];
  return file.version === VERSION && Array.isArray(entries) ? entries : undefined;
}

/** Damaged content is one thing; a file that is only out of reach must not be moved away. */
async function requireReadable(path: string): Promise<void> {
  try {
    await readFile(path);
  } catch (error) {
    throw unusable(path, 'read', error);
  }
}

async function writeEntries(path: string, key: string, entries: Iterable<unknown>): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify({ version: VERSION, [key]: [...entries] }, null, 1)}\n`);
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

const unusable = (path: string, what: 'read' | 'written', cause: unknown): RpcError =>
  new RpcError(
    'STORE_UNUSABLE',
    `${path} cannot be ${what}. Check the owner, the permissions and the free space of its directory.`,
    undefined,
    { cause },
  );

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const moment: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === 'boolean';
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const fieldsOf =
  (fields: Record<string, Check>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));

const grant = fieldsOf({
  role: text,
  approvedScopes: listOf(text),
  declinedScopes: maybe(listOf(text)),
  tokenScopes: listOf(text),
  generation: text,
  createdAtMs: moment,
  rotatedAtMs: maybe(moment),
  revokedAtMs: maybe(moment),
});

const described = {
  deviceId: text,
  publicKey: text,
  displayName: maybe(text),
  platform: maybe(text),
  deviceFamily: maybe(text),
  clientId: text,
  clientMode: text,
  role: text,
};

const deviceRecord = fieldsOf({
  ...described,
  approvedVia: (value) => value === 'owner' || value === 'silent',
  createdAtMs: moment,
  approvedAtMs: moment,
  lastSeenAtMs: maybe(moment),
  grants: listOf(grant),
});

const pendingDevice = fieldsOf({
  ...described,
  requestId: text,
  roles: listOf(text),
  scopes: listOf(text),
  remoteIp: maybe(text),
  browserOrigin: maybe(text),
  silent: flag,
  isRepair: flag,
  ts: moment,
});

const isDeviceRecord = (value: unknown): value is DeviceRecord => deviceRecord(value);
const isPendingDevice = (value: unknown): value is PendingDevice => pendingDevice(value);
