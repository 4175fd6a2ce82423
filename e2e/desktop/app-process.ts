import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { GatewayProcess, type TestHome, until } from '../fixtures/gateway-process.ts';
import type { Desktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

const root = join(import.meta.dirname, '../..');
const appDir = join(root, 'dist', 'app');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--no-first-run',
  '--log-level=3',
];

/** A packaged app that is tested instead of the one in dist/app: see scripts/package-for-tests.mjs. */
const { OPENCLAW_TEST_APP: packaged } = process.env;

/** The program to test; `npm test` has seen to it that there is an Electron. */
export async function electronProgram(): Promise<string> {
  if (packaged) return packaged;
  const { fetchElectron } = await import(pathToFileURL(join(root, 'scripts/electron-runtime.mjs')).href);
  const program = await fetchElectron();
  if (!program) throw new Error('there is no Electron: node scripts/electron-runtime.mjs');
  return program as string;
}

/** A packaged app knows where it is. */
export const electronArgs = (args: readonly string[], packagedProgram = packaged): string[] => [
  ...FLAGS,
  ...(packagedProgram ? [] : [appDir]),
  ...args,
];

/** What a test may say of a start. */
export interface AppStart {
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export const appEnv = (desktop: Desktop, home: TestHome, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  home.env({ ...desktop.env, LANG: 'en_US.UTF-8', ...env });

/** The app in its own process, and its icon in the tray. */
export interface RunningApp extends AsyncDisposable {
  process: GatewayProcess;
  icon: TrayIcon;
}

interface TrayStart extends AppStart {
  /** A packaged app, whichever one is tested otherwise. */
  program?: string;
  /** A command that the one of the app is put behind. */
  before?: readonly string[];
}

/** Starts the app without a window. */
export async function startTrayApp(
  desktop: Desktop,
  home: TestHome,
  { args = ['--background'], env = {}, program, before = [] }: TrayStart = {},
): Promise<RunningApp> {
  const started = program ?? (await electronProgram());
  const [command = started, ...words] = [...before, started, ...electronArgs(args, program)];
  const child = spawn(command, words, {
    cwd: home.dir,
    env: appEnv(desktop, home, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const process = new GatewayProcess(child);
  const close = (): Promise<void> => endGroup(process.pid);
  whenTestEnds(close);
  const icon = await Promise.race([
    desktop.tray.nextIcon(),
    process.ended.then(({ code, stderr }) => {
      throw new Error(`the app ended with ${code}: ${stderr}`);
    }),
  ]);
  return { process, icon, [Symbol.asyncDispose]: close };
}

/** Ends a program and all that it has started, and waits until none of them writes to the disk any more. */
export async function endGroup(leader: number): Promise<void> {
  for (const pid of await membersOf(leader)) endNow(pid);
  await until('the end of the app', async () => (await membersOf(leader)).length === 0);
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

/** Processes of the group that still run; what has ended and was not collected does not count. */
async function membersOf(leader: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return pids.map(Number).filter((_, index) => {
    const [state, , group] = stats[index]?.split(') ').at(-1)?.split(' ') ?? [];
    return group === String(leader) && state !== 'Z' && state !== 'X';
  });
}
