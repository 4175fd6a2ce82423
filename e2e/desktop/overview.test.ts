import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { enter, health, TestHome, TOKEN, until, wsUrl } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, press } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

/** An address of this machine that is not loopback; undefined where it has none. */
const outside = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** Whether anybody listens there. */
const isOpen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** The figures of a measure: now, lowest, highest. */
const figures = (page: Page, measure: string): Promise<string[]> =>
  page.locator('table.figures').getByRole('row', { name: measure }).getByRole('cell').allTextContents();

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('the overview', () => {
  beforeAll(electronProgram);

  it('shows who is connected and how the gateway does, in pictures and in figures', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.getByText('Only programs on this computer.').waitFor();
    await page.getByText(/^Version \d{4}\.\d+\.\d+ · running for/).waitFor();
    // Others may look at the gateway just then; so each count is waited for.
    const counted = (now: string) =>
      until(
        `${now} as the number of connections`,
        async () => (await figures(page, 'Connections'))[0] === now,
      );
    await counted('1');
    const client = { id: 'gateway-client', mode: 'ui', displayName: 'Kitchen tablet' };
    const request = { auth: TOKEN, device: testDevice(), scopes: ['operator.read'], client };
    const { peer } = await TestPeer.connect(wsUrl(port), request);
    const row = page.getByRole('row', { name: /Kitchen tablet/ });
    await row.getByText('operator.read').waitFor();
    await row.getByText('ui · linux').waitFor();
    await counted('2');
    expect((await figures(page, 'Connections'))[1]).toBe('1');
    for (const measure of ['Connections', 'Answer time', 'Event loop delay', 'Memory']) {
      const [now, lowest, highest] = (await figures(page, measure)).map((text) =>
        Number(text.replace(/,/g, '')),
      );
      expect(lowest).toBeLessThanOrEqual(now as number);
      expect(highest).toBeGreaterThanOrEqual(now as number);
    }
    expect(Number((await figures(page, 'Memory'))[0])).toBeGreaterThan(20);
    const drawn = page.getByRole('img', { name: /^Connections: now \d, lowest 1, highest \d/ });
    expect(await drawn.locator('canvas').count()).toBe(1);
    await expectAccessible(page);
    await picture(page, 'overview');
    await peer.close();
    await row.waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 420, height: 760 });
    await expectAccessible(page);
    expect(await page.evaluate('document.scrollingElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('leaves every view readable in a narrow window, in both languages', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
    await using _ = home;
    await home.start();
    const admin = await enter(port);
    await admin.request('sessions.create', { label: `A title of many words ${'without-an-end'.repeat(20)}` });
    await admin.close();
    const far = { headers: { 'x-forwarded-for': '198.51.100.7' } };
    await TestPeer.connect(wsUrl(port), { auth: TOKEN, device: testDevice() }, far);
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.setViewportSize({ width: 420, height: 760 });
    const links = page.getByRole('navigation').getByRole('link');
    for (const language of ['English', '简体中文']) {
      await links.first().click();
      await page.getByRole('radio', { name: language }).click();
      for (const link of await links.all()) {
        await link.click();
        await page.locator('main h1').waitFor();
        const name = await link.textContent();
        const width = await page
          .locator('main')
          .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        expect(width, `what does not fit of ${name}`).toBe(0);
        await expectAccessible(page);
        await picture(page, `narrow-${name}`);
      }
    }
  });

  it.skipIf(outside === undefined)('closes a gateway to the outside, for good', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway({ bind: 'lan' });
    await using _ = home;
    const gateway = await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.getByText('Every computer in the networks of this one.').waitFor();
    await page.getByText('Connections are not encrypted').waitFor();
    expect(await isOpen(outside as string, port)).toBe(true);
    await picture(page, 'overview-open');
    await press(page, 'Close it to the outside …');
    await expectAccessible(page);
    await picture(page, 'overview-close');
    await press(page, 'Cancel');
    expect(await isOpen(outside as string, port)).toBe(true);
    await press(page, 'Close it to the outside …');
    await press(page, 'Close and restart');
    await page.getByText('Only programs on this computer.').waitFor();
    expect(await isOpen(outside as string, port)).toBe(false);
    expect(await health(port)).toBe(200);
    await gateway.stop();
    await home.start();
    expect(await isOpen(outside as string, port)).toBe(false);
  });

  it('says of a gateway that was told so at its start how to close it, and does not pretend to', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await home.start(['--bind', 'lan']);
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await page.getByText('It was told so when it was started (--bind lan)').waitFor();
    expect(await page.getByRole('button', { name: 'Close it to the outside …' }).count()).toBe(0);
  });

  it('names the first broken layer, who can mend it, and the command, which can be copied', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const { createServer } = await import('node:http');
    const stranger = createServer((_request, response) => response.end('hello')).listen(port, '127.0.0.1');
    try {
      await using open = await openWindow(desktop, home);
      const { page, app } = open;
      await heading(page, `Port ${port} is held by another program`);
      await page.getByText('First broken layer: Port · Who can fix it: you, on this computer').waitFor();
      await page.getByText('PORT_FOREIGN').waitFor();
      const command = await page.locator('code.command').textContent();
      expect(command).toMatch(/^openclaw gateway run --port \d+$/);
      await page.getByRole('button', { name: /^Copy:/ }).click();
      await page.getByRole('button', { name: /^Copied:/ }).waitFor();
      expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe(command);
      await page.getByRole('row', { name: /^Port .*broken/ }).waitFor();
      await expectAccessible(page);
      await picture(page, 'overview-trouble');
    } finally {
      stranger.close();
    }
  });

  it('tells the versions and licences of what it is made of, also by keys alone', async () => {
    await using desktop = await startDesktop();
    const { home } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    const names = await page.getByRole('navigation').getByRole('link').allTextContents();
    await page.keyboard.press(`Control+${names.indexOf('About') + 1}`);
    await heading(page, 'OpenClaw Tray');
    await page.getByRole('row', { name: /^Gateway 2026/ }).waitFor();
    const updates = page.getByRole('region', { name: 'Updates' });
    await updates.getByText('NO_FEED', { exact: true }).waitFor();
    expect(await updates.getByRole('button').count()).toBe(0);
    const licences = page.getByRole('textbox', { name: 'Licences' });
    for (const name of ['react', 'ws'])
      expect(await licences.inputValue()).toMatch(new RegExp(`^.*\\b${name}\\b`, 'm'));
    await expectAccessible(page);
    await picture(page, 'about');
    await page.keyboard.press('Control+1');
    await heading(page, 'The gateway is well.');
  });
});
