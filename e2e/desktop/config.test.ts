import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { freePort, TestHome } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { openWindow, showView } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const SECRET = 'e2e-shared-token';

const textFor = (port: number): string => `// mine
{
  gateway: {
    mode: 'local', // this one
    port: ${port},
    auth: { mode: 'token', token: '${SECRET}' },
  },
  /* of another program */
  future: { key: 1 },
}
`;

async function homeWithConfig(change: (text: string) => string = (text) => text) {
  const text = change(textFor(await freePort()));
  const home = await TestHome.create(text);
  return { home, text, file: () => readFile(home.configPath, 'utf8') };
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const editor = (page: Page) => page.getByRole('textbox', { name: 'Text of the configuration file' });

async function showText(page: Page): Promise<void> {
  await showView(page, 'Config');
  await page.getByRole('radio', { name: 'Text' }).check();
}

async function save(page: Page): Promise<void> {
  await button(page, 'Review changes').click();
  await button(page, 'Save').click();
  await page.getByText('Saved.').waitFor();
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))(
  'the view of the configuration',
  () => {
    beforeAll(electronProgram);

    it('changes one key by form, keeps everything else, says what needs a restart, and goes back', async () => {
      await using desktop = await startDesktop();
      const { home, text, file } = await homeWithConfig();
      await using _ = home;
      await home.start();
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await page.getByRole('heading', { name: 'The gateway is well.' }).waitFor();
      await showView(page, 'Config');
      const level = page.getByLabel('Channel health check minutes');
      await page.getByRole('searchbox', { name: 'Search settings' }).fill('health check minutes');
      await level.fill('7');
      await page.getByRole('searchbox', { name: 'Search settings' }).fill('');
      await picture(page, 'config-form');
      await expectAccessible(page);
      await button(page, 'Review changes').click();
      await page
        .getByText('The gateway has to be restarted for: gateway.channelHealthCheckMinutes')
        .waitFor();
      const diff = page.getByRole('region', { name: 'Changes line by line' });
      await diff.getByText('channelHealthCheckMinutes: 7').waitFor();
      expect(await file()).toBe(text);
      await picture(page, 'config-review');
      await expectAccessible(page);
      await button(page, 'Save').click();
      await page.getByText('Saved.').waitFor();
      await button(page, 'Restart gateway').waitFor();
      const auth = `    auth: { mode: 'token', token: '${SECRET}' },\n`;
      expect(await file()).toBe(text.replace(auth, `${auth}    channelHealthCheckMinutes: 7,\n`));
      expect(await page.content()).not.toContain(SECRET);

      await button(page, 'Undo last change').click();
      await diff.getByText('channelHealthCheckMinutes: 7').waitFor();
      await button(page, 'Save').click();
      await page.getByText('Saved.').waitFor();
      expect(await file()).toBe(text);
    });

    it('replaces a secret without showing the old one or the new one', async () => {
      await using desktop = await startDesktop();
      const { home, text, file } = await homeWithConfig();
      await using _ = home;
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showView(page, 'Config');
      await button(page, 'Replace Token').first().click();
      await page.getByLabel('New value of Token').fill('another-shared-token');
      await button(page, 'Review changes').click();
      await page.getByRole('region', { name: 'Changes line by line' }).waitFor();
      const shown = await page.locator('body').textContent();
      for (const secret of [SECRET, 'another-shared-token']) expect(shown).not.toContain(secret);
      await button(page, 'Save').click();
      await page.getByText('Saved.').waitFor();
      expect(await file()).toBe(text.replace(SECRET, 'another-shared-token'));
    });

    it('shows where the text is wrong, does not save it, and saves it when it is mended', async () => {
      await using desktop = await startDesktop();
      const { home, text, file } = await homeWithConfig();
      await using _ = home;
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showText(page);
      const shown = await editor(page).inputValue();
      expect(shown).not.toContain(SECRET);
      await editor(page).fill(shown.replace("mode: 'local', // this one", "mode: 'local' // that one"));
      await page.getByRole('button', { name: 'Line 5, column 5' }).click();
      expect(await editor(page).evaluate((area) => area === area.ownerDocument.activeElement)).toBe(true);
      await picture(page, 'config-text-wrong');
      await expectAccessible(page);
      await button(page, 'Review changes').click();
      await page.getByText('This cannot be saved before its problems are mended.').waitFor();
      expect(await button(page, 'Save').isDisabled()).toBe(true);
      await button(page, 'Back to editing').click();
      await editor(page).fill(shown.replace('// this one', '// that one'));
      await page.getByText('No problems').waitFor();
      await save(page);
      expect(await file()).toBe(text.replace('// this one', '// that one'));
    });

    it('lets the keyboard out of the text', async () => {
      await using desktop = await startDesktop();
      const { home } = await homeWithConfig();
      await using _ = home;
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showText(page);
      const area = editor(page);
      const before = await area.inputValue();
      const isFocused = () => area.evaluate((one) => one === one.ownerDocument.activeElement);
      await area.focus();
      await area.evaluate((one) => Reflect.get(one, 'setSelectionRange').call(one, 0, 0));
      await page.keyboard.press('Tab');
      expect(await isFocused()).toBe(true);
      expect(await area.inputValue()).toBe(`  ${before}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Tab');
      expect(await isFocused()).toBe(false);
    });

    it('shows both sides when the file was changed meanwhile, and loses neither', async () => {
      await using desktop = await startDesktop();
      const { home, text, file } = await homeWithConfig();
      await using _ = home;
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showText(page);
      const shown = await editor(page).inputValue();
      await editor(page).fill(shown.replace('// mine', '// edited by me'));
      await button(page, 'Review changes').click();
      await page.getByRole('region', { name: 'Changes line by line' }).waitFor();
      const theirs = text.replace('key: 1', 'key: 2');
      await writeFile(home.configPath, theirs);
      await button(page, 'Save').click();
      await page.getByRole('heading', { name: 'The file has been changed by somebody else' }).waitFor();
      await page.getByRole('region', { name: 'What was changed in the file' }).getByText('key: 2').waitFor();
      await page
        .getByRole('region', { name: 'What you have changed' })
        .getByText('// edited by me')
        .waitFor();
      await picture(page, 'config-conflict');
      await expectAccessible(page);
      expect(await file()).toBe(theirs);
      await button(page, 'Put my changes on the new file').click();
      await page.getByRole('heading', { name: 'What will be changed' }).waitFor();
      await button(page, 'Back to editing').click();
      await editor(page).fill((await editor(page).inputValue()).replace('key: 1', 'key: 2'));
      await save(page);
      expect(await file()).toBe(theirs.replace('// mine', '// edited by me'));
    });

    it('repairs a broken file while no gateway runs, and the gateway starts', async () => {
      await using desktop = await startDesktop();
      const { home, text, file } = await homeWithConfig((good) =>
        good.replace("mode: 'local',", "mode: 'local'"),
      );
      await using _ = home;
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await showView(page, 'Config');
      await page.getByText('The file cannot be read as it is').waitFor();
      const shown = await editor(page).inputValue();
      expect(shown).not.toContain(SECRET);
      await editor(page).fill(shown.replace("mode: 'local'", "mode: 'local',"));
      await page.getByText('No problems').waitFor();
      await save(page);
      expect(await file()).toBe(text.replace("mode: 'local'", "mode: 'local',"));
      await showView(page, 'Overview');
      await button(page, 'Start gateway').click();
      await page.getByRole('heading', { name: 'The gateway is well.' }).waitFor();
    });
  },
);
