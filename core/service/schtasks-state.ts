import { escapeControl } from '../logs/console-log.ts';
import type { RunProgram } from './program-runner.ts';
import type { ServiceState } from './service-facts.ts';

export interface TaskState {
  state: ServiceState;
  detail: string;
  /** How the last run ended; missing while it runs and before the first. */
  lastResult?: number;
}

/**
 * The scheduler's own interface, whose numbers mean the same in every language; the words of `schtasks` do not. The
 * name of the task holds letters, digits, blanks, `-`, `_` and round brackets only, so it can stand in single quotes.
 */
const script = (task: string): string =>
  [
    '$ErrorActionPreference="Stop"',
    '$s=New-Object -ComObject Schedule.Service',
    '$s.Connect()',
    `try{$t=$s.GetFolder("\\").GetTask('${task}')}catch{if($_.Exception.HResult -eq -2147024894 -or $_.Exception.InnerException.HResult -eq -2147024894){'{"found":false}';exit 0};throw}`,
    '\'{{"found":true,"state":{0},"lastResult":{1}}}\' -f [int]$t.State,[long]$t.LastTaskResult',
  ].join(';');

const STATES: Readonly<Record<number, ServiceState>> = {
  1: 'stopped',
  2: 'starting',
  3: 'stopped',
  4: 'running',
};
/** SCHED_S_TASK_RUNNING, SCHED_S_TASK_HAS_NOT_RUN, SCHED_S_TASK_TERMINATED: no status of a program. */
const NO_RESULT = new Set([0x41301, 0x41303, 0x41306]);

export async function readTaskState(run: RunProgram, task: string): Promise<TaskState> {
  const args = ['-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-Command', script(task)];
  const { exitCode, stdout, stderr, failure } = await run('powershell', args);
  const answer = exitCode === 0 ? parsed(stdout) : undefined;
  if (answer === undefined) {
    const said = stderr.trim().split(/\r?\n/)[0];
    return { state: 'unknown', detail: escapeControl(said || `powershell: ${failure ?? exitCode}`) };
  }
  return answer.found === true ? stateIn(answer) : { state: 'not-installed', detail: 'no such task' };
}

function stateIn({ state, lastResult }: Answer): TaskState {
  const now = STATES[Number(state)] ?? 'unknown';
  const detail = `state ${state}, last result 0x${Number(lastResult).toString(16)}`;
  const hasEnded = now !== 'running' && typeof lastResult === 'number' && !NO_RESULT.has(lastResult);
  if (!hasEnded) return { state: now, detail };
  return { state: now === 'stopped' && lastResult !== 0 ? 'failed' : now, detail, lastResult };
}

interface Answer {
  found?: unknown;
  state?: unknown;
  lastResult?: unknown;
}

function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
