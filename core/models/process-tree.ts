import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';

const GRACE_MS = 2_000;
const REAP_MS = 2_000;

/** Options that make a child the leader of a process group, so that `endTree` reaches all below it. */
export const treeOptions = { detached: process.platform !== 'win32', windowsHide: true } as const;

/**
 * Ends a child started with `treeOptions` and everything it started: asks, waits two seconds at most, then kills.
 * What outlived a leader that is already gone is killed as well.
 */
export async function endTree(child: ChildProcess, clock: Clock, env: NodeJS.ProcessEnv): Promise<void> {
  if (child.pid === undefined) return;
  const gone = exited(child);
  if (process.platform === 'win32') {
    await endWindowsTree(child.pid, env);
    await within(gone, REAP_MS, clock);
    return;
  }
  if (signalGroup(child.pid, 'SIGTERM')) await within(gone, GRACE_MS, clock);
  signalGroup(child.pid, 'SIGKILL');
  await within(gone, REAP_MS, clock);
}

/** False when the group has no member any more. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
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

/** By its full path: a program of that name in the current directory is not the one meant. */
function endWindowsTree(pid: number, env: NodeJS.ProcessEnv): Promise<void> {
  const root = env.SystemRoot ?? 'C:\\Windows';
  const taskkill = spawn(join(root, 'System32', 'taskkill.exe'), ['/PID', String(pid), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  });
  return new Promise((resolve) => {
    taskkill.once('error', () => resolve());
    taskkill.once('exit', () => resolve());
  });
}
