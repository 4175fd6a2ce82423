import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../lib/clock.ts';
import { endTree, treeOptions } from '../lib/process-tree.ts';

const MAX_STDOUT_BYTES = 16 * 1024 * 1024;
const MAX_STDERR_CHARS = 8 * 1024;
/** Between being asked to end and being killed. */
const GRACE_MS = 2_000;
/** A grandchild may hold the output open after the program has ended. */
const DRAIN_MS = 1_000;

export interface ProgramOptions {
  path: string;
  args: readonly string[];
  stdin: string;
  env: Record<string, string>;
  cwd: string;
  clock: Clock;
  /** Its reason is thrown once the whole tree of processes has ended. */
  signal: AbortSignal;
  onStderr(text: string): void;
  /** Both outputs: a program that only talks on stderr is alive. */
  onBytes(): void;
}

export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last part of it. */
  stderr: string;
  /** Set when the program wrote more than allowed and was ended. */
  tooLong: boolean;
  startFailure: NodeJS.ErrnoException | undefined;
}

/** Runs a program to its end, yielding its output; whoever leaves the loop early ends its processes. */
export async function* runProgram(options: ProgramOptions): AsyncGenerator<string, ProgramEnd> {
  const { signal, clock } = options;
  const tree = treeOptions(options.env);
  const end = (): Promise<void> => endTree(child, { env: tree.env, clock, graceMs: GRACE_MS });
  const child = spawn(options.path, [...options.args], {
    ...tree,
    cwd: options.cwd,
    shell: false,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child);
  const stderr = collectStderr(child, options);
  const close = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const abort = (): void => {
    void end().then(close);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  let tooLong = false;
  try {
    feed(child, options.stdin);
    let cancelDrain = (): void => {};
    void ended.then(() => {
      cancelDrain = clock.after(DRAIN_MS, close);
    });
    let received = 0;
    for await (const text of piecesOf(child)) {
      options.onBytes();
      received += text.length;
      tooLong = received > MAX_STDOUT_BYTES;
      if (tooLong) break;
      yield text;
    }
    if (tooLong) await end();
    const told = await ended;
    cancelDrain();
    if (signal.aborted) throw signal.reason;
    return { ...told, stderr: stderr(), tooLong };
  } finally {
    signal.removeEventListener('abort', abort);
    await end();
    close();
  }
}

function feed(child: ChildProcess, text: string): void {
  // A program may end without having read everything.
  child.stdin?.on('error', () => {});
  child.stdin?.end(text);
}

/** A stream that was closed from our side, or by a killed program, simply ends. */
async function* piecesOf(child: ChildProcess): AsyncGenerator<string> {
  const { stdout } = child;
  if (stdout === null) return;
  stdout.setEncoding('utf8');
  try {
    for await (const text of stdout) yield String(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function collectStderr(child: ChildProcess, options: ProgramOptions): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    options.onBytes();
    options.onStderr(text);
    kept = (kept + text).slice(-MAX_STDERR_CHARS);
  });
  return () => kept;
}

type RawEnd = Pick<ProgramEnd, 'code' | 'signal' | 'startFailure'>;

function endOf(child: ChildProcess): Promise<RawEnd> {
  return new Promise((resolve) => {
    child.once('error', (startFailure) => resolve({ code: null, signal: null, startFailure }));
    child.once('exit', (code, signal) => resolve({ code, signal, startFailure: undefined }));
  });
}
