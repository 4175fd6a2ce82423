import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { enter, TestHome, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, press } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

interface Listed {
  sessions: { key: string; sessionId: string; label?: string; pinned?: boolean; archived?: boolean }[];
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('sessions in the window', () => {
  beforeAll(electronProgram);

  it('are found, named, pinned, archived and deleted, and the gateway has it so', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    const peer = await enter(port);
    const create = async (label: string): Promise<string> =>
      ((await peer.request('sessions.create', { label })) as { key: string }).key;
    const plans = await create('Plans');
    for (let index = 0; index < 55; index += 1) await create(`Note ${index}`);
    const row = async (key: string) => {
      const { sessions } = (await peer.request('sessions.list', {
        archived: 'all',
        limit: 500,
      })) as unknown as Listed;
      return sessions.find((one) => one.key === key);
    };
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByText('50 of 56').waitFor();
    await press(page, 'Show more');
    await page.getByText('56 of 56').waitFor();
    await page.getByRole('searchbox').fill('Plans');
    await page.getByText('1 of 1').waitFor();
    const line = page.getByRole('row', { name: /^Plans/ });
    expect(await line.getByRole('link').getAttribute('href')).toBe(
      `#chat?session=${encodeURIComponent(plans)}`,
    );
    const act = async (name: string): Promise<void> => {
      const fold = page.locator('details.more');
      if (!(await fold.evaluate((element) => Reflect.get(element, 'open'))))
        await fold.locator('summary').click();
      await fold.getByRole('button', { name, exact: true }).click();
    };
    await act('Rename …');
    await expectAccessible(page);
    await picture(page, 'sessions-rename');
    await page.getByRole('textbox', { name: 'Name' }).fill('Plans for May');
    await press(page, 'Save');
    await page.getByRole('rowheader', { name: /^Plans for May/ }).waitFor();
    expect(await row(plans)).toMatchObject({ label: 'Plans for May' });
    await act('Pin');
    await page.getByText('pinned', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByText('56 of 56').waitFor();
    expect(await page.getByRole('rowheader').first().textContent()).toContain('Plans for May');
    await expectAccessible(page);
    await picture(page, 'sessions');
    await page.getByRole('searchbox').fill('for May');
    await page.getByText('1 of 1').waitFor();
    const before = await row(plans);
    await act('Begin anew …');
    await press(page, 'Begin anew');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await row(plans)).toMatchObject({ label: 'Plans for May' });
    expect((await row(plans))?.sessionId).not.toBe(before?.sessionId);
    await act('Archive');
    await page.getByText('No session matches.').waitFor();
    await page.getByRole('checkbox', { name: 'Show archived ones' }).check();
    await page.getByText('archived', { exact: true }).waitFor();
    expect(await row(plans)).toMatchObject({ pinned: true, archived: true });
    await act('Delete …');
    await picture(page, 'sessions-delete');
    await press(page, 'Delete');
    await page.getByText('No session matches.').waitFor();
    expect(await row(plans)).toBeUndefined();
    await peer.close();
  });

  it('say what the gateway refuses, with its code and a next step', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await gateway.stop();
    await heading(page, 'No gateway runs on this computer.');
    await page.getByRole('link', { name: 'Sessions' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('UNAVAILABLE').waitFor();
    expect(await alert.textContent()).toContain('Wait until the gateway is connected');
    await home.start();
    await until('an answer', async () => (await alert.count()) === 0);
    await page.getByText('No sessions here.').waitFor();
  });
});
