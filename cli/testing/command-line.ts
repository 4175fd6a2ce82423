import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { sharedCodeCache } from '../../core/testing/code-cache.ts';
import { freePort } from '../../core/testing/free-port.ts';

export { freePort };

const ROOT = resolve(import.meta.dirname, '../..');
export const BUNDLE = join(ROOT, 'dist', 'openclaw.cjs');

/** Makes sure that the bundle is that of this source; does nothing when it is. */
export function buildBundle(): void {
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0 || !existsSync(BUNDLE))
    throw new Error(`the bundle cannot be built: ${built.stderr}`);
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Tests say nothing to the network they happen to run in. */
const QUIET = { OPENCLAW_DISABLE_BONJOUR: '1' };

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  input?: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Outcome>;
  /** Resolves when stdout or stderr has shown `text`; rejects when the program ends without it. */
  shown(text: string): Promise<void>;
}

/** A private HOME and the command line in it; the environment of the test does not get in. */
export interface Home {
  dir: string;
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  start(args: readonly string[], options?: RunOptions): Running;
}

export async function openHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-cli-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const start: Home['start'] = (args, options) => startProcess(dir, args, options);
  return { dir, start, run: (args, options) => start(args, options).ended };
}

function startProcess(home: string, args: readonly string[], options: RunOptions = {}): Running {
  const { PATH, SystemRoot, TMPDIR } = process.env;
  const env = {
    HOME: home,
    USERPROFILE: home,
    PATH,
    SystemRoot,
    TMPDIR,
    ...QUIET,
    ...sharedCodeCache(),
    ...options.env,
  };
  const child = spawn(process.execPath, [BUNDLE, ...args], { env, cwd: home, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const ended = new Promise<Outcome>((resolveEnd) => {
    child.on('close', (code, signal) => resolveEnd({ code, signal, ...texts }));
  });
  const shown = (text: string): Promise<void> =>
    new Promise((resolveShown, reject) => {
      const look = () => {
        if (texts.stdout.includes(text) || texts.stderr.includes(text)) resolveShown();
      };
      watchers.add(look);
      look();
      void ended.then(() =>
        reject(new Error(`ended without showing "${text}": ${texts.stdout}${texts.stderr}`)),
      );
    });
  return { child, ended, shown };
}

/** A gateway in the foreground of `home`, ready for questions. */
export async function startGatewayIn(home: Home, args: readonly string[] = []) {
  const port = await freePort();
  const gateway = home.start(['gateway', 'run', '--allow-unconfigured', '--port', String(port), ...args]);
  await gateway.shown('ready');
  const stop = (): Promise<Outcome> => {
    gateway.child.kill('SIGTERM');
    return gateway.ended;
  };
  return { ...gateway, port, stop };
}
