import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../lib/json.ts';

export interface BackendProgram {
  dir: string;
  /** A configuration with the backend `helper` that runs the script with this Node. */
  config(backend?: Json): Json;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real program: a Node script in a directory of its own. */
export async function backendProgram(script: string): Promise<BackendProgram> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'openclaw-backend-')));
  const file = join(dir, 'helper.mjs');
  await writeFile(file, script);
  await chmod(file, 0o755);
  const backend = { command: process.execPath, args: [file], output: 'text', input: 'arg' };
  return {
    dir,
    config: (more = {}) => ({ agents: { defaults: { cliBackends: { helper: { ...backend, ...more } } } } }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** The script prints everything it was given, as one JSON object. */
export const REPORTER = `
let stdin = '';
for await (const piece of process.stdin) stdin += piece;
const report = { args: process.argv.slice(2), stdin, cwd: process.cwd(), env: process.env };
console.log(JSON.stringify({ result: JSON.stringify(report), session_id: 'sess-1' }));
`;
