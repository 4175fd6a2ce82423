/** `npm run check`: everything that can be said about the code without running it. One line for each check. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { boundaryProblems, counts, plantedProblems } from './boundaries.mjs';
import { assertOneVersion } from './build.mjs';
import { fetchOlderTypes } from './electron-types.mjs';
import { methodsDocProblems } from './methods-doc.mjs';
import { root, setup } from './setup.mjs';
import { docProblems, escapeProblems, laziness, sizeProblems } from './source-rules.mjs';
import { line } from './tally.mjs';
import { workedExampleProblems } from './worked-example.mjs';

setup();

const checks = [
  ['types (tsc)', () => tool('typescript/bin/tsc', ['-p', '.', '--pretty', 'false'])],
  ['types of the window', () => tool('typescript/bin/tsc', ['-p', 'renderer', '--pretty', 'false'])],
  ['types of main with the older Electron', olderElectron],
  ['format and lint (biome)', () => tool('@biomejs/biome/bin/biome', ['ci', '--colors=off', '.'])],
  [`${counts.rules} layering rules`, boundaryProblems],
  [
    `the layering rules catch ${counts.breaches} planted breaches, pass ${counts.innocents} neighbours`,
    plantedProblems,
  ],
  ['file sizes', sizeProblems],
  ['no escape hatches', escapeProblems],
  ['a query starts without schemas and server', laziness],
  ['one version', () => thrown(assertOneVersion)],
  ['links and file names in the docs', docProblems],
  ['docs/methods.md equals the contract', methodsDocProblems],
  ['the worked example of CONTRIBUTING.md compiles', () => workedExampleProblems(tool)],
];

/** All start at once; the slow ones are programs of their own. */
const startedAt = performance.now();
const running = checks.map(([, run]) => problemsOf(run));
let failed = 0;
for (const [index, [name]] of checks.entries()) {
  const problems = await running[index];
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name}`);
  for (const problem of problems) console.log(`    ${problem}`);
  if (problems.length > 0) failed += 1;
}
console.log(`(${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
console.log(line({ passed: checks.length - failed, failed, skipped: 0 }));
process.exitCode = failed > 0 ? 1 : 0;

async function problemsOf(run) {
  try {
    return await run();
  } catch (error) {
    return String(error.message ?? error).split('\n');
  }
}

function thrown(assertion) {
  assertion();
  return [];
}

async function olderElectron() {
  await fetchOlderTypes();
  return tool('typescript/bin/tsc', ['-p', 'main/tsconfig.electron-33.json', '--pretty', 'false']);
}

/** Runs a tool of node_modules; its output, line by line, when it fails. */
function tool(script, args, cwd = root) {
  return new Promise((resolve, reject) => {
    const command = [join(root, 'node_modules', script), ...args];
    const child = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? [] : (output.trim() || `exit ${code}`).split('\n')));
  });
}
