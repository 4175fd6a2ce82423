import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { closeServer, freePort, listenOn, TestHome } from '../fixtures/gateway-process.ts';
import { appEnv, electronArgs, electronProgram } from './app-process.ts';
import { openWindow, press } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const run = promisify(execFile);

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('a link into the app', () => {
  beforeAll(electronProgram);

  it('opens the window at the gateway that it names, and connects to nothing', async () => {
    await using desktop = await startDesktop();
    await using home = await TestHome.create({ gateway: { port: await freePort() } });
    let visits = 0;
    const server = createServer((socket) => {
      visits += 1;
      socket.destroy();
    });
    const port = await listenOn(server, 0);
    whenTestEnds(() => closeServer(server));
    const linkTo = (url: string): string => `openclaw://gateway/add?url=${encodeURIComponent(url)}`;
    const args = ['--background', linkTo(`ws://127.0.0.1:${port}`)];
    await using open = await openWindow(desktop, home, { args });
    const { page } = open;
    await page.waitForURL(
      (url) => url.hash === `#connections?add=${encodeURIComponent(`ws://127.0.0.1:${port}`)}`,
    );
    await page.getByRole('heading', { level: 1 }).first().waitFor();

    const again = async (link: string) =>
      run(await electronProgram(), electronArgs([link]), {
        env: appEnv(desktop, home, {}),
        cwd: home.dir,
      }).catch(() => undefined);
    await again(linkTo('wss://user:secret@box.example'));
    const refused = page.getByRole('dialog', { name: 'This link cannot be used' });
    await refused.getByText('LINK_REFUSED').waitFor();
    expect(await page.content()).not.toContain('secret');
    expect(page.url()).not.toContain('secret');
    await expectAccessible(page);
    await picture(page, 'link-refused');
    await press(refused, 'Close');
    await refused.waitFor({ state: 'detached' });
    await again(linkTo('wss://box.example'));
    await page.waitForURL((url) => url.hash.includes('box.example'));
    expect(new URL(page.url()).hash).toBe(`#connections?add=${encodeURIComponent('wss://box.example')}`);
    expect(visits).toBe(0);
  });
});
