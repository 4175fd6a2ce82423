import { performance } from 'node:perf_hooks';
import { shortText } from '../lib/short-file.ts';
import { queryPs } from './ps-process.ts';
import { queryWindowsProcess } from './windows-process.ts';

/** A pid alone is reused; with its start time it names one process until the machine reboots. */
export interface ProcessIdentity {
  pid: number;
  /**
   * To be compared only: `<clock ticks since boot>@<boot>` on Linux, epoch milliseconds elsewhere;
   * null when it could not be found out.
   */
  startTime: string | null;
}

/** Node notes its own start a little after Windows creates the process. */
const WINDOWS_TOLERANCE_MS = 3000;

export interface ProcStat {
  /** One letter; `Z` is a process that has ended and waits for its parent. */
  state: string;
  parentPid: number;
  /** Clock ticks since boot: field 22. */
  startTicks: string;
}

/** Reads /proc/<pid>/stat. The program name in it may hold spaces and brackets. */
export function parseProcStat(text: string): ProcStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const startTicks = fields[19] ?? '';
  if (!state || !/^\d+$/.test(startTicks)) return undefined;
  return { state, parentPid: Number(parentPid), startTicks };
}

function procStat(pid: number): ProcStat | undefined {
  const text = shortText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcStat(text);
}

/** After a power cut the same pids start at nearly the same tick again, so the ticks go with their boot. */
function withBoot(ticks: string): string {
  const boot = shortText('/proc/sys/kernel/random/boot_id') ?? '';
  return `${ticks}@${boot.slice(0, 8)}`;
}

function linuxStartTime(pid: number): string | undefined {
  const stat = procStat(pid);
  return stat && !hasEnded(stat) ? withBoot(stat.startTicks) : undefined;
}

const hasEnded = (stat: ProcStat): boolean => stat.state === 'Z' || stat.state === 'X';

/** When the process started, or undefined when it does not run or does not tell. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStartTime(pid);
  if (process.platform === 'win32') return (await queryWindowsProcess(pid))?.startTime;
  return (await queryPs(pid))?.startTime;
}

/** This process. On Windows without a helper program, which would cost every start half a second. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const startTime =
    process.platform === 'win32'
      ? String(Math.round(performance.timeOrigin))
      : ((await startTimeOf(process.pid)) ?? null);
  return { pid: process.pid, startTime };
}

/** True when both start times belong to one process. */
export function isSameStart(one: string, other: string): boolean {
  if (process.platform !== 'win32') return one === other;
  return Math.abs(Number(one) - Number(other)) <= WINDOWS_TOLERANCE_MS;
}

/** True when a process with this id exists, also one that belongs to another user. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Does that very process still run? When a start time is unknown, a living pid counts as the same
 * process: a lock that stays too long can be removed by hand, two gateways on one state cannot be undone.
 */
export async function stillRuns(identity: ProcessIdentity): Promise<boolean> {
  if (!isAlive(identity.pid)) return false;
  const stat = process.platform === 'linux' ? procStat(identity.pid) : undefined;
  if (stat && hasEnded(stat)) return false;
  if (identity.startTime === null) return true;
  const startTime = stat ? withBoot(stat.startTicks) : await startTimeOf(identity.pid);
  return startTime === undefined || isSameStart(startTime, identity.startTime);
}
