import { loadLastGood } from '../config/last-good.ts';
import type { StatePaths } from '../config/paths.ts';
import { inspectText, type SnapshotSource } from '../config/snapshot.ts';
import { modeOf } from './file-change.ts';
import type { Exposed } from './local-look.ts';

/** Whether a configuration that worked is kept and still would. */
export async function hasLastGood(trayDir: string, source: SnapshotSource): Promise<boolean> {
  const text = await loadLastGood(trayDir);
  return text !== undefined && (await inspectText(text, source)).issues.length === 0;
}

/** What others of this machine can get at although only its owner should. */
export function exposedPaths({ stateDir, trayDir, configPath }: StatePaths): Exposed[] {
  if (process.platform === 'win32') return [];
  const found = [stateDir, trayDir, configPath].map((path) => ({ path, mode: modeOf(path) ?? 0 }));
  return found.filter(({ mode }) => (mode & 0o077) !== 0);
}
