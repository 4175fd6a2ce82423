/**
 * The log view of the desktop app in a real window: frames that came late while 10,000 lines a second are written, a
 * search over 1 GB, and how late the main process was meanwhile. `node bench/log-view.mjs` measures it alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { appDir, buildApp } from '../scripts/app-bundle.mjs';
import { fetchElectron } from '../scripts/electron-runtime.mjs';
import { table } from './table.mjs';

const LINES_A_SECOND = 10_000;
const SECONDS = 10;
const SEARCHED_BYTES = 1e9;
const LATE_MS = 50;
const NEEDLE = 'the one needle of this haystack';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--log-level=3'];

const line = (number, message = `⇄ res ✓ health ${number % 97}ms`) => {
  const name = JSON.stringify({ subsystem: 'gateway/ws' });
  const date = new Date();
  const level = number % 500 === 0 ? 'WARN' : 'INFO';
  return `${JSON.stringify({
    0: name,
    1: message,
    2: { id: `c-${number}`, ms: number % 97 },
    _meta: { runtime: 'node', hostname: 'bench', name, date, logLevelId: 3, logLevelName: level },
    hostname: 'bench',
    message,
    time: date.toISOString(),
  })}\n`;
};

/** Rows for the table; none where there is no Electron or no screen for it. */
export async function measureLogView() {
  const electron = await fetchElectron();
  const screen = await openScreen();
  if (!electron || !screen) return [];
  await buildApp();
  const home = mkdtempSync(join(tmpdir(), 'openclaw-log-view-'));
  try {
    const file = prepareLog(home);
    const baseline = grepMs(`${file}.1`);
    return await withWindow({ electron, screen, home }, (app, page) => measure(app, page, file, baseline));
  } finally {
    rmSync(home, { recursive: true, force: true });
    screen.close();
  }
}

function prepareLog(home) {
  const dir = join(home, '.openclaw', 'tray', 'logs');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Whoever has chosen something is not asked what a first start asks.
  writeFileSync(join(home, '.openclaw', 'tray', 'app.json'), '{}', { mode: 0o600 });
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) =>
    `${part}`.padStart(2, '0'),
  );
  const file = join(dir, `openclaw-${day.join('-')}.log`);
  appendFileSync(`${file}.1`, line(0, NEEDLE));
  const block = Array.from({ length: 20_000 }, (_, index) => line(index)).join('');
  for (let bytes = 0; bytes < SEARCHED_BYTES; bytes += Buffer.byteLength(block))
    appendFileSync(`${file}.1`, block);
  appendFileSync(file, line(1, 'the first line of today'));
  return file;
}

function grepMs(file) {
  const startedAt = performance.now();
  spawnSync('grep', ['-ci', NEEDLE, file]);
  return performance.now() - startedAt;
}

async function withWindow({ electron, screen, home }, use) {
  const { _electron } = await import('playwright-core');
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'en_US.UTF-8', ...screen.env };
  const app = await _electron.launch({ executablePath: electron, args: [...FLAGS, appDir], cwd: home, env });
  const closed = new Promise((resolve) => app.once('close', resolve));
  try {
    const page = await app.firstWindow();
    await page.evaluate(() => {
      window.location.hash = '#logs';
    });
    await page.getByText('the first line of today').waitFor();
    return await use(app, page);
  } finally {
    app.process().kill('SIGKILL');
    await closed;
  }
}

async function measure(app, page, file, baseline) {
  await watchDelay(app);
  await sleep(3000);
  const idleDelay = await delayMs(app);
  await watchFrames(page);
  await writeLines(file);
  const { late, drawn, shown } = await framesOf(page);
  const tailDelay = await delayMs(app);
  const startedAt = performance.now();
  await page.getByLabel('Search').fill(NEEDLE.toUpperCase());
  await page.getByText('Lines: 1', { exact: true }).waitFor({ timeout: 300_000 });
  const searchMs = performance.now() - startedAt;
  const searchDelay = await delayMs(app);
  console.error(`log view: the newest lines were ${shown ? '' : 'NOT '}in sight at the end`);
  return [
    {
      what: `log view at ${LINES_A_SECOND} lines/s: frames later than ${LATE_MS} ms of all`,
      unit: 'count',
      ours: late,
      theirs: drawn,
      target: { atMost: 0.02 },
    },
    { what: 'log view: search over 1 GB, beside grep', unit: 'ms', ours: searchMs, theirs: baseline },
    delayRow('at 10000 lines/s', tailDelay, idleDelay),
    delayRow('while 1 GB is searched', searchDelay, idleDelay),
  ];
}

const delayRow = (when, ours, theirs) => ({
  what: `app: longest delay of its event loop ${when}, beside idle`,
  unit: 'ms',
  ours,
  theirs,
  target: { below: 100 },
});

const watchDelay = (app) =>
  app.evaluate(() => {
    const delay = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    globalThis.benchDelay = delay;
  });

/** The longest one since the last question. */
const delayMs = (app) =>
  app.evaluate(() => {
    const longest = globalThis.benchDelay.max / 1e6;
    globalThis.benchDelay.reset();
    return longest;
  });

const watchFrames = (page) =>
  page.evaluate((lateMs) => {
    const frames = { drawn: 0, late: 0, last: performance.now() };
    window.benchFrames = frames;
    const next = (now) => {
      frames.drawn += 1;
      if (now - frames.last > lateMs) frames.late += 1;
      frames.last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }, LATE_MS);

async function framesOf(page) {
  const frames = await page.evaluate(() => ({ ...window.benchFrames }));
  const last = page.getByRole('option').filter({ hasText: `id=c-${LINES_A_SECOND * SECONDS - 1}` });
  const shown = await last.waitFor({ timeout: 10_000 }).then(
    () => true,
    () => false,
  );
  return { ...frames, shown };
}

/** From a process of its own, as a gateway would. */
async function writeLines(file) {
  const writer = spawn(process.execPath, [fileURLToPath(import.meta.url), 'write', file], {
    stdio: 'inherit',
  });
  await new Promise((resolve) => writer.once('exit', resolve));
}

async function write(file) {
  const startedAt = performance.now();
  for (let written = 0; written < LINES_A_SECOND * SECONDS; ) {
    const due = Math.min(
      LINES_A_SECOND * SECONDS,
      Math.floor(((performance.now() - startedAt) / 1000) * LINES_A_SECOND),
    );
    let block = '';
    for (; written < due; written += 1) block += line(written);
    if (block !== '') appendFileSync(file, block);
    await sleep(20);
  }
}

/** The screen that is there, or one that nobody sees. */
async function openScreen() {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (DISPLAY || WAYLAND_DISPLAY) return { env: { DISPLAY, WAYLAND_DISPLAY }, close: () => {} };
  const args = ['-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-displayfd', '3'];
  const xvfb = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve) => {
    xvfb.once('error', () => resolve(undefined));
    xvfb.stdio[3].once('data', (text) => resolve(String(text).trim()));
  });
  return number === undefined
    ? undefined
    : { env: { DISPLAY: `:${number}` }, close: () => xvfb.kill('SIGKILL') };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , order, file] = process.argv;
  if (order === 'write') await write(file);
  else console.log(table(await measureLogView()));
}
