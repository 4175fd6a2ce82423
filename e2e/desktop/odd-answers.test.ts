import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { lacks } from '../../core/testing/programs.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { closeServer, enter, listenOn, TestHome, wsUrl } from '../fixtures/gateway-process.ts';
import { electronProgram, startTrayApp } from './app-process.ts';
import { heading, openWindow, press, showView } from './app-window.ts';
import { startDesktop } from './desktop.ts';

const AUTH = { mode: 'token', token: 'e2e-shared-token' };

const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

interface Frame {
  type: string;
  id: string;
  method?: string;
  event?: string;
  payload?: unknown;
}

type Answer = (method: string, payload: unknown) => unknown;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The same with another value in the place of every list, at any depth. */
const withoutLists = (value: unknown): unknown => {
  if (Array.isArray(value)) return { length: 1 };
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutLists(inner)]));
};

/** The same with this in the place of every text, at any depth. */
const withoutTexts = (value: unknown, instead: unknown): unknown => {
  if (typeof value === 'string') return instead;
  if (Array.isArray(value)) return value.map((inner) => withoutTexts(inner, instead));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutTexts(inner, instead)]));
};

/** Somebody between app and gateway who changes what it answers, and keeps an event back. Resolves to the port. */
async function startGoBetween(gatewayPort: number, answer: Answer, hiddenEvent?: string): Promise<number> {
  const passOn = (asked: IncomingMessage, response: ServerResponse): void => {
    const { url: path, method = 'GET', headers } = asked;
    const onwards = request({ host: '127.0.0.1', port: gatewayPort, path, method, headers }, (given) => {
      response.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(response);
    });
    asked.pipe(onwards.on('error', () => response.destroy()));
  };
  const server = createServer(passOn);
  new WebSocketServer({ server }).on('connection', (app) => {
    const methods = new Map<string, string>();
    const gateway = new WebSocket(`ws://127.0.0.1:${gatewayPort}`);
    gateway.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'event' && frame.event === hiddenEvent) return;
      const method = methods.get(frame.id) ?? '';
      const payload = frame.type === 'res' ? answer(method, frame.payload) : frame.payload;
      app.send(JSON.stringify({ ...frame, payload }));
    });
    app.on('message', (data) => {
      const { id, method = '' } = JSON.parse(String(data)) as Frame;
      methods.set(id, method);
      gateway.send(String(data));
    });
    app.on('close', () => gateway.close());
    gateway.on('error', () => app.close()).on('close', () => app.close());
  });
  const port = await listenOn(server, 0);
  whenTestEnds(() => {
    server.closeAllConnections();
    return closeServer(server);
  });
  return port;
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))(
  'a gateway that answers as no gateway should',
  () => {
    beforeAll(electronProgram);

    it('breaks the parts of the window that show its answers, and nothing else, until it answers well', async () => {
      await using desktop = await startDesktop();
      const { home: far, port: farPort } = await TestHome.withGateway();
      await using _far = far;
      await far.start();
      let isOdd = true;
      const port = await startGoBetween(farPort, (method, payload) =>
        isOdd && method !== 'connect' ? withoutLists(payload) : payload,
      );
      await using home = await TestHome.create({ gateway: { mode: 'local', port, auth: AUTH } });
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await heading(page, 'The gateway is well.');
      const broken = page.getByRole('alert').filter({ hasText: 'VIEW_BROKEN' });
      await broken.first().waitFor();
      expect(await page.getByRole('button', { name: 'Connect to…' }).isEnabled()).toBe(true);
      for (const name of ['Pairing', 'Sessions']) {
        await showView(page, name);
        await broken.waitFor();
      }
      await showView(page, 'About');
      await heading(page, 'OpenClaw Tray');
      await showView(page, 'Pairing');
      isOdd = false;
      await press(broken, 'Try again');
      await heading(page, 'Pairing');
    });

    it('says that a pairing request is gone which was decided elsewhere', async () => {
      await using desktop = await startDesktop();
      const { home: far, port: farPort } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
      await using _far = far;
      await far.start();
      const request = { auth: { token: AUTH.token }, device: testDevice(), scopes: ['operator.read'] };
      const fromAfar = { headers: { 'x-forwarded-for': '198.51.100.7' } };
      const { response } = await TestPeer.connect(wsUrl(farPort), request, fromAfar);
      const { requestId } = (response as unknown as { error: { details: { requestId: string } } }).error
        .details;
      const port = await startGoBetween(farPort, (_method, payload) => payload, 'device.pair.resolved');
      await using home = await TestHome.create({ gateway: { mode: 'local', port, auth: AUTH } });
      await using app = await startTrayApp(desktop, home);
      const { icon } = app;
      await icon.entry(['Pairing requests (1)', /: operator\.read$/, 'Approve']);
      const peer = await enter(farPort);
      await peer.request('device.pair.reject', { requestId });
      await peer.close();
      await icon.click('Pairing requests (1)', /: operator\.read$/, 'Approve');
      await icon.entry([/^That did not work: This pairing request is gone/]);
    });

    it('tells names of one long word without letting a narrow window scroll sideways', async () => {
      await using desktop = await startDesktop();
      const { home, port } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
      await using _ = home;
      await home.start();
      const peer = await enter(port);
      await peer.request('sessions.create', { label: LONG_WORD });
      await peer.close();
      const client = { id: 'cli', displayName: LONG_WORD, version: '1', platform: 'linux', mode: 'cli' };
      const request = {
        auth: { token: AUTH.token },
        device: testDevice(),
        scopes: ['operator.read'],
        client,
      };
      await TestPeer.connect(wsUrl(port), request, { headers: { 'x-forwarded-for': '198.51.100.7' } });
      await using open = await openWindow(desktop, home);
      const { page } = open;
      await page.setViewportSize({ width: 320, height: 700 });
      for (const name of ['Overview', 'Pairing', 'Sessions', 'Chat']) {
        await showView(page, name);
        await page
          .getByText(LONG_WORD.slice(0, 30))
          .or(page.locator('option', { hasText: LONG_WORD.slice(0, 30) }))
          .first()
          .waitFor({ state: 'attached' });
        const [content, visible] = await page
          .getByRole('main')
          .evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
        expect(content, name).toBe(visible);
      }
    });

    it.each([
      ['numbers', 7],
      ['objects', {}],
      ['nothing', null],
    ])('leaves the tray in its senses when it says %s for texts', async (_what, instead) => {
      await using desktop = await startDesktop();
      const { home: far, port: farPort } = await TestHome.withGateway();
      await using _far = far;
      const gateway = await far.start();
      const peer = await enter(farPort);
      await peer.request('sessions.create', { label: 'Plans' });
      await peer.close();
      const port = await startGoBetween(farPort, (method, payload) =>
        method === 'connect' ? payload : withoutTexts(payload, instead),
      );
      await using home = await TestHome.create({ gateway: { mode: 'local', port, auth: AUTH } });
      await using app = await startTrayApp(desktop, home);
      const { icon } = app;
      await icon.entry(['The gateway is well.']);
      expect(await icon.labels()).not.toContainEqual(expect.stringMatching(/^That did not work/));
      await gateway.stop();
      await icon.entry([/^Port \d+ is held by another program/]);
    });
  },
);
