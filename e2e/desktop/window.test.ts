import type { ElectronApplication } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { TestHome, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, press } from './app-window.ts';
import { picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const menuBar = (app: ElectronApplication): Promise<string[]> =>
  app.evaluate(({ Menu }) => (Menu.getApplicationMenu()?.items ?? []).map(({ label }) => label));

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('the window', () => {
  beforeAll(electronProgram);

  it('does everything that the tray does, in the same words', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { app, page, icon } = open;
    await heading(page, 'No gateway runs on this computer.');
    await picture(page, 'stopped');
    await press(page, 'Start gateway');
    await heading(page, 'The gateway is well.');
    await page.getByText(`Address: ws://127.0.0.1:${port}`).waitFor();
    await icon.entry(['The gateway is well.']);
    await picture(page, 'well');

    const leaves = (await icon.entries()).flatMap(function all(one): string[] {
      return [one.label, ...one.children.flatMap(all)];
    });
    const shown = await page.locator('body').textContent();
    for (const label of leaves.filter((one) => one !== 'Open window')) expect(shown).toContain(label);

    await page.getByRole('radio', { name: '简体中文' }).click();
    await heading(page, '网关状态良好。');
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await icon.entry(['网关状态良好。']);
    expect(await menuBar(app)).toEqual(['编辑', '显示', '窗口']);
    await picture(page, 'well-zh');
    await press(page, '停止网关');
    await heading(page, '本机没有网关在运行。');
  });

  it('says that there is no folder of logs before there has been a gateway', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { page, icon } = open;
    await heading(page, 'No gateway runs on this computer.');
    await press(page, 'Open logs folder');
    await icon.entry([/^That did not work: There is no folder .*logs yet\. The gateway makes it/]);
    await page.getByRole('radio', { name: '简体中文' }).click();
    await press(page, '打开日志文件夹');
    await icon.entry([/logs 尚不存在/]);
  });

  it('dies without the gateway, which goes on', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { app, page, icon } = open;
    await press(page, 'Start gateway');
    await heading(page, 'The gateway is well.');
    const crashed = page.waitForEvent('crash');
    await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    await crashed;
    const count = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    await until('the end of the window', async () => (await count()) === 0);
    await icon.entry(['The gateway is well.']);
    const again = app.waitForEvent('window');
    await icon.click('Open window');
    await heading(await again, 'The gateway is well.');
  });

  it('is a page without Node and without a network, that stays where it is', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { app, page } = open;
    await heading(page, 'No gateway runs on this computer.');
    const inside = await page.evaluate(async () => {
      const failed = (error: unknown) => (error instanceof Error ? error.name : 'failed');
      return {
        node: [typeof Reflect.get(globalThis, 'require'), typeof Reflect.get(globalThis, 'process')],
        network: await fetch('http://127.0.0.1:1/').then(() => 'answered', failed),
        opened: Reflect.get(globalThis, 'open').call(globalThis, 'https://example.com/'),
        permission: await Reflect.get(globalThis, 'Notification').requestPermission(),
        bridge: Object.keys(Reflect.get(globalThis, 'openclaw')).sort(),
      };
    });
    expect(inside).toEqual({
      node: ['undefined', 'undefined'],
      network: 'TypeError',
      opened: null,
      permission: 'denied',
      bridge: ['call', 'on'],
    });
    const left = await app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const tried = new Promise<boolean>((resolve) => {
        contents?.once('will-frame-navigate', (event) => resolve(event.defaultPrevented));
      });
      void contents?.executeJavaScript("location.assign('https://example.com/')");
      return { isPrevented: await tried, url: contents?.getURL() };
    });
    expect(left).toEqual({ isPrevented: true, url: 'app://openclaw/index.html' });
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { sandbox, contextIsolation, nodeIntegration } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration };
    });
    expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false });
  });

  it('refuses what the contract does not know, and what the menu does not offer', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'No gateway runs on this computer.');
    const answers = await page.evaluate(async () => {
      const { call } = Reflect.get(globalThis, 'openclaw') as { call(...args: unknown[]): Promise<unknown> };
      return [
        await call('file.read', '/etc/passwd'),
        await call('action.run', { do: 'openLogs', path: '/etc' }),
        await call('gateway.call', { method: 'gateway.restart.request', params: {} }),
        await call('action.run', { do: 'stop' }),
        await call('action.run', { do: 'approve', requestId: 'x' }),
      ];
    });
    const refused = (message: string) => ({ ok: false, error: { code: 'BAD_ARGUMENT', message } });
    expect(answers).toEqual([
      refused('Unknown method.'),
      refused('Invalid action.run params.'),
      refused('Invalid gateway.call params.'),
      { ok: true, result: { done: false } },
      { ok: true, result: { done: false } },
    ]);
  });
});
