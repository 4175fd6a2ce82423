import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { VERSION } from '../../core/version.ts';
import { closeServer, listenOn, TestHome, until } from '../fixtures/gateway-process.ts';
import { startTrayApp } from './app-process.ts';
import { startDesktop } from './desktop.ts';
import { agree } from './dialogs.ts';
import { type PackagedApp, packagedApp } from './packaged-app.ts';

const run = promisify(execFile);
const NEXT = '2099.1.0';
const STOPPED = 'No gateway runs on this computer.';

let app: PackagedApp;

/** A package that takes updates from a server of this test: what it offers, who has signed it, who is trusted. */
async function withFeed(offered: string, signer: KeyObject, trusted: KeyObject) {
  const file = `OpenClaw-${NEXT}.AppImage`;
  const sha512 = createHash('sha512').update(offered).digest('base64');
  const size = Buffer.byteLength(offered);
  const text = `version: ${NEXT}\nfiles:\n  - url: ${file}\n    sha512: ${sha512}\n    size: ${size}\npath: ${file}\nsha512: ${sha512}\nreleaseDate: '2099-01-01T00:00:00.000Z'\n`;
  const signature = sign(null, Buffer.from(text), signer).toString('base64');
  const texts: Record<string, string> = {
    '/latest-linux.yml': text,
    '/latest-linux.yml.sig': signature,
    [`/${file}`]: offered,
  };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(path);
    const body = texts[path];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  const port = await listenOn(server, 0);
  whenTestEnds(() => {
    server.closeAllConnections();
    return closeServer(server);
  });
  const dir = await mkdtemp(join(app.dir, '..', 'with-feed-'));
  whenTestEnds(() => rm(dir, { recursive: true, force: true }));
  await run('cp', ['-al', `${app.dir}/.`, dir]);
  const resources = join(dir, 'resources');
  await writeFile(join(resources, 'app-update.yml'), `provider: generic\nurl: http://127.0.0.1:${port}\n`);
  await writeFile(join(resources, 'update-key.pem'), trusted.export({ type: 'spki', format: 'pem' }));
  return { program: join(dir, 'openclaw-tray'), asked };
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'xdotool'))('an update', () => {
  beforeAll(async () => {
    app = await packagedApp();
  });

  it('that is signed takes the place of this version, which is kept', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await using desktop = await startDesktop();
    await using home = await TestHome.create();
    const started = join(home.dir, 'started');
    const offered = `#!/bin/sh\necho "$APPIMAGE_EXIT_AFTER_INSTALL $*" >> '${started}'\n`;
    const feed = await withFeed(offered, privateKey, publicKey);
    const image = join(home.dir, 'OpenClaw Tray.AppImage');
    await writeFile(image, 'this version', { mode: 0o755 });
    await using open = await startTrayApp(desktop, home, {
      program: feed.program,
      env: { APPIMAGE: image },
    });
    await open.icon.entry([STOPPED]);
    expect(feed.asked).toEqual([]);
    await open.icon.click('Check for updates');
    await agree(desktop);
    expect(await open.process.ended).toMatchObject({ code: 0 });
    await until('the start of the new version', async () =>
      (await readFile(started, 'utf8').catch(() => '')).includes('--background'),
    );
    expect(await readFile(image, 'utf8')).toBe(offered);
    const pending = JSON.parse(await readFile(join(home.trayDir, 'update.json'), 'utf8'));
    expect(pending).toMatchObject({ from: VERSION, to: NEXT, starts: 0 });
    expect(await readFile(pending.previous, 'utf8')).toBe('this version');
  });

  it('that was signed by somebody else is not even fetched', async () => {
    await using desktop = await startDesktop();
    await using home = await TestHome.create();
    const { privateKey } = generateKeyPairSync('ed25519');
    const { publicKey } = generateKeyPairSync('ed25519');
    const feed = await withFeed('#!/bin/sh\n', privateKey, publicKey);
    const image = join(home.dir, 'OpenClaw Tray.AppImage');
    await writeFile(image, 'this version');
    await using open = await startTrayApp(desktop, home, {
      program: feed.program,
      env: { APPIMAGE: image },
    });
    await open.icon.entry([STOPPED]);
    await open.icon.click('Check for updates');
    await agree(desktop);
    await open.icon.click('Quit');
    await open.process.ended;
    expect(feed.asked).toEqual(['/latest-linux.yml', '/latest-linux.yml.sig']);
    expect(await readFile(image, 'utf8')).toBe('this version');
  });

  it('is confirmed when this version answers its own probe', async () => {
    await using desktop = await startDesktop();
    await using home = await TestHome.create();
    const file = join(home.trayDir, 'update.json');
    await mkdir(home.trayDir, { recursive: true });
    await writeFile(file, JSON.stringify({ from: '2026.1.0', to: VERSION, previous: '/nowhere', starts: 0 }));
    await using open = await startTrayApp(desktop, home, { program: app.program });
    await open.icon.entry([STOPPED]);
    await until('the end of the trial', async () => !(await readFile(file).catch(() => undefined)));
  });

  it('that did not live to be confirmed gives its place back, when a person agrees', async () => {
    await using desktop = await startDesktop();
    await using home = await TestHome.create();
    const [image, previous, started] = ['OpenClaw.AppImage', 'kept.AppImage', 'started'].map((name) =>
      join(home.dir, name),
    ) as [string, string, string];
    await mkdir(home.trayDir, { recursive: true });
    await writeFile(image, 'a version that does not work', { mode: 0o755 });
    await writeFile(previous, `#!/bin/sh\necho back >> '${started}'\n`, { mode: 0o755 });
    const pending = { from: '2026.1.0', to: VERSION, previous, starts: 1 };
    await writeFile(join(home.trayDir, 'update.json'), JSON.stringify(pending));
    await using open = await startTrayApp(desktop, home, {
      program: app.program,
      env: { APPIMAGE: image },
    });
    await open.icon.entry([STOPPED]);
    await agree(desktop);
    await open.process.ended;
    await until('the version before', () => readFile(started, 'utf8').catch(() => undefined));
    expect(await readFile(image, 'utf8')).toBe(await readFile(previous, 'utf8'));
  });
});
