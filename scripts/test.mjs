/** `npm test [filter …]`: builds, then runs every test; arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOrExit } from './build.mjs';
import { root, setupForTests } from './setup.mjs';
import { line, ofVitest, sum } from './tally.mjs';

setupForTests();
await buildOrExit();
const tally = sum([vitest(process.argv.slice(2))]);
console.log(line(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;

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
