import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJournal, scanJournal } from './journal.ts';

/** Set OPENCLAW_TEST_KILLS=300 for a long run. */
const KILLS = Number(process.env.OPENCLAW_TEST_KILLS ?? 40);

let dir: string;
let program: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-kill-'));
  program = join(dir, 'append.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./testing/append-until-killed.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the writer, kills it without warning after `acks` acknowledgements, and returns all that it gave. */
async function killAfter(path: string, acks: number, delayMicros: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
    if (output.split('\n').length <= acks) return;
    const until = process.hrtime.bigint() + BigInt(delayMicros) * 1000n;
    while (process.hrtime.bigint() < until);
    child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  return output.split('\n').slice(0, -1);
}

describe('a writer that is killed', () => {
  it(
    `${KILLS} times at random points loses nothing it acknowledged and leaves no half record`,
    async () => {
      const path = join(dir, 'store', 'a.jsonl');
      const acknowledged: string[] = [];
      for (let run = 0; run < KILLS; run += 1) {
        const acks = 1 + Math.floor(Math.random() * 25);
        acknowledged.push(...(await killAfter(path, acks, Math.floor(Math.random() * 3000))));
        if (run % 10 !== 9 && run !== KILLS - 1) continue;
        await (await openJournal(path)).close();
        const found = new Set<unknown>();
        for await (const piece of scanJournal(path)) {
          expect(piece).not.toHaveProperty('damaged');
          if ('record' in piece) found.add(piece.record.id);
        }
        expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      }
      expect(acknowledged.length).toBeGreaterThan(KILLS);
    },
    20_000 + KILLS * 2_000,
  );
});
