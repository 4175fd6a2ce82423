import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import JSON5 from 'json5';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import type { ConfigFile } from './read.ts';

const lastGoodPath = (trayDir: string): string => join(trayDir, 'config', 'last-good.json5');

/** Keeps a configuration that works. Included files are folded in, so that it stands alone. */
export async function saveLastGood(trayDir: string, file: ConfigFile): Promise<void> {
  if (file.text === null) return;
  const path = lastGoodPath(trayDir);
  const text = file.includedPaths.length > 0 ? `${JSON5.stringify(file.merged, null, 2)}\n` : file.text;
  if ((await loadLastGood(trayDir)) === text) return;
  await ensurePrivateDir(dirname(path));
  await writeFileAtomic(path, text);
}

export const loadLastGood = (trayDir: string): Promise<string | undefined> =>
  readFile(lastGoodPath(trayDir), 'utf8').catch(() => undefined);
