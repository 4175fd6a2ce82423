import { type ChildProcess, execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from './clock.ts';

/** Every process of a tree carries this variable with a value of its own. */
const MARK_NAME = 'OPENCLAW_PROCESS_MARK';
const REAP_MS = 2_000;
const HELPER_MS = 5_000;
const windows = process.platform === 'win32';

/** Options of a child whose whole tree `endTree` can find later; `env` is all the environment it gets. */
export const treeOptions = (env: Readonly<Record<string, string>>) => ({
  detached: !windows,
  windowsHide: true,
  env: { ...env, [MARK_NAME]: randomUUID() },
});

export interface TreeEnd {
  /** What `treeOptions` gave. */
  env: Readonly<Record<string, string>>;
  clock: Clock;
  /** Time it has after it was asked to end; with 0 it is not asked. */
  graceMs: number;
}

/**
 * Ends a child started with `treeOptions` and everything it started, also what left its process group: on Linux found
 * by the mark in the environment, elsewhere by parentage. Safe to call when all of it has ended already.
 */
export async function endTree(child: ChildProcess, end: TreeEnd): Promise<void> {
  if (child.pid === undefined) return;
  const gone = exited(child);
  await (windows ? endWindowsTree(child, child.pid, end.env) : endGroup(child.pid, gone, end));
  await within(gone, REAP_MS, end.clock);
}

async function endWindowsTree(child: ChildProcess, pid: number, env: TreeEnd['env']): Promise<void> {
  const taskkill = join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  await helper(taskkill, ['/T', '/F', '/PID', String(pid)]);
  child.kill('SIGKILL');
}

async function endGroup(pid: number, gone: Promise<void>, { env, clock, graceMs }: TreeEnd): Promise<void> {
  const linux = process.platform === 'linux';
  const strays = linux ? [] : await descendants(pid);
  // The number of a process group stays taken as long as one of its processes lives.
  if (graceMs > 0 && send(-pid, 'SIGTERM')) await within(gone, graceMs, clock);
  for (const target of [-pid, ...strays]) send(target, 'SIGKILL');
  if (linux) await killMarked(`${MARK_NAME}=${env[MARK_NAME]}`);
}

/** A process can start another one while we look, so we look until nobody is left. */
async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const pids = await markedProcesses(mark);
    if (pids.length === 0) return;
    for (const pid of pids) send(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environ.split('\0').includes(mark) ? [pid] : [];
    }),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

async function descendants(root: number): Promise<number[]> {
  const table = await helper('/bin/ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid, ppid] of rows) {
      if (pid !== undefined && ppid === parent && !found.includes(pid)) found.push(pid);
    }
  }
  return found.slice(1);
}

/** By its full path: a program of that name in the current directory is not the one meant. */
const helper = (program: string, args: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(program, args, { windowsHide: true, timeout: HELPER_MS }, (_error, stdout) => resolve(stdout));
  });

/** False when there is nobody any more. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function within(work: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, clock.sleep(ms, stop.signal)]);
  stop.abort();
}
