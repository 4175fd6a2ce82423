import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { acquireInstanceLock, type LockRecord, parseLockRecord, readInstanceLock } from './instance-lock.ts';

const DEAD: LockRecord = {
  version: 1,
  pid: 2 ** 22 + 1,
  startTime: '1',
  port: 1,
  bootId: 'old',
  programVersion: '1',
  createdAt: '2026-01-01T00:00:00.000Z',
  stateDir: '/s',
  program: 'openclaw',
};

let workshop: string;
let starter: string;
let home: string;
let trayDir: string;
let lockFile: string;
const children = new Set<ChildProcessWithoutNullStreams>();

beforeAll(async () => {
  workshop = await mkdtemp(join(tmpdir(), 'lock-starter-'));
  starter = join(workshop, 'starter.mjs');
  await build({
    stdin: { contents: STARTER, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: starter,
  });
});
afterAll(() => rm(workshop, { recursive: true, force: true }));

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lock-'));
  trayDir = join(home, 'tray');
  lockFile = join(trayDir, 'run', 'gateway.lock');
});
afterEach(async () => {
  await Promise.all([...children].map((child) => kill(child)));
  await rm(home, { recursive: true, force: true });
});

/** Says `ready`, tries to get the lock on each line of stdin, and tells the outcome. */
const STARTER = `
import { createInterface } from 'node:readline';
import { systemClock as clock } from '../lib/clock.ts';
import { acquireInstanceLock } from './instance-lock.ts';
const [, , trayDir, loop] = process.argv;
const options = { trayDir, port: 1, version: '1', bootId: String(process.pid), clock };
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  do {
    const outcome = await acquireInstanceLock(options);
    console.log(JSON.stringify(outcome.ok ? { ok: true } : outcome));
    if (loop && outcome.ok) await outcome.release();
  } while (loop);
}
`;

async function startStarter(...args: string[]) {
  const child = spawn(process.execPath, [starter, trayDir, ...args], { stdio: 'pipe' });
  children.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return { child, next };
}

async function kill(child: ChildProcessWithoutNullStreams): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const acquire = (bootId = 'boot') =>
  acquireInstanceLock({ trayDir, port: 18789, version: '2026.11.0', bootId, clock: systemClock });

async function acquired(bootId?: string) {
  const outcome = await acquire(bootId);
  if (!outcome.ok) throw new Error(`held by ${outcome.holder.pid}`);
  return outcome;
}

async function plantLock(text: string): Promise<void> {
  await mkdir(join(trayDir, 'run'), { recursive: true, mode: 0o700 });
  await writeFile(lockFile, text);
}

describe('the lock of a state directory', () => {
  it('says who holds it, in a file of the owner alone', async () => {
    const lock = await acquired();
    const record = parseLockRecord(await readFile(lockFile, 'utf8'));
    expect(record).toEqual(lock.record);
    expect(record).toMatchObject({
      version: 1,
      pid: process.pid,
      port: 18789,
      bootId: 'boot',
      programVersion: '2026.11.0',
      stateDir: home,
    });
    if (process.platform !== 'win32') expect((await stat(lockFile)).mode & 0o777).toBe(0o600);
    expect(await readInstanceLock(trayDir)).toEqual(record);
  });

  it('is refused while its process runs, and tells about that one', async () => {
    const lock = await acquired('first');
    expect(await acquire('second')).toEqual({ ok: false, holder: lock.record });
  });

  it('can be taken again after release, which leaves nothing behind', async () => {
    const lock = await acquired();
    await lock.release();
    expect(await readdir(join(trayDir, 'run'))).toEqual([]);
    expect((await acquire()).ok).toBe(true);
  });

  it('can be updated by its holder', async () => {
    const lock = await acquired();
    await lock.update({ bootId: 'next', port: 2 });
    expect(await readInstanceLock(trayDir)).toMatchObject({ bootId: 'next', port: 2, pid: process.pid });
    await lock.release();
    expect(await readInstanceLock(trayDir)).toBeUndefined();
  });

  it('is not touched by a holder that has lost it', async () => {
    const lock = await acquired();
    const other = JSON.stringify({ ...lock.record, bootId: 'other' });
    await writeFile(lockFile, other);
    await lock.update({ port: 3 });
    await lock.release();
    expect(await readFile(lockFile, 'utf8')).toBe(other);
    await rm(trayDir, { recursive: true });
    await expect(lock.release()).resolves.toBeUndefined();
  });

  it.each([
    ['of a dead process', () => JSON.stringify(DEAD)],
    ['of a pid that belongs to another process by now', () => JSON.stringify({ ...DEAD, pid: process.pid })],
    ['that was torn by a power cut', () => JSON.stringify(DEAD).slice(0, 40)],
    ['that is empty', () => ''],
    ['that is no lock at all', () => '{"version":1,"pid":"1"}'],
  ])('heals when it is one %s', async (_name, text) => {
    await plantLock(text());
    expect(await readInstanceLock(trayDir)).toBeUndefined();
    expect((await acquired()).record.pid).toBe(process.pid);
  });

  it('is believed when a living pid has no known start time', async () => {
    await plantLock(JSON.stringify({ ...DEAD, pid: process.pid, startTime: null }));
    expect((await acquire()).ok).toBe(false);
  });
});

describe('many starters at once', () => {
  it('get exactly one lock, also over the lock and the guard of a dead gateway, again and again', async () => {
    const guard = join(trayDir, 'run', 'gateway.lock.guard');
    for (let round = 0; round < 4; round += 1) {
      const starters = await Promise.all(Array.from({ length: 8 }, () => startStarter()));
      if (round > 0) {
        await mkdir(guard);
        await writeFile(join(guard, `${DEAD.pid}-1-00`), '');
      }
      for (const { child } of starters) child.stdin.write('go\n');
      const outcomes = await Promise.all(starters.map(async ({ next }) => JSON.parse(await next())));
      const winners = starters.filter((_, index) => outcomes[index].ok);
      expect(winners).toHaveLength(1);
      const losers = outcomes.filter((outcome) => !outcome.ok);
      expect(new Set(losers.map((outcome) => outcome.holder.pid))).toEqual(new Set([winners[0]?.child.pid]));
      await Promise.all(starters.map(({ child }) => kill(child)));
    }
  });

  it('leave nothing that blocks the next one when they are killed at any moment', async () => {
    for (let round = 0; round < 8; round += 1) {
      const starters = await Promise.all([startStarter('loop'), startStarter('loop')]);
      for (const { child } of starters) child.stdin.write('go\n');
      await Promise.race(starters.map(({ next }) => next()));
      await Promise.all(starters.map(({ child }) => kill(child)));
    }
    const lock = await acquired();
    await lock.release();
    expect(await readdir(join(trayDir, 'run'))).toEqual([]);
  });
});
