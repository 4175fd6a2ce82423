import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { app, dialog, session } from 'electron';
import type { StatePaths } from '../core/config/paths.ts';
import { VERSION } from '../core/version.ts';
import type { CommandPlace } from './command/command-place.ts';
import { commandInstaller } from './command/install-command.ts';
import { Installation, type Notice } from './installation.ts';
import { keepProgram, type RunningProgram, restoreProgram } from './kept-version.ts';
import { shellPath } from './shell-path.ts';
import type { UpdateDesk } from './update/update-desk.ts';

const run = promisify(execFile);
/** Milliseconds. */
const FETCH_MS = 20_000;
const PROBE_MS = 30_000;
const LARGEST_FEED = 1_000_000;

export interface InstallationPlace {
  env: NodeJS.ProcessEnv;
  paths: StatePaths;
  /** The command line of this app. */
  program: string;
}

export const commandPlace = ({ env, paths }: Omit<InstallationPlace, 'program'>): CommandPlace => ({
  platform: process.platform,
  env,
  home: paths.home,
  isPackaged: app.isPackaged,
  resources: process.resourcesPath,
  shellPath: () => shellPath(env),
  run: async (program, args, more) =>
    (await run(program, [...args], { env: { ...env, ...more }, windowsHide: true })).stdout,
});

/** The program as Electron knows it. Nothing of updates is loaded before it is needed. */
export function openInstallation(place: InstallationPlace, onUpdates: () => void): Installation {
  let updates: Promise<UpdateDesk> | undefined;
  return new Installation({
    version: VERSION,
    command: commandInstaller(commandPlace(place)),
    updates() {
      updates ??= openUpdates(place);
      return updates;
    },
    notify,
    onUpdates,
  });
}

async function notify({ message, detail, yes, no }: Notice): Promise<boolean> {
  const buttons = [yes, no].filter((label) => label !== undefined);
  const cancelId = buttons.length - 1;
  const options = { title: 'OpenClaw', message, buttons, defaultId: 0, cancelId, noLink: true } as const;
  const { response } = await dialog.showMessageBox({
    ...options,
    ...(detail === undefined ? {} : { detail }),
  });
  return response === 0;
}

async function openUpdates({ env, paths, program }: InstallationPlace): Promise<UpdateDesk> {
  const [{ UpdateDesk }, { feedFile, readFeed }, { openUpdateGate }] = await Promise.all([
    import('./update/update-desk.ts'),
    import('./update/update-feed.ts'),
    import('./update/update-gate.ts'),
  ]);
  const feed = app.isPackaged ? await readFeed(process.resourcesPath) : 'NO_FEED';
  const running: RunningProgram = {
    platform: process.platform,
    execPath: process.execPath,
    appImage: env.APPIMAGE,
  };
  return new UpdateDesk({
    version: VERSION,
    feed,
    feedFile: feedFile(process.platform, process.arch),
    gate: openUpdateGate(paths.trayDir),
    fetchText,
    async openUpdater() {
      if (typeof feed === 'string') throw new Error(feed);
      const { openUpdater } = await import('./update/updater-library.ts');
      return openUpdater(feed);
    },
    keepPrevious: async () =>
      keepProgram((await import('original-fs')).promises, running, join(paths.trayDir, 'previous')),
    async restore(previous) {
      const execPath = await restoreProgram((await import('original-fs')).promises, running, previous);
      app.relaunch({ execPath, args: process.argv.slice(1) });
      app.quit();
    },
    probe: () => answers(program, env),
  });
}

/** In a session of its own: that of the window asks nothing of any network. */
async function fetchText(url: string): Promise<string> {
  const response = await session.fromPartition('updates').fetch(url, {
    signal: AbortSignal.timeout(FETCH_MS),
    credentials: 'omit',
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`${new URL(url).host}: HTTP ${response.status}`);
  const text = await response.text();
  if (text.length > LARGEST_FEED) throw new Error(`${new URL(url).host}: > ${LARGEST_FEED / 1_000_000} MB`);
  return text;
}

/** The command line in this package starts, and is of this version. */
async function answers(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const options = { env: { ...env, ELECTRON_RUN_AS_NODE: '1' }, timeout: PROBE_MS, windowsHide: true };
  const { stdout } = await run(process.execPath, [program, '--version'], options);
  return stdout.includes(VERSION);
}
