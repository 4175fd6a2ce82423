import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { GatewayProcess, type TestHome } from '../fixtures/gateway-process.ts';
import type { Desktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

const root = join(import.meta.dirname, '../..');
export const appDir = join(root, 'dist', 'app');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--no-first-run',
  '--log-level=3',
];

/** The Electron to test on; `npm test` has seen to it that there is one. */
export async function electronProgram(): Promise<string> {
  const { fetchElectron } = await import(pathToFileURL(join(root, 'scripts/electron-runtime.mjs')).href);
  const program = await fetchElectron();
  if (!program) throw new Error('there is no Electron: node scripts/electron-runtime.mjs');
  return program as string;
}

export const electronArgs = (args: readonly string[]): string[] => [...FLAGS, appDir, ...args];

/** The app in its own process, and its icon in the tray. */
export interface RunningApp {
  process: GatewayProcess;
  icon: TrayIcon;
}

export async function startTrayApp(
  desktop: Desktop,
  home: TestHome,
  args: readonly string[] = ['--background'],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningApp> {
  const child = spawn(await electronProgram(), electronArgs(args), {
    cwd: home.dir,
    env: home.env({ ...desktop.env, LANG: 'en_US.UTF-8', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const process = new GatewayProcess(child);
  whenTestEnds(async () => {
    process.signal('SIGKILL');
    await process.ended;
  });
  const icon = await Promise.race([
    desktop.tray.nextIcon(),
    process.ended.then(({ code, stderr }) => {
      throw new Error(`the app ended with ${code}: ${stderr}`);
    }),
  ]);
  return { process, icon };
}
