/**
 * `npm run bench`: the gateway beside the least a Node program can do, measured in turns in one run.
 * No figure makes it fail: numbers depend on the machine, their ratios much less.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOrExit } from './build.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { packageForTests } from './package-for-tests.mjs';
import { setup } from './setup.mjs';

setup();
await buildOrExit();

const { baseline, gateway } = await import('../bench/server-process.mjs');
const { measureChats } = await import('../bench/chats.mjs');
const { measureEndurance } = await import('../bench/endurance.mjs');
const { measureDiscover } = await import('../bench/discover.mjs');
const { measureHistory } = await import('../bench/history.mjs');
const { measureCrowd } = await import('../bench/crowd.mjs');
const { measureStatus } = await import('../bench/status.mjs');
const { measureLogView } = await import('../bench/log-view.mjs');
const { measureProbe } = await import('../bench/probe.mjs');
const { measureRequests } = await import('../bench/requests.mjs');
const { measureIdleMemory, measureStart } = await import('../bench/start-up.mjs');
const { measureTunnels } = await import('../bench/tunnels.mjs');
const { table } = await import('../bench/table.mjs');

const home = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
const subjects = [gateway(home), baseline()];
const rows = [];
for (const measure of [
  measureStart,
  measureIdleMemory,
  measureProbe,
  measureRequests,
  measureCrowd,
  measureChats,
  measureEndurance,
  measureHistory,
  measureTunnels,
  measureStatus,
  measureDiscover,
  desktopRows,
  measureLogView,
]) {
  console.error(`${measure.name} …`);
  try {
    rows.push(...(await measure(subjects, home)));
  } catch (error) {
    // What the others have measured took minutes.
    console.error(error);
    process.exitCode = 1;
  }
}
rmSync(home, { recursive: true, force: true });
console.log(`Node ${process.version}, ${process.platform} ${process.arch}; medians\n\n${table(rows)}`);

/** Where the app cannot be packaged or shown, its rows are missing. */
async function desktopRows() {
  const made = await packageForTests();
  if (!made) return [];
  const { measureDesktop } = await import('../bench/desktop.mjs');
  return measureDesktop({ released: made.released, electron: await fetchElectron() });
}
