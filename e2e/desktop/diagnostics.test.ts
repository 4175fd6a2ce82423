import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { ownerToken, TestHome, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { openWindow, showView } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** What the person answers when the system asks where to save. */
async function answerSaveDialog(app: ElectronApplication, filePath: string | undefined): Promise<void> {
  await app.evaluate(({ dialog }, path) => {
    Reflect.set(dialog, 'showSaveDialog', async () => ({
      canceled: path === undefined,
      filePath: path ?? '',
    }));
  }, filePath);
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))(
  'the view of the diagnostics',
  () => {
    beforeAll(electronProgram);

    it('says what the doctor finds, mends it when that is confirmed, and takes it back', async () => {
      await using desktop = await startDesktop();
      const { home } = await TestHome.withGateway();
      await using _ = home;
      await home.start();
      await chmod(home.configPath, 0o644);
      await using open = await openWindow(desktop, home);
      const { page, icon } = open;
      await page.getByRole('heading', { name: 'The gateway is well.' }).waitFor();
      await icon.click('Diagnostics');
      const card = page.getByRole('article').filter({ hasText: 'STATE_EXPOSED' });
      await card.getByText('~/.openclaw/openclaw.json: 0644 to 0600').waitFor();
      await card.getByRole('heading', { name: 'can get at ~/.openclaw/openclaw.json (mode' }).waitFor();
      await card.getByText('Fix: Make it private.').waitFor();
      await picture(page, 'diagnostics');
      await expectAccessible(page);
      await button(page, 'Fix STATE_EXPOSED …').click();
      await button(page, 'Cancel').click();
      expect(await modeOf(home.configPath)).toBe('644');
      await button(page, 'Fix STATE_EXPOSED …').click();
      await button(page, 'Make the changes').click();
      await page.getByText('Mended.').waitFor();
      expect(await modeOf(home.configPath)).toBe('600');
      await card.waitFor({ state: 'detached' });

      await page.getByText('The last repair can be taken back').click();
      await button(page, 'Undo the last repair').click();
      await page.getByText('Taken back.').waitFor();
      expect(await modeOf(home.configPath)).toBe('644');
    });

    it('goes back to the configuration that worked, with a diff that shows no secret', async () => {
      await using desktop = await startDesktop();
      const { home } = await TestHome.withGateway();
      await using _ = home;
      const gateway = await home.start();
      await until('the last good configuration', () =>
        readFile(join(home.trayDir, 'config', 'last-good.json5'), 'utf8').catch(() => undefined),
      );
      await gateway.stop();
      const good = await readFile(home.configPath, 'utf8');
      await writeFile(home.configPath, good.replace('"mode": "local",', '"mode": "local" "oops"'));
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showView(page, 'Diagnostics');
      const card = page.getByRole('article').filter({ hasText: 'CONFIG_INVALID' });
      await card.getByText('"mode": "local",').waitFor();
      expect(await page.content()).not.toContain('e2e-shared-token');
      await picture(page, 'diagnostics-broken');
      await button(page, 'Fix CONFIG_INVALID …').click();
      await button(page, 'Make the changes').click();
      await page.getByText('Mended.').waitFor();
      expect(await readFile(home.configPath, 'utf8')).toBe(good);
    });

    it('collects a bundle, shows all of it, and saves exactly that where the person says', async () => {
      await using desktop = await startDesktop();
      const { home } = await TestHome.withGateway();
      await using _ = home;
      const variable = 'variable-that-is-secret';
      await home.start([], { ANTHROPIC_API_KEY: variable });
      await mkdir(join(home.stateDir, 'credentials'), { recursive: true });
      await writeFile(join(home.stateDir, '.env'), 'WEATHER_KEY=secret-of-the-env-file\n');
      const env = { ANTHROPIC_API_KEY: variable };
      await using open = await openWindow(desktop, home, { env });
      const { app, page } = open;
      await page.getByRole('heading', { name: 'The gateway is well.' }).waitFor();
      await showView(page, 'Diagnostics');
      await button(page, 'Collect and show').click();
      await page.getByText('openclaw.json', { exact: true }).click();
      await page.getByText('log.txt', { exact: true }).waitFor();
      await picture(page, 'diagnostics-bundle');
      const shown = await page
        .locator('.bundle-file textarea')
        .evaluateAll((areas) => areas.map((area) => String(Reflect.get(area, 'value'))));
      const target = join(home.dir, 'bundle.txt');
      await answerSaveDialog(app, undefined);
      await button(page, 'Save as …').click();
      await page.getByText('Nothing was saved.').waitFor();
      await answerSaveDialog(app, target);
      await button(page, 'Save as …').click();
      await page.getByText('Saved as bundle.txt.').waitFor();
      const saved = await readFile(target, 'utf8');
      for (const part of shown) expect(saved).toContain(part.trimEnd());
      expect(saved).toContain('"ready"');
      const hidden = [
        'e2e-shared-token',
        variable,
        'secret-of-the-env-file',
        await ownerToken(home),
        home.dir,
      ];
      for (const secret of hidden) expect(saved).not.toContain(secret);
      expect(await modeOf(target)).toBe('600');
    });
  },
);
