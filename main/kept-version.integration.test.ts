import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepProgram, restoreProgram, wholeProgram } from './kept-version.ts';

const files = { cp, rename, rm };
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-kept-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('an AppImage takes its own place again, and can be run', async () => {
  const appImage = join(dir, 'OpenClaw Tray.AppImage');
  await writeFile(appImage, 'old', { mode: 0o755 });
  const program = { platform: 'linux', execPath: '/tmp/.mount_x/openclaw-tray', appImage } as const;
  const kept = await keepProgram(files, program, join(dir, 'previous'));
  await writeFile(appImage, 'new');
  expect(await restoreProgram(files, program, kept)).toBe(appImage);
  expect(await readFile(appImage, 'utf8')).toBe('old');
  expect((await stat(appImage)).mode & 0o111).toBe(0o111);
  expect((await readdir(dir)).sort()).toEqual(['OpenClaw Tray.AppImage', 'previous']);
});

it('a bundle of macOS and a directory of Windows are started where they were kept, the last one only', async () => {
  const bundle = join(dir, 'OpenClaw Tray.app');
  const execPath = join(bundle, 'Contents/MacOS/OpenClaw Tray');
  await mkdir(join(bundle, 'Contents/MacOS'), { recursive: true });
  await writeFile(execPath, 'old');
  await mkdir(join(dir, 'previous/older'), { recursive: true });
  const program = { platform: 'darwin', execPath } as const;
  const kept = await keepProgram(files, program, join(dir, 'previous'));
  await writeFile(execPath, 'new');
  const start = await restoreProgram(files, program, kept);
  expect(start).toBe(join(dir, 'previous/OpenClaw Tray.app/Contents/MacOS/OpenClaw Tray'));
  expect(await readFile(start, 'utf8')).toBe('old');
  expect(await readdir(join(dir, 'previous'))).toEqual(['OpenClaw Tray.app']);
  expect(wholeProgram({ platform: 'win32', execPath: '/programs/OpenClaw Tray/openclaw-tray.exe' })).toBe(
    '/programs/OpenClaw Tray',
  );
});
