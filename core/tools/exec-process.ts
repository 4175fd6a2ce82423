import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../lib/clock.ts';
import { endTree, treeOptions } from '../lib/process-tree.ts';
import type { ExecCommand } from './exec-command.ts';
import { OutputWindow } from './output-window.ts';

export interface ExecLimits {
  timeoutMs: number;
  maxOutputBytes: number;
}

export interface ExecOutcome {
  status: 'exited' | 'timeout' | 'aborted' | 'failed';
  /** Of the operating system, when the program could not be started. */
  reason?: string;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  leftOut: number;
  durationMs: number;
}

/** After everything has been ended, output that is still on its way gets this long. */
const DRAIN_MS = 2000;

/** Runs a command to its end. Nothing it started outlives it: not on success, not on abort. */
export async function runCommand(
  command: ExecCommand,
  limits: ExecLimits,
  clock: Clock,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const startedAt = clock.now();
  const output = new OutputWindow(limits.maxOutputBytes);
  const tree = treeOptions(command.env);
  const started = start(command, tree);
  if ('reason' in started) return outcomeOf(started, output, clock.now() - startedAt);
  const { child } = started;
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
  // Listened for from the start: it can come together with the end itself.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await firstEnd(child, limits.timeoutMs, clock, signal);
  await endTree(child, { env: tree.env, clock, graceMs: 0 });
  if (end.status !== 'failed') await drain(closed, clock);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return outcomeOf(end, output, clock.now() - startedAt);
}

async function drain(closed: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([closed, clock.sleep(DRAIN_MS, done.signal)]);
  done.abort();
}

type End = Pick<ExecOutcome, 'status' | 'reason' | 'exitCode' | 'signal'>;

const ended = (status: ExecOutcome['status'], reason?: string): End => ({
  status,
  ...(reason !== undefined && { reason }),
  exitCode: null,
  signal: null,
});

function start(
  command: ExecCommand,
  tree: ReturnType<typeof treeOptions>,
): { child: ChildProcess } | (End & { reason: string }) {
  const windows = process.platform === 'win32';
  const line = windows && command.line !== undefined;
  // cmd.exe reads its line as it is written; quotes around the whole keep it from changing any inside.
  const args = line ? ['/d', '/s', '/c', `"${command.line}"`] : command.argv.slice(1);
  try {
    const child = spawn(command.program, args, {
      ...tree,
      argv0: command.argv[0],
      cwd: command.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      windowsVerbatimArguments: line,
    });
    return { child };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { ...ended('failed'), reason };
  }
}

function firstEnd(child: ChildProcess, timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<End> {
  return new Promise((resolve) => {
    const finish = (end: End): void => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(end);
    };
    const abort = (): void => finish(ended('aborted'));
    const cancel = clock.after(timeoutMs, () => finish(ended('timeout')));
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish(ended('failed', error.code ?? 'unknown error')),
    );
    child.once('exit', (exitCode, exitSignal) => finish({ status: 'exited', exitCode, signal: exitSignal }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

const outcomeOf = (end: End, output: OutputWindow, durationMs: number): ExecOutcome => ({
  ...end,
  output: output.text(),
  leftOut: output.leftOut,
  durationMs,
});
