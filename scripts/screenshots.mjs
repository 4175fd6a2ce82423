/**
 * `npm run screenshots`: pictures of every view of the window, in both languages and themes, in docs/screenshots. The
 * app runs on a screen and in a home of its own, with the gateway of the development profile and its echo model; the
 * views are those in the navigation. `npm run screenshots <view> …` makes only these.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { appDir, buildAppOrExit } from './app-bundle.mjs';
import { bundle } from './build.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { root, setup } from './setup.mjs';

const SIZE = { width: 1080, height: 760 };
const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' };
const THEMES = ['light', 'dark'];
const TOKEN = 'screenshots';
/** Milliseconds in which the charts get something to show, and a view its last words. */
const CHARTS_MS = 24_000;
const SETTLE_MS = 700;

const SESSIONS = [
  ['agent:main:main', 'Plans for the week', 'What should I look at first on Monday?'],
  ['agent:main:release', 'Release notes', 'Collect what has changed since the last release.'],
  ['agent:main:garden', 'Garden', 'When do I sow the beans?'],
];

const target = join(root, 'docs', 'screenshots');
const home = mkdtempSync(join(tmpdir(), 'openclaw-screenshots-'));
const ends = [];

async function takeAll() {
  const port = await freePort();
  writeConfig(port);
  const page = await openApp(await screen());
  await page.getByText(`ws://127.0.0.1:${port}`).first().waitFor();
  await fill(port);
  await sleep(CHARTS_MS);
  const links = page.getByRole('navigation').getByRole('link');
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  const views = hrefs.map((href) => href.slice(1));
  const wanted = process.argv.slice(2);
  mkdirSync(target, { recursive: true });
  for (const [language, label] of Object.entries(LANGUAGES)) {
    await go(page, 'overview');
    await page.getByRole('radio', { name: label }).click();
    await page.locator(`html[lang="${language}"]`).waitFor();
    for (const view of views.filter((name) => wanted.length === 0 || wanted.includes(name)))
      await takeView(page, view, language);
  }
}

async function takeView(page, view, language) {
  await go(page, view);
  await page.locator('main').evaluate((main) => main.scrollTo(0, 0));
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    await sleep(SETTLE_MS);
    const path = join(target, `${view}-${language}-${colorScheme}.png`);
    await page.screenshot({ path });
    quantize(path);
    console.log(path);
  }
}

async function go(page, view) {
  await page.evaluate((hash) => window.location.assign(hash), `#${view}`);
  await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor();
  await page.locator('main > *').first().waitFor();
}

/** Devices come through a proxy, as from another machine; those of this one would be let in without a word. */
function writeConfig(port) {
  const dir = join(home, '.openclaw-dev');
  mkdirSync(dir, { mode: 0o700 });
  const gateway = {
    mode: 'local',
    port,
    auth: { mode: 'token', token: TOKEN },
    trustedProxies: ['127.0.0.1'],
  };
  writeFileSync(join(dir, 'openclaw.json'), `${JSON.stringify({ gateway }, null, 2)}\n`, { mode: 0o600 });
}

/** Something to see: sessions, a device that is let in, and one that asks to be. */
async function fill(port) {
  for (const [key, label, message] of SESSIONS) {
    await cli(['--dev', 'agent', '--session', key, '--message', message]);
    await cli(['--dev', 'sessions', 'rename', key, label]);
  }
  await knock(port, { displayName: 'Work laptop', platform: 'darwin' }, ['operator.read', 'operator.write']);
  await cli(['--dev', 'devices', 'approve']);
  await knock(port, { displayName: 'Kitchen tablet', platform: 'android' }, [
    'operator.admin',
    'operator.read',
  ]);
}

/** A new device asks to be let in, and leaves. */
async function knock(port, facts, scopes) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { 'x-forwarded-for': '198.51.100.7' } });
  const [frame] = await once(socket, 'message');
  const { nonce, ts: signedAt } = JSON.parse(String(frame)).payload;
  const client = { id: 'gateway-client', mode: 'ui', version: '1.0.0', ...facts };
  const keys = generateKeyPairSync('ed25519');
  const raw = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const id = createHash('sha256').update(raw).digest('hex');
  const said = [id, client.id, client.mode, 'operator', scopes.join(','), signedAt, TOKEN, nonce];
  const payload = ['v3', ...said, client.platform, ''].join('|');
  const signature = sign(null, Buffer.from(payload), keys.privateKey).toString('base64url');
  const device = { id, publicKey: raw.toString('base64url'), signature, signedAt, nonce };
  const params = {
    minProtocol: 4,
    maxProtocol: 4,
    client,
    role: 'operator',
    scopes,
    device,
    auth: { token: TOKEN },
  };
  socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
  await once(socket, 'close');
}

async function cli(args) {
  const child = spawn(process.execPath, [bundle, ...args], { env: envOf(), stdio: 'ignore' });
  await once(child, 'exit');
}

const envOf = (more = {}) => ({
  PATH: process.env.PATH,
  HOME: home,
  LANG: 'en_US.UTF-8',
  OPENCLAW_DISABLE_BONJOUR: '1',
  ...more,
});

async function openApp(DISPLAY) {
  const { _electron } = await import('playwright-core');
  const executablePath = await fetchElectron();
  if (!executablePath) throw new Error('There is no Electron, and it could not be fetched.');
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--log-level=3'];
  const args = [...flags, appDir, '--dev', '--start-gateway'];
  const app = await _electron.launch({ executablePath, args, cwd: home, env: envOf({ DISPLAY }) });
  ends.push(async () => {
    const gone = once(app.process(), 'exit');
    app.process().kill('SIGTERM');
    await gone;
  });
  const page = await app.firstWindow();
  await page.setViewportSize(SIZE);
  return page;
}

/** The screen there is, or one that nobody sees. */
async function screen() {
  if (process.env.DISPLAY) return process.env.DISPLAY;
  const args = ['-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-displayfd', '3'];
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  ends.push(() => server.kill());
  const [number] = await once(server.stdio[3], 'data');
  return `:${String(number).trim()}`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Smaller where a tool for that is at hand; nobody sees the difference. */
function quantize(path) {
  const options = ['--force', '--skip-if-larger', '--output', path, '128', path];
  if (spawnSync('pngquant', options, { stdio: 'ignore' }).error === undefined) return;
  spawnSync('convert', [path, '-dither', 'None', '-colors', '128', `png8:${path}`], { stdio: 'ignore' });
}

setup();
await buildAppOrExit();
try {
  await takeAll();
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(home, { recursive: true, force: true });
}
