/**
 * The packaged app beside an Electron app that has a tray and nothing else: how soon its icon is there, what it costs
 * while nothing happens, and its command line beside the same one on Node. On Linux only, and where an Electron is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs, freePort, gatewayEnv } from './server-process.mjs';
import { alternate, median } from './statistics.mjs';

const root = join(import.meta.dirname, '..');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--log-level=3'];
const IDLE_MS = 30_000;

/** `released`: directory of the packaged app; `electron`: the program that it was packaged with. */
export async function measureDesktop({ released, electron }) {
  const { openScreen } = await import('./tray-watch.mjs');
  const screen = await openScreen();
  const home = mkdtempSync(join(tmpdir(), 'openclaw-bench-desktop-'));
  const env = { ...gatewayEnv(home), ...screen.env, LANG: 'en_US.UTF-8' };
  const app = { program: join(released, 'openclaw-tray'), args: [...FLAGS, '--background'], env };
  const empty = {
    program: electron,
    args: [...FLAGS, join(root, 'bench/empty-app'), `--user-data-dir=${join(home, 'empty')}`],
    env,
  };
  try {
    return [
      ...(await measureLaunch(screen, [app, empty])),
      ...(await measureIdle(screen, app, empty)),
      ...(await measureCommand(screen, released, app)),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
    await screen.close();
  }
}

async function measureLaunch(screen, subjects) {
  const [ours, theirs] = await alternate(7, subjects, async (subject) => {
    const running = await launch(screen, subject);
    await running.end();
    return running.readyMs;
  });
  const row = { unit: 'ms', ours: median(ours), theirs: median(theirs), target: { atMost: 2 } };
  return [{ what: 'app: spawn to tray icon', ...row }];
}

/** With a gateway of its own, which is not counted, and a window that was open before. */
async function measureIdle(screen, app, empty) {
  const other = await launch(screen, empty);
  const port = await freePort();
  const env = { ...app.env, OPENCLAW_GATEWAY_PORT: `${port}` };
  const args = [...app.args.filter((arg) => arg !== '--background'), '--start-gateway'];
  const ours = await launch(screen, { ...app, env, args });
  try {
    await isHealthy(port);
    await closeWindow(env);
    await sleep(5_000);
    const gateway = gatewayPid(env);
    const counted = () => members(ours.pid).filter((pid) => pid !== gateway);
    const cpu = () =>
      [counted(), members(other.pid)].map((pids) => pids.reduce((sum, pid) => sum + cpuMs(pid), 0));
    const before = cpu();
    await sleep(IDLE_MS);
    const [percent, idle] = cpu().map((used, index) => ((used - before[index]) / IDLE_MS) * 100);
    const [mine, theirs] = [privateBytes(counted()), privateBytes(members(other.pid))];
    return [
      { what: 'app: private memory, window closed', unit: 'MB', ours: mine, theirs, target: { atMost: 1.3 } },
      {
        what: 'app: idle, share of a core',
        unit: 'percent',
        ours: percent,
        theirs: idle,
        target: { below: 1 },
      },
    ];
  } finally {
    await ours.end();
    await other.end();
  }
}

async function measureCommand(screen, released, app) {
  const port = await freePort();
  const env = { ...app.env, OPENCLAW_GATEWAY_PORT: `${port}` };
  const running = await launch(screen, { ...app, env, args: [...app.args, '--start-gateway'] });
  try {
    await isHealthy(port);
    const bundled = [join(released, 'resources/bin/openclaw')];
    const plain = [process.execPath, join(root, 'dist/openclaw.cjs')];
    const [ours, theirs] = await alternate(15, [bundled, plain], async ([program, ...before]) => {
      const startedAt = performance.now();
      const { status } = spawnSync(program, [...before, 'gateway', 'health'], { env });
      return status === 0 ? performance.now() - startedAt : undefined;
    });
    const row = { unit: 'ms', ours: median(ours), theirs: median(theirs), target: { atMost: 1.6 } };
    return [{ what: 'bundled gateway health, whole process', ...row }];
  } finally {
    await running.end();
  }
}

async function launch(screen, { program, args, env }) {
  const icon = screen.icon();
  const startedAt = performance.now();
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
  const failed = new Promise((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code} before it had an icon`)));
  });
  failed.catch(() => {});
  await Promise.race([icon, failed]);
  return { pid: child.pid, readyMs: performance.now() - startedAt, end: () => endGroup(child.pid) };
}

async function endGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  while (members(leader).length > 0) await sleep(20);
}

/** Processes of a group that have not ended. */
function members(leader) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
        return group === `${leader}` && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** What these processes have written for themselves alone; pages of files that happen to be shared do not matter. */
const privateBytes = (pids) =>
  pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const parts = [...text.matchAll(/^Private_Dirty:\s+(\d+) kB$/gm)];
    return sum + parts.reduce((total, [, kilobytes]) => total + Number(kilobytes) * 1024, 0);
  }, 0);

const gatewayPid = (env) =>
  JSON.parse(readFileSync(join(env.OPENCLAW_STATE_DIR, 'tray/run/gateway.lock'), 'utf8')).pid;

async function isHealthy(port) {
  for (const startedAt = performance.now(); performance.now() - startedAt < 30_000; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('The gateway of the app did not start.');
}

/** With the keys that close a window, and only when it has gone is it closed. */
async function closeWindow(env) {
  const xdotool = (...args) =>
    spawnSync('xdotool', args, { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout.trim();
  const search = (...flags) => xdotool('search', ...flags, '--onlyvisible', '--name', '^OpenClaw$');
  const [window] = search('--sync').split('\n');
  for (const startedAt = performance.now(); performance.now() - startedAt < 20_000; ) {
    await sleep(500);
    xdotool('windowfocus', '--sync', window, 'key', 'ctrl+w');
    if (search() === '') return;
  }
  throw new Error('The window of the app was not closed.');
}
