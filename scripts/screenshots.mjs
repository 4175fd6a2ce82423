/**
 * `npm run screenshots`: pictures of the tray menu, of every view of the window and of what stands in front of it, in
 * both languages and themes, in docs/screenshots. `npm run screenshots <name> …` makes only these.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildAppOrExit } from './app-bundle.mjs';
import { root, setup } from './setup.mjs';

const LANGUAGES = ['en', 'zh-CN'];
const THEMES = ['light', 'dark'];
const SIZE = { width: 1080, height: 760 };
const MOST_HEIGHT = 1_600;
/** Milliseconds in which the charts get something to show, and a view its last words. */
const CHARTS_MS = 24_000;
const SETTLE_MS = 700;
/** Until all that is on the network has been heard, and knocked at. */
const SEARCH_MS = 5_000;

const target = join(root, 'docs', 'screenshots');
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

async function takeAll(language, ends) {
  if (isWanted('first-run')) {
    const { page } = await openFirstStart(language, ends);
    await take(page, 'first-run', language);
  }
  const { app, page, fallIll } = await openStage(language, ends);
  if (isWanted('overview')) await sleep(CHARTS_MS);
  for (const view of (await viewsOf(page)).filter(isWanted)) {
    if (view === 'diagnostics') fallIll();
    await go(page, view);
    await take(page, view, language);
  }
  if (isWanted('picker')) {
    await go(page, 'connections?pick');
    await page.getByRole('dialog').waitFor();
    await sleep(SEARCH_MS);
    await take(page, 'picker', language);
    await page.keyboard.press('Escape');
  }
  if (isWanted('tray')) await takeMenu(app, page, language);
  if (isWanted('trust')) await takeTrust(page, language);
}

const viewsOf = async (page) => {
  const links = page.getByRole('navigation').getByRole('link');
  return (await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).map((href) =>
    href.slice(1),
  );
};

async function go(page, place) {
  await page.evaluate((hash) => window.location.assign(hash), `#${place}`);
  await page.locator(`nav a[href="#${place.split('?')[0]}"][aria-current]`).waitFor();
  await page.locator('main > *').first().waitFor();
}

async function take(page, name, language) {
  await page.setViewportSize(SIZE);
  await sleep(SETTLE_MS);
  await page.setViewportSize({ ...SIZE, height: await heightOf(page) });
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    await sleep(SETTLE_MS);
    keep(`${name}-${language}-${colorScheme}`, await page.screenshot());
  }
}

/** That of the window, or more where a view has more to show and nothing stands in front of it. */
const heightOf = async (page) => {
  if ((await page.getByRole('dialog').count()) > 0) return SIZE.height;
  const needed = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 0);
  return Math.min(Math.max(needed, SIZE.height), MOST_HEIGHT);
};

/** The first question about a host that is new. */
async function takeTrust(page, language) {
  await go(page, 'connections');
  const destination = { kind: 'ssh', target: 'studio' };
  await page.evaluate(
    (place) => void window.openclaw.call('connections.open', { destination: place }),
    destination,
  );
  await page.getByRole('dialog').waitFor();
  await take(page, 'trust', language);
}

/** The menu as the app gives it to the tray, opened over an empty window and cut from the screen. */
async function takeMenu(app, page, language) {
  await app.evaluate(({ Tray }) => {
    const { setContextMenu } = Tray.prototype;
    Tray.prototype.setContextMenu = function keepMenu(menu) {
      globalThis.trayMenu = menu;
      setContextMenu.call(this, menu);
    };
  });
  await page.evaluate(
    async (languages) => {
      for (const chosen of languages)
        await window.openclaw.call('action.run', { do: 'setLanguage', language: chosen });
    },
    [...LANGUAGES.filter((one) => one !== language), language],
  );
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate(() => document.querySelector('.shell').style.setProperty('display', 'none'));
  const picture = await app.evaluate(pictureOfMenu, { settleMs: SETTLE_MS, margin: 12 });
  await page.evaluate(() => document.querySelector('.shell').style.removeProperty('display'));
  keep(`tray-${language}`, Buffer.from(picture, 'base64'));
}

/** Runs in the app: what of the screen is another while the menu is open. */
async function pictureOfMenu({ BrowserWindow, desktopCapturer, screen }, { settleMs, margin }) {
  const { size } = screen.getPrimaryDisplay();
  const look = async () => {
    const [source] = await desktopCapturer.getSources({ types: ['screen'], thumbnailSize: size });
    return source.thumbnail;
  };
  const [window] = BrowserWindow.getAllWindows();
  window.setSize(size.width, size.height);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = (await look()).toBitmap();
  globalThis.trayMenu.popup({ window, x: 300, y: 20 });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const picture = await look();
  globalThis.trayMenu.closePopup(window);
  const after = picture.toBitmap();
  const box = { left: size.width, top: size.height, right: 0, bottom: 0 };
  for (let at = 0; at < after.length; at += 4) {
    if (after[at] === before[at] && after[at + 1] === before[at + 1]) continue;
    const [x, y] = [(at / 4) % size.width, Math.floor(at / 4 / size.width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  const [x, y] = [box.left - margin, box.top - margin];
  const [width, height] = [box.right + margin - x, box.bottom + margin - y];
  return picture.crop({ x, y, width, height }).toPNG().toString('base64');
}

function keep(name, picture) {
  const path = join(target, `${name}.png`);
  writeFileSync(path, picture);
  quantize(path);
  console.log(path);
}

/** Smaller where a tool for that is at hand; nobody sees the difference. */
function quantize(path) {
  const options = ['--force', '--skip-if-larger', '--output', path, '128', path];
  if (spawnSync('pngquant', options, { stdio: 'ignore' }).error === undefined) return;
  spawnSync('convert', [path, '-dither', 'None', '-colors', '128', `png8:${path}`], { stdio: 'ignore' });
}

setup();
await buildAppOrExit();
// Only now are the packages there that the stage is made with.
const { openFirstStart, openStage } = await import('./screenshot-stage.mjs');
mkdirSync(target, { recursive: true });
for (const language of LANGUAGES) {
  const ends = [];
  try {
    await takeAll(language, ends);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
