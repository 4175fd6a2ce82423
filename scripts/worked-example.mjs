/** Applies the changes that CONTRIBUTING.md shows to a copy of the code; the result has to compile. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** `run(script, args, cwd)` starts a tool of node_modules and resolves to its output lines, none when all is well. */
export async function workedExampleProblems(run) {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const changes = [...page.matchAll(/^```diff\n(.*?)^```$/gms)].map(([, text]) => text);
  if (changes.length === 0) return ['CONTRIBUTING.md shows no change any more'];
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-example-'));
  try {
    for (const entry of ['core', 'cli', 'package.json', 'tsconfig.json'].filter((name) =>
      existsSync(join(root, name)),
    )) {
      cpSync(join(root, entry), join(dir, entry), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction');
    const refused = changes.flatMap((change) => apply(change, dir));
    return refused.length > 0
      ? refused
      : await run('typescript/bin/tsc', ['-p', '.', '--pretty', 'false'], dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function apply(change, cwd) {
  const args = ['apply', '--recount', '--whitespace=nowarn', '-'];
  const { status, stderr } = spawnSync('git', args, { cwd, input: change, encoding: 'utf8' });
  return status === 0 ? [] : [`CONTRIBUTING.md: a change does not apply: ${stderr.trim()}`];
}
