import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Program {
  child: ChildProcess;
  /** Everything it has printed so far, both streams. */
  output(): string;
}

/** A HOME of its own, and an environment in which nothing of the user's OpenClaw shines through. */
export async function privateHome() {
  const path = await mkdtemp(join(tmpdir(), 'openclaw-home-'));
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(OPENCLAW_|CLAWDBOT_|VITEST|NODE_OPTIONS$|XDG_|npm_)/.test(name),
  );
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    HOME: path,
    USERPROFILE: path,
    TMPDIR: path,
    NO_COLOR: '1',
  };
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, env, remove };
}

/** `input` is all that it can read. */
export function startProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Program {
  const child = spawn(command, args, { env, cwd: env.HOME, stdio: 'pipe' });
  child.stdin.on('error', () => {}).end(input);
  const orphaned = (): void => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  child.once('exit', () => process.removeListener('exit', orphaned));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  child.on('error', (error) => {
    output += `${error.message}\n`;
  });
  return { child, output: () => output };
}

/** Tells the program to stop, and resolves once it has; one that does not end when it is told to is killed after ten seconds. */
export async function end({ child }: Program): Promise<number | null> {
  child.kill('SIGTERM');
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode;
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await once(child, 'exit');
  clearTimeout(killer);
  return child.exitCode;
}

export interface RunResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = env.HOME,
): Promise<RunResult> {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 900_000 });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      texts[name] += text;
    });
  }
  await once(child, 'close');
  return { exitCode: child.exitCode, ...texts };
}

/** Milliseconds: a big program, just installed, on a machine that is busy with other tests. */
const READY_WITHIN_MS = 300_000;

/** Polls until `url` answers 200. Throws with the program's output when it ends first or takes too long. */
export async function untilReady(url: string, program: Program): Promise<void> {
  const { child } = program;
  const startedAt = Date.now();
  while (!(await answersOk(url))) {
    const waitedMs = Date.now() - startedAt;
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null || waitedMs > READY_WITHIN_MS) {
      const why = ended === null ? 'it is still starting' : `it ended with ${ended}`;
      throw new Error(`${url} was not ready after ${waitedMs} ms, ${why}. It said:\n${program.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
