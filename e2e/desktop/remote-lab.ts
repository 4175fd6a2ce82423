import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectronApplication, Locator, Page } from 'playwright-core';
import { startTestSshd, type TestSshd } from '../../core/testing/sshd.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { freePort, TestHome } from '../fixtures/gateway-process.ts';
import { openWindow, press } from './app-window.ts';
import { type Desktop, startDesktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

/** A person at a desktop with the app open, and a host behind a real SSH server on which a gateway can run. */
export interface RemoteLab extends AsyncDisposable {
  desktop: Desktop;
  /** Of the app. */
  home: TestHome;
  /** Of the gateway on the far host. */
  far: TestHome;
  farPort: number;
  sshd: TestSshd;
  /** `user@127.0.0.1:port` */
  target: string;
  app: ElectronApplication;
  page: Page;
  icon: TrayIcon;
  /** Ends the app alone. */
  close(): Promise<void>;
}

export async function startRemoteLab({ config }: { config?: object } = {}): Promise<RemoteLab> {
  const desktop = await startDesktop();
  const sshd = await startTestSshd();
  whenTestEnds(() => sshd[Symbol.asyncDispose]());
  const { home: far, port: farPort } = await TestHome.withGateway();
  const home = await TestHome.create({ gateway: { port: await freePort(), ...config } });
  const open = await openWindow(desktop, home);
  const target = `${sshd.user}@127.0.0.1:${sshd.port}`;
  const lab = { desktop, home, far, farPort, sshd, target, ...open };
  return {
    ...lab,
    async [Symbol.asyncDispose]() {
      await open.close();
      await home[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
      await desktop[Symbol.asyncDispose]();
    },
  };
}

/** The question that is in front of everything. */
export const question = (page: Page, title: string | RegExp): Locator =>
  page.getByRole('dialog', { name: title }).or(page.getByRole('alertdialog', { name: title }));

/** Types where to go, and goes. */
export async function goOverSsh({ page, target, farPort }: RemoteLab, key: string): Promise<void> {
  await page.getByRole('link', { name: 'Connections' }).click();
  const form = page.getByRole('form', { name: 'Connect over SSH' });
  await form.getByLabel('Host').fill(target);
  await form.getByLabel('Key file (optional)').fill(key);
  await form.getByLabel('Port of the gateway there (optional)').fill(String(farPort));
  await press(form, 'Connect');
}

export async function answerTrust(page: Page, title: string | RegExp): Promise<void> {
  const dialog = question(page, title);
  await press(dialog, 'Trust');
  await dialog.waitFor({ state: 'detached' });
}

export async function giveToken(page: Page, token: string): Promise<void> {
  const dialog = question(page, 'The gateway wants to know who you are');
  await dialog.getByRole('textbox', { name: 'Token' }).fill(token);
  await press(dialog, 'Connect');
  await dialog.waitFor({ state: 'detached' });
}

/** Everything that a first connection asks, answered by somebody who has compared it. */
export async function connectFirst(lab: RemoteLab, key: string, token: string): Promise<void> {
  await goOverSsh(lab, key);
  await answerTrust(lab.page, 'Is this really 127.0.0.1?');
  await answerTrust(lab.page, 'Is this the right gateway?');
  await giveToken(lab.page, token);
  await lab.icon.entry([connectedTo(lab)]);
}

export const connectedTo = ({ target }: Pick<RemoteLab, 'target'>): string =>
  `Connected to ${target}. The gateway is well.`;

/** Where other programs of this computer reach the gateway. */
export async function localUrl({ page }: RemoteLab): Promise<string> {
  const text = await page
    .getByText(/^ws:\/\/127\.0\.0\.1:\d+$/)
    .first()
    .textContent();
  return text ?? '';
}

/** What the app has written down, all of it. */
export async function writtenDown({ home }: RemoteLab): Promise<string> {
  const names = ['app.json', 'remotes.json', 'known_hosts', 'desktop-secrets.json'];
  const texts = names.map((name) => readFile(join(home.trayDir, name), 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n');
}
