import type { cp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files as they are: Electron's own `fs` takes an archive of an app for a directory. */
export interface PlainFiles {
  cp: typeof cp;
  rename: typeof rename;
  rm: typeof rm;
}

/** The program that runs: where it is, and as what it is replaced. */
export interface RunningProgram {
  platform: NodeJS.Platform;
  execPath: string;
  /** The file of an AppImage. */
  appImage?: string | undefined;
}

/** What is copied: an AppImage, the bundle of macOS, else the directory of the program. */
export function wholeProgram({ platform, execPath, appImage }: RunningProgram): string {
  if (appImage) return appImage;
  return platform === 'darwin' ? dirname(dirname(dirname(execPath))) : dirname(execPath);
}

/** Copies the program into `dir`, in place of what was kept there before, and resolves to the copy. */
export async function keepProgram(files: PlainFiles, program: RunningProgram, dir: string): Promise<string> {
  const source = wholeProgram(program);
  const target = join(dir, basename(source));
  await files.rm(dir, { recursive: true, force: true });
  await files.cp(source, target, { recursive: true, verbatimSymlinks: true });
  return target;
}

/**
 * Makes a kept copy the one to start, and resolves to its program. An AppImage takes its own place again; everything
 * else is started where it was kept, because the place of the new version may not be ours to change.
 */
export async function restoreProgram(
  files: PlainFiles,
  program: RunningProgram,
  kept: string,
): Promise<string> {
  const { execPath, appImage } = program;
  if (!appImage) return join(kept, execPath.slice(wholeProgram(program).length + 1));
  const draft = `${appImage}.${process.pid}`;
  await files.cp(kept, draft);
  await files.rename(draft, appImage);
  return appImage;
}
