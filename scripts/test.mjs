/**
 * `npm test [filter …]`: builds, then runs every test; arguments go to vitest. `npm run test:packaged` runs those of
 * the app once more, on the app as its package has it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAppOrExit } from './app-bundle.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { packageForTests } from './package-for-tests.mjs';
import { MISSING_PROGRAMS, root, setupForTests } from './setup.mjs';
import { line, ofVitest, secondTries, sum } from './tally.mjs';

const PACKAGED = '--packaged';
/** They try the package, with the fuses of a release, in every run. */
const ALWAYS_PACKAGED = ['--exclude=**/{packaged,update}.test.ts'];
const args = process.argv.slice(2);
const filters = args.filter((arg) => arg !== PACKAGED);
setupForTests();
await buildAppOrExit();
if (args.includes(PACKAGED)) filters.push('--project=desktop', ...ALWAYS_PACKAGED);
if (filters.length === 0 || filters.some((filter) => filter.includes('desktop'))) await prepareApp();
const tally = sum([vitest(filters)]);
console.log(line(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;

/**
 * Makes the package before tests do that at the same time. The tests of the app skip themselves where no Electron can
 * be had.
 */
async function prepareApp() {
  if (await fetchElectron()) {
    const made = await packageForTests();
    if (made && args.includes(PACKAGED)) process.env.OPENCLAW_TEST_APP = made.program;
    return;
  }
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
    const told = readReport(report);
    for (const { name, failure } of secondTries(told))
      console.log(`Passed at the second try: ${name}\n${failure}`);
    return ofVitest(told, status);
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
