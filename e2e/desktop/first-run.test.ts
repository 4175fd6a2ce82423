import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { freePort, TestHome, TOKEN } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, showView } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const portEnv = async () => ({ OPENCLAW_GATEWAY_PORT: `${await freePort()}` });
const settingsOf = async (home: TestHome) =>
  JSON.parse(await readFile(join(home.trayDir, 'app.json'), 'utf8'));

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    const isThere = await page.evaluate((wanted) => {
      const { activeElement } = Reflect.get(globalThis, 'document');
      return (activeElement?.labels?.[0] ?? activeElement)?.textContent?.trim().startsWith(wanted) === true;
    }, name);
    if (isThere) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('the first start', () => {
  beforeAll(electronProgram);

  it('is answered with the keyboard alone, writes nothing before its end, and is not asked again', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create();
    await using _ = home;
    const env = await portEnv();
    const autostart = join(home.dir, '.config', 'autostart', 'openclaw-tray.desktop');
    await using first = await openWindow(desktop, home, { env });
    const { page } = first;
    await heading(page, 'Welcome to OpenClaw');
    await picture(page, 'first-run-1');
    await expectAccessible(page);
    await tabTo(page, 'Like the system');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await heading(page, /Where does your gateway run/);
    await picture(page, 'first-run-2');
    await tabTo(page, 'On this computer');
    await page.keyboard.press('Enter');
    await heading(page, /What may happen on this computer/);
    await picture(page, 'first-run-3');
    await expectAccessible(page);
    await tabTo(page, 'Start the gateway now');
    await page.keyboard.press('Space');
    await tabTo(page, 'Start this app when I log in');
    await page.keyboard.press('Space');
    const command = page.getByRole('checkbox', { name: /^Install the openclaw command/ });
    expect(await command.isChecked()).toBe(false);
    // A checkout has no command to install.
    expect(await command.isEnabled()).toBe(process.env.OPENCLAW_TEST_APP !== undefined);
    expect(existsSync(join(home.trayDir, 'app.json'))).toBe(false);
    expect(existsSync(autostart)).toBe(false);
    await tabTo(page, 'Finish');
    await page.keyboard.press('Enter');
    await heading(page, 'The gateway is well.');
    expect(await settingsOf(home)).toMatchObject({ language: 'en', startsGateway: false });
    expect(existsSync(autostart)).toBe(true);
    await first.close();

    await using second = await openWindow(desktop, home, { env });
    await heading(second.page, 'No gateway runs on this computer.');
  });

  it('can be skipped, in Chinese too, and then nothing has been started', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create();
    await using _ = home;
    const env = await portEnv();
    await using open = await openWindow(desktop, home, { env });
    const { page } = open;
    await page.getByRole('radio', { name: '简体中文' }).check();
    await heading(page, '欢迎使用 OpenClaw');
    await picture(page, 'first-run-zh');
    await page.getByRole('button', { name: '跳过' }).click();
    await heading(page, '本机没有网关在运行。');
    expect(await settingsOf(home)).toMatchObject({ language: 'zh-CN', startsGateway: false });
    await showView(page, '配置');
    await page.getByRole('checkbox', { name: '显示全部设置' }).check();
    await page.getByRole('heading', { name: '网关', exact: true }).click();
    await page.getByLabel('Port', { exact: true }).first().waitFor();
    await picture(page, 'config-zh');
    await expectAccessible(page);
    await showView(page, '诊断');
    await heading(page, /没有配置文件/);
    await picture(page, 'diagnostics-zh');
    await expectAccessible(page);
  });

  it('keeps the language that was chosen in the tray meanwhile', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create();
    await using _ = home;
    await using open = await openWindow(desktop, home, { env: await portEnv() });
    await heading(open.page, 'Welcome to OpenClaw');
    await open.icon.click('Language', '简体中文');
    await heading(open.page, '欢迎使用 OpenClaw');
    expect(await open.page.getByRole('radio', { name: '简体中文' }).isChecked()).toBe(true);
    await open.page.getByRole('button', { name: '跳过' }).click();
    await heading(open.page, '本机没有网关在运行。');
  });

  it('leads to the ways to a gateway on another computer, and starts nothing here', async () => {
    await using desktop = await startDesktop();
    const home = await TestHome.create();
    await using _ = home;
    const { home: far, port } = await TestHome.withGateway();
    await using __ = far;
    await far.start();
    await using open = await openWindow(desktop, home, { env: await portEnv() });
    const { page } = open;
    await page.getByRole('button', { name: 'Next' }).click();
    await heading(page, /Where does your gateway run/);
    await page.getByRole('radio', { name: 'On another computer' }).check();
    await page.getByText('Step 2 of 2').waitFor();
    expect(existsSync(join(home.trayDir, 'app.json'))).toBe(false);
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByRole('form', { name: 'Connect over SSH' }).waitFor();
    expect(await settingsOf(home)).toMatchObject({ startsGateway: false });
    const form = page.getByRole('form', { name: 'Connect directly' });
    await form.getByLabel('Address').fill(`ws://127.0.0.1:${port}`);
    await form.getByRole('button', { name: 'Connect', exact: true }).click();
    const asked = page.getByRole('dialog', { name: 'The gateway wants to know who you are' });
    await asked.getByRole('textbox', { name: 'Token' }).fill(TOKEN.token);
    await asked.getByRole('button', { name: 'Connect' }).click();
    const current = page.getByRole('region', { name: 'Current connection' });
    await current.getByText('Connected', { exact: true }).waitFor();
    expect(existsSync(join(home.trayDir, 'run', 'gateway.lock'))).toBe(false);
    expect(existsSync(home.configPath)).toBe(false);
  });

  it('asks nobody who has a configuration or a gateway already', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    await heading(open.page, 'No gateway runs on this computer.');
    await open.close();
    const other = await TestHome.create();
    await using __ = other;
    const env = await portEnv();
    await other.start(['--allow-unconfigured'], env);
    await using second = await openWindow(desktop, other, { env });
    await heading(second.page, 'The gateway is well.');
  });
});
