import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from './atomic-file.ts';

const posix = process.platform !== 'win32';
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atomic-file-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('replaces the content and leaves no temporary file', async () => {
    const path = join(dir, 'a.json');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it.runIf(posix)('makes the file private, also when the old one was not', async () => {
    const path = join(dir, 'a.json');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeFileAtomic(path, 'new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps the old content and cleans up when the last check gives up', async () => {
    const path = join(dir, 'a.json');
    await writeFileAtomic(path, 'old');
    const refused = writeFileAtomic(path, 'new', {
      beforeRename: () => {
        throw new Error('no');
      },
    });
    await expect(refused).rejects.toThrow('no');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('says which file cannot be written, and why', async () => {
    await writeFile(join(dir, 'file'), '');
    const path = join(dir, 'file', 'a.json');
    await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: `${path} cannot be written (ENOTDIR). Check the owner and mode of it and of the directories above it.`,
    });
  });

  it('shows concurrent readers either the old or the new content, never a part', async () => {
    const path = join(dir, 'a.json');
    const texts = ['a'.repeat(200_000), 'b'.repeat(200_000)];
    await writeFileAtomic(path, texts[0] as string);
    const writes = (async () => {
      for (let i = 0; i < 20; i++) await writeFileAtomic(path, texts[i % 2] as string);
    })();
    for (let i = 0; i < 50; i++) expect(texts).toContain(await readFile(path, 'utf8'));
    await writes;
  });
});

describe('readJsonFile', () => {
  it('tells a missing file from a damaged one', async () => {
    await writeFile(join(dir, 'bad.json'), '{"half":');
    await writeFile(join(dir, 'good.json'), '{"a":1}');
    expect(await readJsonFile(join(dir, 'none.json'))).toEqual({ status: 'missing' });
    expect(await readJsonFile(join(dir, 'bad.json'))).toEqual({
      status: 'damaged',
      reason: 'is not valid JSON',
    });
    expect(await readJsonFile(join(dir, 'good.json'))).toEqual({ status: 'ok', value: { a: 1 } });
    expect(await readJsonFile(dir)).toMatchObject({ status: 'damaged' });
  });
});

describe.runIf(posix)('ensurePrivateDir', () => {
  it('creates the directory for its owner only and tightens a wider one', async () => {
    const fresh = join(dir, 'x', 'y');
    await ensurePrivateDir(fresh);
    const wide = join(dir, 'wide');
    await mkdir(wide, { mode: 0o755 });
    await ensurePrivateDir(wide);
    for (const path of [fresh, wide]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('refuses a symbolic link, which could lead anywhere', async () => {
    await mkdir(join(dir, 'real'));
    await symlink(join(dir, 'real'), join(dir, 'link'));
    await expect(ensurePrivateDir(join(dir, 'link'))).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });
});
