/** `npm test [filter …]`: builds, then runs every test; arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAppOrExit } from './app-bundle.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { MISSING_PROGRAMS, root, setupForTests } from './setup.mjs';
import { line, ofVitest, sum } from './tally.mjs';

const filters = process.argv.slice(2);
setupForTests();
await buildAppOrExit();
if (filters.length === 0 || filters.some((filter) => filter.includes('desktop'))) await findElectron();
const tally = sum([vitest(filters)]);
console.log(line(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;

/** The tests of the app skip themselves where no Electron can be had. */
async function findElectron() {
  if (await fetchElectron()) return;
  process.env[MISSING_PROGRAMS] = [process.env[MISSING_PROGRAMS], 'electron'].filter(Boolean).join(', ');
  console.log('Tests of the app will be skipped: there is no Electron, and it could not be fetched.');
}

function vitest(args) {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-test-'));
  const report = join(dir, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args];
  try {
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
    return ofVitest(readReport(report), status);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
