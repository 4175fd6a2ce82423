import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';
import { type Change, inverse } from './file-change.ts';

/** Content of `<trayDir>/doctor/undo.json`; it may hold configurations and definitions with secrets, and is as private. */
interface UndoRecord {
  version: 1;
  /** In the order in which they were made. */
  changes: Change[];
}

const undoPath = (trayDir: string): string => join(trayDir, 'doctor', 'undo.json');

/** Written before the last of the changes is made, so that a crash in between can be undone as well. */
export async function saveUndo(trayDir: string, changes: readonly Change[]): Promise<void> {
  await ensurePrivateDir(trayDir);
  await ensurePrivateDir(join(trayDir, 'doctor'));
  const record: UndoRecord = { version: 1, changes: [...changes] };
  await writeFileAtomic(undoPath(trayDir), `${JSON.stringify(record)}\n`);
}

export async function loadUndo(trayDir: string): Promise<Change[]> {
  const found = await readJsonFile(undoPath(trayDir));
  const record = found.status === 'ok' ? (found.value as Partial<UndoRecord> | null) : null;
  return record?.version === 1 && Array.isArray(record.changes) ? record.changes : [];
}

/**
 * Takes back what the last `doctor --fix` has done, the last first; what is undone is not undone twice. `apply` throws
 * STORE_UNUSABLE at what was changed since, and then that one and those before it stay as they are.
 */
export async function undoChanges(
  trayDir: string,
  apply: (change: Change) => Promise<void>,
): Promise<Change[]> {
  const changes = await loadUndo(trayDir);
  for (let left = changes.length; left > 0; left -= 1) {
    const change = changes[left - 1];
    if (change) await apply(inverse(change));
    await saveUndo(trayDir, changes.slice(0, left - 1));
  }
  // What could not be read is not ours to throw away.
  if (changes.length > 0) await rm(undoPath(trayDir), { force: true });
  return changes.map(inverse).reverse();
}
