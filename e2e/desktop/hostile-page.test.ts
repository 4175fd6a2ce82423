import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import type { BridgeAnswer, BridgeMethod } from '../../main/bridge/contract.ts';
import { HOSTILE_TEXTS, HUGE, samples, withTexts } from '../../main/testing/hostile-calls.ts';
import { closeServer, listenOn, TestHome } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow } from './app-window.ts';
import { startDesktop } from './desktop.ts';

type Answer = BridgeAnswer<unknown>;

const ask = (page: Page, method: string, params: unknown): Promise<Answer> =>
  page.evaluate(
    ([name, given]) => {
      const { call } = Reflect.get(globalThis, 'openclaw') as { call(...args: unknown[]): Promise<Answer> };
      return call(name, given);
    },
    [method, params] as const,
  );

/** Every file below the home directory that is not Chromium's own, a log or the list of gateways, with its text. */
async function filesOf(home: TestHome): Promise<Record<string, string>> {
  const all = await readdir(home.dir, { recursive: true, withFileTypes: true });
  const files = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const own = files.filter((path) => !/\/tray\/(desktop|logs|run)\/|\/tray\/app\.json$/.test(path));
  return Object.fromEntries(await Promise.all(own.map(async (path) => [path, await readFile(path, 'utf8')])));
}

/** Somebody who listens on this computer, and how often they were called on. */
async function listener() {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  const port = await listenOn(server, 0);
  whenTestEnds(() => closeServer(server));
  const socket = createSocket('udp4', () => {
    visits += 1;
  }).bind(port, '127.0.0.1');
  await once(socket, 'listening');
  whenTestEnds(async () => void socket.close());
  return { port, visits: () => visits };
}

async function openPage() {
  const desktop = await startDesktop();
  const { home } = await TestHome.withGateway();
  const open = await openWindow(desktop, home);
  await heading(open.page, 'No gateway runs on this computer.');
  const close = async (): Promise<void> => {
    await open.close();
    await home[Symbol.asyncDispose]();
    await desktop[Symbol.asyncDispose]();
  };
  return { ...open, home, [Symbol.asyncDispose]: close };
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))(
  'a page that has turned hostile',
  () => {
    beforeAll(electronProgram);

    it('moves nothing by what it says, whichever text it puts in whichever place of whichever call', async () => {
      await using open = await openPage();
      const { app, page, home } = open;
      await app.evaluate(({ dialog, shell }) => {
        const done: string[] = [];
        Reflect.set(globalThis, 'done', done);
        shell.openExternal = async (url) => void done.push(url);
        shell.openPath = async (path) => String(done.push(path));
        for (const name of ['showMessageBox', 'showSaveDialog', 'showOpenDialog'])
          Reflect.set(dialog, name, async () => {
            done.push(name);
            return { response: 1, canceled: true };
          });
      });
      const before = await filesOf(home);
      const read = await ask(page, 'config.file.read', undefined);
      const base = read.ok ? Reflect.get(read.result as object, 'revision') : '';
      const kept = await app.evaluate(({ clipboard }) => clipboard.readText());
      for (const [method, all] of Object.entries(samples(base)) as [BridgeMethod, readonly unknown[]][])
        for (const { path, params } of all.flatMap((one) => withTexts(one, textsFor(method)))) {
          // What is a place like any other may be written there.
          const isPlace =
            method === 'connections.writeConfig' && (await ask(page, 'connections.planConfig', params)).ok;
          if (isPlace) continue;
          const answer = await ask(page, method, params);
          const told = JSON.stringify([method, path, params, answer]);
          if (!answer.ok) expect(answer.error.code, told).toMatch(codesOf(method));
        }
      const huge = await ask(page, 'link.open', { url: `https://example.com/${HUGE}` });
      expect(huge).toMatchObject({ ok: false, error: { code: 'BAD_ARGUMENT' } });
      expect(await app.evaluate(() => Reflect.get(globalThis, 'done'))).toEqual([]);
      expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe(kept);
      expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
      expect(await filesOf(home)).toEqual(before);
      expect(await page.evaluate(() => Reflect.get({}, 'hostile'))).toBeUndefined();
    });

    it('reaches no network, saves nothing, and is given no permission', async () => {
      await using open = await openPage();
      const { app, page } = open;
      const { port, visits } = await listener();
      await app.evaluate(({ session }) => {
        Reflect.set(globalThis, 'downloads', []);
        session.defaultSession.on('will-download', (event) =>
          Reflect.get(globalThis, 'downloads').push(event.defaultPrevented),
        );
      });
      const inside = await page.evaluate(`(${TRY_ALL})(${port})`);
      expect(inside).toEqual({
        failed: ['fetch', 'socket', 'events', 'image', 'worker'],
        permissions: ['denied', 'denied', 'denied', 'denied'],
        frames: 0,
        webview: 'undefined',
      });
      await expect
        .poll(() => app.evaluate(() => Reflect.get(globalThis, 'downloads') as boolean[]))
        .toEqual([true, true]);
      expect(visits()).toBe(0);
      expect(page.url()).toBe('app://openclaw/index.html');
    });

    it('is answered only as the page of the app: no other page, and no other file', async () => {
      await using open = await openPage();
      const { app } = open;
      const told = await app.evaluate(async ({ app: electron, BrowserWindow, net }) => {
        const preload = `${electron.getAppPath()}${electron.isPackaged ? '/dist/app' : ''}/preload.cjs`;
        const other = new BrowserWindow({ show: false, webPreferences: { preload, contextIsolation: true } });
        await other.loadURL('about:blank');
        const answer = await other.webContents.executeJavaScript("openclaw.call('view.get', undefined)");
        other.destroy();
        const status = async (url: string) => net.fetch(url).then((response) => response.status);
        const page = await net.fetch('app://openclaw/index.html');
        return {
          answer,
          page: [
            page.status,
            page.headers.get('content-security-policy'),
            page.headers.get('x-content-type-options'),
          ],
          others: await Promise.all(
            [
              'app://openclaw/../preload.cjs',
              'app://openclaw/..%2fpreload.cjs',
              'app://openclaw/%2e%2e/preload.cjs',
              'app://openclaw//etc/passwd',
              'app://openclaw/index.html%00.js',
              'app://other/index.html',
            ].map(status),
          ),
        };
      });
      expect(told).toEqual({
        answer: { ok: false, error: { code: 'BAD_ARGUMENT', message: 'This page may not ask anything.' } },
        page: [200, expect.stringMatching(/^default-src 'none'; script-src 'self';/), 'nosniff'],
        others: [404, 404, 404, 404, 404, 404],
      });
    });
  },
);

/** Any text may be copied, but not this time. */
const textsFor = (method: BridgeMethod): readonly string[] =>
  method === 'clipboard.write' ? [''] : HOSTILE_TEXTS;

/** Both ask a gateway elsewhere, once a call before has chosen one. */
const ASKS_GATEWAY: readonly BridgeMethod[] = ['gateway.call', 'logs.page'];

/** The codes of a call that was understood and refused; a gateway is not there, and nothing is INTERNAL. */
const codesOf = (method: BridgeMethod): RegExp => {
  if (ASKS_GATEWAY.includes(method)) return /^(BAD_ARGUMENT|UNAVAILABLE)$/;
  return method.startsWith('config.')
    ? /^(BAD_ARGUMENT|CONFIG_CONFLICT|CONFIG_INVALID|INVALID_REQUEST)$/
    : /^BAD_ARGUMENT$/;
};

/** Everything by which a page could tell somebody something. */
const TRY_ALL = `async (port) => {
  const at = '127.0.0.1:' + port;
  const failed = [];
  const fails = (name, promise) => Promise.resolve(promise).then(() => {}, () => failed.push(name));
  const event = (target, good, bad) =>
    new Promise((resolve, reject) => Object.assign(target, { ['on' + good]: resolve, ['on' + bad]: reject }));
  const tried = (make) => { try { return make(); } catch (error) { return Promise.reject(error); } };
  await fails('fetch', tried(() => fetch('http://' + at)));
  navigator.sendBeacon('http://' + at);
  await fails('socket', tried(() => event(new WebSocket('ws://' + at), 'open', 'error')));
  await fails('events', tried(() => event(new EventSource('http://' + at), 'open', 'error')));
  await fails('image', tried(() => {
    const image = new Image();
    image.src = 'http://' + at + '/p.png';
    return event(image, 'load', 'error');
  }));
  await fails('worker', tried(() => event(new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))), 'message', 'error')));
  for (const rel of ['preconnect', 'prefetch', 'dns-prefetch', 'stylesheet', 'manifest', 'icon']) {
    const link = Object.assign(document.createElement('link'), { rel, href: 'http://' + at + '/' + rel });
    document.head.append(link);
  }
  const form = Object.assign(document.createElement('form'), { action: 'http://' + at, method: 'post' });
  document.body.append(form);
  form.submit();
  const frame = Object.assign(document.createElement('iframe'), { src: 'http://' + at });
  document.body.append(frame);
  for (const href of ['data:application/octet-stream,x', URL.createObjectURL(new Blob(['x']))]) {
    Object.assign(document.createElement('a'), { href, download: 'hostile.txt' }).click();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const peer = new RTCPeerConnection({ iceServers: [
    { urls: 'stun:' + at },
    { urls: 'turn:' + at + '?transport=tcp', username: 'x', credential: 'x' },
  ] });
  peer.createDataChannel('x');
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((resolve) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve();
    setTimeout(resolve, 5000);
  });
  frame.remove();
  const names = ['geolocation', 'notifications', 'microphone', 'clipboard-read'];
  const permissions = await Promise.all(names.map((name) => navigator.permissions.query({ name }).then(({ state }) => state)));
  return { failed, permissions, frames: window.frames.length, webview: typeof document.createElement('webview').loadURL };
}`;
