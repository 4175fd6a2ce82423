import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBench, textOf } from './testing/tool-bench.ts';

const posix = process.platform !== 'win32';

describe('reading and writing in the workspace', () => {
  it('writes, reads, edits and lists', async () => {
    await using bench = await openBench();
    expect(textOf(await bench.call('write', { path: 'a/b/note.txt', content: 'one\ntwo\nthree\n' }))).toBe(
      'Created a/b/note.txt (14 bytes).',
    );
    expect(textOf(await bench.call('read', { path: 'a/b/note.txt' }))).toBe('one\ntwo\nthree\n');
    await bench.call('edit', { path: 'a/b/note.txt', oldText: 'two', newText: 'zwei' });
    expect(textOf(await bench.call('read', { path: 'a/b/note.txt', offset: 2, limit: 1 }))).toBe(
      'zwei\n\n[the file goes on; continue with offset 3]',
    );
    expect(textOf(await bench.call('ls', { path: 'a' }))).toBe('b/');
    expect(textOf(await bench.call('ls', { path: 'a/b' }))).toBe('note.txt');
    expect(textOf(await bench.call('write', { path: 'a/b/note.txt', content: '' }))).toContain('Replaced');
    expect(textOf(await bench.call('read', { path: 'a/b/note.txt' }))).toBe('(empty file)');
  });

  it('takes an absolute path that lies in the workspace', async () => {
    await using bench = await openBench();
    await bench.call('write', { path: join(bench.workspace, 'x.txt'), content: 'x' });
    expect(await readFile(join(bench.workspace, 'x.txt'), 'utf8')).toBe('x');
  });

  it.runIf(posix)('keeps the mode of a file and leaves no temporary file', async () => {
    await using bench = await openBench();
    const path = join(bench.workspace, 'run.sh');
    await writeFile(path, 'old');
    await chmod(path, 0o755);
    await bench.call('write', { path: 'run.sh', content: 'new' });
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await readdir(bench.workspace)).toEqual(['run.sh']);
  });

  it('edits only a passage that is there exactly once, and keeps line ends and a byte order mark', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.workspace, 'a.txt'), '\ufeffx\r\nx\r\ny\r\n');
    const twice = await bench.call('edit', { path: 'a.txt', oldText: 'x', newText: 'z' });
    expect(twice).toMatchObject({ isError: true });
    expect(textOf(twice)).toContain('2 times');
    expect(textOf(await bench.call('edit', { path: 'a.txt', oldText: 'q', newText: 'z' }))).toContain(
      'is not in',
    );
    await bench.call('edit', { path: 'a.txt', oldText: 'x', newText: '$&', replaceAll: true });
    expect(await readFile(join(bench.workspace, 'a.txt'), 'utf8')).toBe('\ufeff$&\r\n$&\r\ny\r\n');
  });

  it('says of a binary file only that it is one, and does not edit it', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.workspace, 'b.bin'), Buffer.from([1, 2, 0, 255]));
    expect(textOf(await bench.call('read', { path: 'b.bin' }))).toBe(
      'b.bin is a binary file of 4 bytes; its content is not shown.',
    );
    expect(await bench.call('edit', { path: 'b.bin', oldText: 'x', newText: 'y' })).toMatchObject({
      isError: true,
    });
  });

  it('shows a large file in parts that join without loss', async () => {
    await using bench = await openBench();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ${'x'.repeat(40)}\n`);
    await writeFile(join(bench.workspace, 'big.txt'), lines.join(''));
    const seen: string[] = [];
    for (let offset = 1; offset <= lines.length; offset += 2000) {
      const part = textOf(await bench.call('read', { path: 'big.txt', offset, limit: 2000 }));
      seen.push(part.replace(/\n\[the file goes on; continue with offset \d+\]$/, ''));
    }
    expect(seen.join('')).toBe(lines.join(''));
  });

  it('cuts a line of any length and says so', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.workspace, 'line.txt'), 'x'.repeat(10_000_000));
    const text = textOf(await bench.call('read', { path: 'line.txt' }));
    expect(text.length).toBeLessThan(300_000);
    expect(text).toContain('cut after 262144 bytes');
  });

  it('refuses to edit what is too large', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.workspace, 'big.txt'), 'x'.repeat(6_000_000));
    const refused = await bench.call('edit', { path: 'big.txt', oldText: 'x', newText: 'y' });
    expect(textOf(refused)).toContain('larger than');
  });

  it('shows at most the asked number of entries and quotes names with control characters', async () => {
    await using bench = await openBench();
    for (const name of ['a', 'b', 'c']) await writeFile(join(bench.workspace, name), '');
    expect(textOf(await bench.call('ls', { limit: 2 }))).toBe('a\nb\n[1 entries not shown]');
    if (!posix) return;
    await writeFile(join(bench.workspace, 'z\nfake/'.replace('/', '')), '');
    expect(textOf(await bench.call('ls', {}))).toContain('"z\\nfake"');
  });
});

describe('paths out of the workspace', () => {
  const outside = [
    '../x',
    '../workspace-evil/x',
    'a/../../x',
    '/etc/passwd',
    '../tray/exec-approvals.json',
    `${'a/../'.repeat(10)}../../x`,
    'x\0.txt',
    'a'.repeat(5000),
  ];
  it.each(outside)('refuses %j for every file tool', async (path) => {
    await using bench = await openBench();
    for (const [name, args] of [
      ['read', {}],
      ['write', { content: 'x' }],
      ['edit', { oldText: 'a', newText: 'b' }],
      ['ls', {}],
    ] as const) {
      const result = await bench.call(name, { path, ...args });
      expect(result, name).toMatchObject({ isError: true });
      expect(textOf(result)).toMatch(/outside the workspace|cannot be used|gateway itself/);
    }
  });

  it('names no directory of this machine in its refusals', async () => {
    await using bench = await openBench();
    for (const path of ['missing', '../x', 'a/b/c']) {
      expect(textOf(await bench.call('read', { path }))).not.toContain(bench.root);
    }
  });

  it.runIf(posix)(
    'refuses links that lead out, also in the middle of a path and for files to be',
    async () => {
      await using bench = await openBench();
      await writeFile(join(bench.root, 'secret.txt'), 'canary');
      await symlink(bench.root, join(bench.workspace, 'out'));
      await symlink(join(bench.root, 'secret.txt'), join(bench.workspace, 'file'));
      await symlink(join(bench.root, 'new.txt'), join(bench.workspace, 'dangling'));
      await symlink('loop', join(bench.workspace, 'loop'));
      for (const path of ['out/secret.txt', 'file', 'dangling', 'loop', 'out/new.txt', 'out/deep/new.txt']) {
        for (const [name, args] of [
          ['read', {}],
          ['write', { content: 'x' }],
          ['edit', { oldText: 'canary', newText: 'x' }],
        ] as const) {
          const result = await bench.call(name, { path, ...args });
          expect(result, `${name} ${path}`).toMatchObject({ isError: true });
          expect(textOf(result)).not.toContain('canary');
        }
      }
      expect(await bench.call('ls', { path: 'out' })).toMatchObject({ isError: true });
      expect(await readFile(join(bench.root, 'secret.txt'), 'utf8')).toBe('canary');
      expect((await readdir(bench.root)).sort()).toEqual(['secret.txt', 'state']);
    },
  );

  it.runIf(posix)('follows a link that stays inside', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.workspace, 'real.txt'), 'inside');
    await symlink('real.txt', join(bench.workspace, 'alias'));
    expect(textOf(await bench.call('read', { path: 'alias' }))).toBe('inside');
    await bench.call('write', { path: 'alias', content: 'changed' });
    expect(await readFile(join(bench.workspace, 'real.txt'), 'utf8')).toBe('changed');
  });

  it.runIf(posix)(
    'never reads or writes outside while a directory is swapped for a link all the time',
    async () => {
      await using bench = await openBench();
      const [dir, aside] = [join(bench.workspace, 'd'), join(bench.workspace, 'aside')];
      const outside = join(bench.root, 'outside');
      await mkdir(dir);
      await mkdir(outside);
      await writeFile(join(dir, 'f'), 'inside');
      await writeFile(join(outside, 'f'), 'canary');
      const script = `const { renameSync, symlinkSync, rmSync } = require('node:fs');
      const [dir, aside, outside] = process.argv.slice(1);
      const tries = [() => renameSync(dir, aside), () => symlinkSync(outside, dir),
        () => rmSync(dir, { recursive: true }), () => renameSync(aside, dir)];
      for (;;) for (const attempt of tries) try { attempt() } catch {}`;
      const swapper = spawn(process.execPath, ['-e', script, dir, aside, outside]);
      try {
        for (let round = 0; round < 300; round += 1) {
          expect(textOf(await bench.call('read', { path: 'd/f' }))).not.toContain('canary');
          await bench.call('write', { path: 'd/f', content: 'inside' });
          await bench.call('write', { path: `d/new${round}`, content: 'x' });
        }
      } finally {
        const ended = once(swapper, 'exit');
        swapper.kill('SIGKILL');
        await ended;
      }
      expect(await readdir(outside)).toEqual(['f']);
      expect(await readFile(join(outside, 'f'), 'utf8')).toBe('canary');
    },
  );

  it.runIf(posix)('refuses pipes and devices without waiting for them', async () => {
    await using bench = await openBench();
    execFileSync('mkfifo', [join(bench.workspace, 'pipe')]);
    for (const [name, args] of [
      ['read', {}],
      ['write', { content: 'x' }],
      ['edit', { oldText: 'a', newText: 'b' }],
    ] as const) {
      expect(textOf(await bench.call(name, { path: 'pipe', ...args }))).toContain('not a regular file');
    }
    expect(textOf(await bench.call('ls', {}))).toBe('pipe (special file)');
  });

  it('keeps the state of the gateway closed when the workspace is around it', async () => {
    await using bench = await openBench();
    await writeFile(join(bench.root, 'state', 'openclaw.json'), '{"token":"canary"}');
    const wide = { workspace: bench.root };
    for (const path of ['state/openclaw.json', 'state/tray/exec-approvals.json', 'state']) {
      for (const [name, args] of [
        ['read', {}],
        ['write', { content: '{}' }],
        ['ls', {}],
      ] as const) {
        expect(textOf(await bench.call(name, { path, ...args }, wide)), `${name} ${path}`).toContain(
          'closed to tools',
        );
      }
    }
    expect(textOf(await bench.call('ls', {}, wide))).toBe('state/');
  });
});
