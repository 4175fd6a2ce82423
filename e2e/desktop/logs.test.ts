import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { currentLogPath } from '../../core/logs/log-files.ts';
import { fileLine, type LogRecord } from '../../core/logs/record.ts';
import { lacks } from '../../core/testing/programs.ts';
import { TestHome, TOKEN, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { openWindow, speak } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const entry = (message: string, more: Partial<LogRecord> = {}): string =>
  `${fileLine({ level: 'info', subsystem: 'gateway', message, time: Date.now(), ...more })}\n`;

async function logFile(home: TestHome): Promise<string> {
  const dir = join(home.trayDir, 'logs');
  await mkdir(dir, { recursive: true });
  return currentLogPath({ dir }, Date.now());
}

const rows = (page: Page) => page.getByRole('listbox', { name: 'Log lines' }).getByRole('option');
const row = (page: Page, text: string | RegExp) => rows(page).filter({ hasText: text });
const gone = (page: Page, text: string) => row(page, text).waitFor({ state: 'detached' });

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('the view of the logs', () => {
  beforeAll(electronProgram);

  it('shows the last words of a gateway that is dead, and what the next one says as it says it', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    await until('its words in the file', async () => (await home.logText()).includes('ready'));
    await gateway.stop('SIGKILL');
    await using open = await openWindow(desktop, home, { view: 'logs' });
    const { page } = open;
    await row(page, 'ready').waitFor();
    const again = await home.start();
    await until('two starts in the list', async () => (await row(page, 'ready').count()) >= 2);
    await again.stop();
    await row(page, /stopp|shut|end/i)
      .last()
      .waitFor();
  });

  it('finds by level, subsystem and text, goes back through old lines, and says where there are none', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const file = await logFile(home);
    const many = Array.from({ length: 3000 }, (_one, index) => entry(`ordinary ${index}`));
    await writeFile(`${file}.1`, `${entry('needle in the old file', { level: 'error' })}${many.join('')}`);
    await writeFile(
      file,
      entry('a warning', { level: 'warn', subsystem: 'gateway/ws', fields: { ms: 93 } }) +
        entry('the newest'),
    );
    await using open = await openWindow(desktop, home, { view: 'logs' });
    const { app, page } = open;
    await row(page, 'the newest').waitFor();
    await row(page, 'ordinary 2999').waitFor();
    await picture(page, 'logs');

    await page.getByLabel('Search').fill('NEEDLE');
    await row(page, 'needle in the old file').waitFor();
    await gone(page, 'the newest');
    await page.getByText('Lines: 1').waitFor();
    await page.getByLabel('Search').fill('ms=\\d+$');
    await page.getByText('No line matches.').waitFor();
    await page.getByLabel('Regular expression').check();
    await row(page, 'a warning ms=93').waitFor();
    await page.getByLabel('Search').fill('(');
    await page.getByRole('alert').filter({ hasText: 'BAD_ARGUMENT' }).waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Level').selectOption('warn');
    await row(page, 'needle in the old file').waitFor();
    expect(await rows(page).count()).toBe(2);
    await page.getByLabel('Subsystem').fill('gateway/ws');
    await gone(page, 'needle in the old file');

    await row(page, 'a warning').click();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Lines copied: 1').waitFor();
    expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toMatch(
      / warn \[gateway\/ws\] a warning ms=93$/,
    );
    await page.getByLabel('As it is in the file').check();
    await page.getByText('"logLevelName":"WARN"').waitFor();
    await picture(page, 'logs-chosen');
    await expectAccessible(page);
    await speak(page, 'zh-CN');
    await page.getByRole('heading', { name: '日志' }).waitFor();
    await page.getByRole('listbox', { name: '日志行' }).getByText('a warning').waitFor();
    await picture(page, 'logs-zh');
  });

  it('goes on over a rotation and keeps its place while nobody follows', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const file = await logFile(home);
    await writeFile(file, Array.from({ length: 2000 }, (_one, index) => entry(`before ${index}`)).join(''));
    await using open = await openWindow(desktop, home, { view: 'logs' });
    const { page } = open;
    await row(page, 'before 1999').waitFor();
    await rename(file, `${file}.1`);
    await writeFile(file, entry('after the rotation'));
    await row(page, 'after the rotation').waitFor();
    const list = page.getByRole('listbox', { name: 'Log lines' });
    await list.focus();
    await until('the oldest line', async () => {
      await page.keyboard.press('Home');
      return row(page, /before 0$/).count();
    });
    await appendFile(file, entry('while nobody looks'));
    await page.getByText('New lines: 1').waitFor();
    expect(await row(page, 'while nobody looks').count()).toBe(0);
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await row(page, 'while nobody looks').waitFor();
  });

  it('is that of the gateway elsewhere while the app is connected to one, and says so', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const { home: far, port } = await TestHome.withGateway();
    await using __ = far;
    await writeFile(await logFile(home), entry('on this computer'));
    await far.start();
    const url = `ws://127.0.0.1:${port}`;
    await mkdir(home.trayDir, { recursive: true });
    const settings = { destination: { kind: 'direct', url } };
    await writeFile(join(home.trayDir, 'app.json'), JSON.stringify(settings), { mode: 0o600 });
    await using open = await openWindow(desktop, home, { view: 'logs' });
    const { page } = open;
    await page.getByText(`The log of the gateway at ${url} is read when`).waitFor();
    const asked = page.getByRole('dialog', { name: 'The gateway wants to know who you are' });
    await asked.getByRole('textbox', { name: 'Token' }).fill(TOKEN.token);
    await asked.getByRole('button', { name: 'Connect' }).click();
    await page.getByText(`From the gateway at ${url}`).waitFor();
    await row(page, `listening on ${url}`).waitFor();
    await appendFile(await logFile(far), entry('a line that comes'));
    await row(page, 'a line that comes').waitFor();
    expect(await row(page, 'on this computer').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Open logs folder' }).count()).toBe(0);
    await picture(page, 'logs-elsewhere');
    await expectAccessible(page);
    await page.getByLabel('Search').fill('comes');
    await gone(page, `listening on ${url}`);
    await page.evaluate(() =>
      Reflect.get(globalThis, 'openclaw').call('connections.open', { destination: { kind: 'local' } }),
    );
    await page.getByLabel('Search').fill('');
    await row(page, 'on this computer').waitFor();
    await page.getByRole('button', { name: 'Open logs folder' }).waitFor();
  });

  it('is not hurt by hostile lines, nor by a pattern that never ends', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const file = await logFile(home);
    await writeFile(
      file,
      [
        entry('\u001b[31mred\u001b[2J \u202eesrever <img src=x onerror=alert(1)>'),
        `${'x'.repeat(1_000_000)}\n`,
        '\u0000\u0007 not an entry\n',
        '{"0": {}, "_meta": [], "time": 7}\n',
        `${'a'.repeat(60)}!\n`,
        entry('the last one'),
      ].join(''),
    );
    await using open = await openWindow(desktop, home, { view: 'logs' });
    const { page } = open;
    await row(page, 'the last one').waitFor();
    const shown = await rows(page).allTextContents();
    expect(shown).toHaveLength(6);
    expect(shown[0]).toContain('\\u001b[31mred\\u001b[2J \\u202eesrever <img src=x onerror=alert(1)>');
    expect(shown.join('')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(shown[2]).toContain('\\u0000\\u0007 not an entry');
    expect(await page.locator('.logs img').count()).toBe(0);
    await picture(page, 'logs-hostile');

    await page.getByLabel('Regular expression').check();
    await page.getByLabel('Search').fill('^(a+)+$');
    await page.getByText('This pattern takes too long.').waitFor();
    await page.getByLabel('Search').fill('the last');
    await row(page, 'the last one').waitFor();
    expect(await page.evaluate(() => Reflect.get(globalThis, 'innerWidth'))).toBeGreaterThan(0);
  });
});
