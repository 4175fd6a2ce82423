import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { _electron, type ElectronApplication, type Locator, type Page } from 'playwright-core';
import { startTestSshd, type TestSshd } from '../../core/testing/sshd.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { freePort, TestHome } from '../fixtures/gateway-process.ts';
import { electronArgs, electronProgram, endGroup } from './app-process.ts';
import { type Desktop, startDesktop } from './desktop.ts';
import type { TrayIcon } from './tray-host.ts';

/** Where to put pictures for people to look at; none are made unless it is named. */
const { OPENCLAW_TEST_SCREENSHOTS: pictures } = process.env;

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
  const open = await openApp(desktop, home);
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

export async function openApp(desktop: Desktop, home: TestHome, args: string[] = []) {
  const env = home.env({ ...desktop.env, LANG: 'en_US.UTF-8' }) as Record<string, string>;
  const executablePath = await electronProgram();
  const app = await _electron.launch({ executablePath, args: electronArgs(args), cwd: home.dir, env });
  const { pid } = app.process();
  const close = async (): Promise<void> => {
    if (pid !== undefined) await endGroup(pid);
  };
  whenTestEnds(close);
  const [page, icon] = await Promise.all([app.firstWindow(), desktop.tray.nextIcon()]);
  page.setDefaultTimeout(20_000);
  return { app, page, icon, close };
}

export const press = (page: Page | Locator, name: string | RegExp): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

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

/** In both themes and at both widths; only when somebody wants to look at them. */
export async function picture({ app, page }: Pick<RemoteLab, 'app' | 'page'>, name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  for (const [suffix, width, colorScheme] of [
    ['', 1080, 'light'],
    ['-dark', 1080, 'dark'],
    ['-narrow', 420, 'light'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await app.evaluate(
      ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setSize(size, 760),
      width,
    );
    await page.waitForFunction(
      (wanted) => Math.abs(Reflect.get(globalThis, 'innerWidth') - wanted) < 20,
      width,
    );
    await page.screenshot({ path: join(pictures, `${name}${suffix}.png`) });
  }
  await page.emulateMedia({ colorScheme: null });
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(1080, 760));
}

/** What axe calls serious or worse, as `rule: elements`. */
export async function seriousIn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (Reflect.get(globalThis, 'axe') as typeof axe).run();
    return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map(({ html }) => html) }));
  });
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, where }) => `${id}: ${where.join(' ')}`);
}
