import { type ChildProcess, execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every process of a command carries this variable with a value of its own. */
export const MARK_NAME = 'OPENCLAW_EXEC_MARK';

/**
 * Ends a command and everything it started, also what left its process group: on Linux by the mark in
 * the environment, elsewhere by parentage. Safe to call when all of it has ended already.
 */
export async function killTree(child: ChildProcess, mark: string): Promise<void> {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') return killWindowsTree(child, child.pid);
  const strays = process.platform === 'linux' ? [] : await descendants(child.pid);
  signalGroup(child.pid);
  for (const pid of strays) signal(pid);
  if (process.platform === 'linux') await killMarked(mark);
}

/** A process can start another one while we look, so we look until nobody is left. */
async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const pids = await markedProcesses(mark);
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function markedProcesses(mark: string): Promise<number[]> {
  const entry = `${MARK_NAME}=${mark}`;
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environ.split('\0').includes(entry) ? [pid] : [];
    }),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

async function descendants(root: number): Promise<number[]> {
  const table = await output('/bin/ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid, ppid] of rows) {
      if (pid !== undefined && ppid === parent && !found.includes(pid)) found.push(pid);
    }
  }
  return found.slice(1);
}

async function killWindowsTree(child: ChildProcess, pid: number): Promise<void> {
  const program = join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  await output(program, ['/T', '/F', '/PID', String(pid)]);
  child.kill('SIGKILL');
}

const output = (program: string, args: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(program, args, { windowsHide: true, timeout: 5000 }, (_error, stdout) => resolve(stdout));
  });

/** The number of a process group stays taken as long as one of its processes lives. */
function signalGroup(pid: number): void {
  signal(-pid);
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
