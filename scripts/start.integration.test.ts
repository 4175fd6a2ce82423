import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../core/testing/free-port.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Reads on afterwards, so that the program can go on printing; ends early when the program does. */
function readUntil(stream: Readable, end: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.endsWith(end)) resolve(text);
    });
    stream.on('end', () => resolve(text));
  });
}

describe.skipIf(process.platform === 'win32')('npm start', () => {
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'openclaw-start-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('runs a gateway in an empty HOME that the command it names can ask, and ends with it', async () => {
    const env = { PATH: process.env.PATH, HOME: home };
    const args = ['scripts/start.mjs', '--port', `${await freePort()}`];
    const child = spawn(process.execPath, args, { cwd: root, env });
    const exit = once(child, 'exit');
    try {
      const output = await readUntil(child.stdout, 'ready\n');
      for (const line of output.split('\n').slice(0, 6)) expect(line.length, line).toBeLessThanOrEqual(80);
      const [, command] = /another terminal:\n {2}node (.*)\n/.exec(output) ?? [];
      const { stdout } = await run(process.execPath, (command ?? output).split(' '), { cwd: root, env });
      expect(stdout).toMatch(/^Gateway Health\nOK/);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exit).toEqual([0, null]);
  });

  it('names commands that can be typed in a clone where nothing is installed', async () => {
    const env = { PATH: process.env.PATH, HOME: home };
    const child = spawn(process.execPath, ['scripts/start.mjs', '--url', 'ws://127.0.0.1:1'], {
      cwd: root,
      env,
    });
    const [output, refusal] = await Promise.all([
      readUntil(child.stdout, 'never\n'),
      readUntil(child.stderr, 'never\n'),
    ]);
    expect(output).toContain('Starting a gateway in the foreground; Ctrl+C stops it.\n');
    expect(refusal).toContain('Try: node dist/openclaw.cjs gateway run --help');
  });
});
