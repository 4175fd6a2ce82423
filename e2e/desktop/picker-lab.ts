import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { ElectronApplication, Locator, Page } from 'playwright-core';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { type Lab, openLab, type Program } from '../discovery/network-lab.ts';
import { freePort, TestHome } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { openWindow } from './app-window.ts';
import { startDesktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

export const DOMAIN = 'lab.example';
export const TYPE = '_openclaw-gw._tcp';

/** The app on one machine of a network, and another machine with an avahi of its own. */
export interface PickerLab extends AsyncDisposable {
  lab: Lab;
  home: TestHome;
  app: ElectronApplication;
  page: Page;
  icon: TrayIcon;
}

interface Setup {
  config?: object;
  sshConfig?: string;
  /** Of `<tray dir>/app.json`. */
  settings?: object;
}

export async function startPickerLab({ config = {}, sshConfig, settings }: Setup = {}): Promise<PickerLab> {
  const lab = await openLab();
  whenTestEnds(() => lab.close());
  await lab.there.startAvahi('there');
  const home = await TestHome.create({ gateway: { port: await freePort() }, ...config });
  if (sshConfig !== undefined) await writeIn(home.dir, '.ssh/config', sshConfig);
  if (settings) await writeIn(home.trayDir, 'app.json', JSON.stringify(settings));
  const desktop = await startDesktop();
  const env = { LAB_PID: String(lab.here.pid), LAB_PROGRAM: await electronProgram() };
  const starter = join(import.meta.dirname, 'app-in-lab.mjs');
  const open = await openWindow(desktop, home, { env, starter });
  return {
    ...open,
    lab,
    home,
    async [Symbol.asyncDispose]() {
      await open.close();
      await home[Symbol.asyncDispose]();
      await desktop[Symbol.asyncDispose]();
    },
  };
}

async function writeIn(dir: string, name: string, text: string): Promise<void> {
  const file = join(dir, name);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}

export const picker = (page: Page): Locator => page.getByRole('dialog', { name: 'Choose a gateway' });

export async function openPicker(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: 'Connections' }).click();
  await page.getByRole('link', { name: 'Find a gateway…' }).click();
  const dialog = picker(page);
  await dialog.waitFor();
  return dialog;
}

/** The row whose button has this name, in one of the two tables. */
export const rowOf = (dialog: Locator, name: string | RegExp): Locator =>
  dialog.getByRole('row').filter({ has: dialog.page().getByRole('button', { name, exact: true }) });

/** Announces a gateway from the other machine, as any program may; `more` begins with options, if there are any. */
export async function publish(
  lab: Lab,
  name: string,
  port: number,
  more: readonly string[] = [],
): Promise<Program> {
  const [flag, value, ...texts] = more;
  const [options, txt] = flag?.startsWith('-') ? [[flag, value ?? ''], texts] : [[], more];
  const program = lab.there.start(['avahi-publish', '-s', ...options, name, TYPE, String(port), ...txt]);
  await program.said(/Established/);
  return program;
}

/** Announces gateways that are not there. */
export async function announceFalsely(lab: Lab, count: number): Promise<void> {
  const outfile = join(lab.dir, 'false-names.cjs');
  const entryPoints = [join(import.meta.dirname, 'false-names.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node' });
  await lab.there.do([process.execPath, outfile, '10.7.0.2', String(count)]);
}

/** Sockets of multicast DNS on the machine of the app. */
export const listeners = async (lab: Lab): Promise<number> =>
  (await lab.here.do(['ss', '-Huan'])).split('\n').filter((line) => line.includes(':5353')).length;
