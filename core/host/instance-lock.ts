import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { ownProgram } from '../lib/own-program.ts';
import { shortText } from '../lib/short-file.ts';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { withGuard } from './lock-guard.ts';
import { ownIdentity, type ProcessIdentity, stillRuns } from './process-identity.ts';

/** Content of `<trayDir>/run/gateway.lock`. */
export interface LockRecord extends ProcessIdentity {
  version: 1;
  port: number;
  bootId: string;
  programVersion: string;
  /** ISO time. */
  createdAt: string;
  stateDir: string;
  /** What was started, for people. */
  program: string;
}

export interface InstanceLockOptions {
  trayDir: string;
  port: number;
  /** Version of this program. */
  version: string;
  bootId: string;
  clock: Clock;
  /** The parent of `trayDir` unless given. */
  stateDir?: string;
  /** What was started, unless given. */
  program?: string;
}

export interface InstanceLock {
  readonly record: LockRecord;
  /** After an in-process restart: the new port or boot id. Does nothing once the lock is lost or released. */
  update(fields: Partial<Pick<LockRecord, 'port' | 'bootId' | 'programVersion'>>): Promise<void>;
  /** Removes the lock file if it is still ours. */
  release(): Promise<void>;
}

export type LockOutcome = ({ ok: true } & InstanceLock) | { ok: false; holder: LockRecord };

const lockPath = (trayDir: string): string => join(trayDir, 'run', 'gateway.lock');
const guardPath = (trayDir: string): string => join(trayDir, 'run', 'gateway.lock.guard');

/**
 * Makes this process the one gateway of the state directory, or tells which process is. A lock of a
 * dead or replaced process, and one that cannot be read, is taken over; of any number of starters
 * exactly one gets it.
 */
export async function acquireInstanceLock(options: InstanceLockOptions): Promise<LockOutcome> {
  const { trayDir, clock } = options;
  await ensurePrivateDir(trayDir);
  await ensurePrivateDir(join(trayDir, 'run'));
  const record = await newRecord(options);
  return withGuard(guardPath(trayDir), clock, async () => {
    const holder = await readInstanceLock(trayDir);
    if (holder) return { ok: false, holder };
    await rm(lockPath(trayDir), { recursive: true, force: true });
    await writeFile(lockPath(trayDir), recordText(record), { flag: 'wx', mode: 0o600 });
    return { ok: true, ...heldLock(record, trayDir, clock) };
  });
}

/** The record of the gateway that runs on this state directory now, or undefined. */
export async function readInstanceLock(trayDir: string): Promise<LockRecord | undefined> {
  const text = shortText(lockPath(trayDir));
  const record = text === undefined ? undefined : parseLockRecord(text);
  return record && (await stillRuns(record)) ? record : undefined;
}

/** Undefined for anything that this program has not written completely. */
export function parseLockRecord(text: string): LockRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockRecord> | null;
    return value !== null && isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: Partial<LockRecord>): value is LockRecord {
  const texts = [value.bootId, value.programVersion, value.createdAt, value.stateDir, value.program];
  return (
    value.version === 1 &&
    Number.isSafeInteger(value.pid) &&
    Number.isSafeInteger(value.port) &&
    (value.startTime === null || typeof value.startTime === 'string') &&
    texts.every((text) => typeof text === 'string')
  );
}

async function newRecord(options: InstanceLockOptions): Promise<LockRecord> {
  return {
    version: 1,
    ...(await ownIdentity()),
    port: options.port,
    bootId: options.bootId,
    programVersion: options.version,
    createdAt: new Date(options.clock.now()).toISOString(),
    stateDir: options.stateDir ?? dirname(options.trayDir),
    program: options.program ?? ownProgram(process),
  };
}

const recordText = (record: LockRecord): string => `${JSON.stringify(record, null, 2)}\n`;

function heldLock(first: LockRecord, trayDir: string, clock: Clock): InstanceLock {
  const path = lockPath(trayDir);
  let record = first;

  const whileOurs = async (task: () => Promise<void>): Promise<void> => {
    const ours = async (): Promise<boolean> => shortText(path) === recordText(record);
    // Without a file there is nothing of ours, and maybe no directory for the guard either.
    if (!(await ours())) return;
    await withGuard(guardPath(trayDir), clock, async () => {
      if (await ours()) await task();
    });
  };

  return {
    get record() {
      return record;
    },
    update: (fields) =>
      whileOurs(async () => {
        const next = { ...record, ...fields };
        await writeFileAtomic(path, recordText(next));
        record = next;
      }),
    release: () => whileOurs(() => rm(path, { force: true })),
  };
}
