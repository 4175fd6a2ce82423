import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../store/atomic-file.ts';

export const backupOf = (file: string): string => `${file}.bak`;

/** Replaces a definition; one that said something else stays beside it as `.bak`, which is returned. */
export async function replaceDefinition(
  file: string,
  text: string | Buffer,
  mode: number,
): Promise<string | undefined> {
  await mkdir(dirname(file), { recursive: true });
  const before = await readFile(file).catch(() => undefined);
  const backup = before && !before.equals(Buffer.from(text)) ? backupOf(file) : undefined;
  if (before && backup) await writeFileAtomic(backup, before, { mode: 0o600 });
  await writeFileAtomic(file, text, { mode });
  return backup;
}

/** The definition of before takes its place again, and its copy is no longer needed. */
export async function putBack(file: string, text: string | Buffer, mode: number): Promise<void> {
  await writeFileAtomic(file, text, { mode });
  const copy = await readFile(backupOf(file)).catch(() => undefined);
  if (copy?.equals(Buffer.from(text))) await rm(backupOf(file), { force: true });
}

/** Removes those of the files that are there, and returns them. */
export async function removeFiles(files: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const file of files) {
    const isGone = await rm(file).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (isGone) removed.push(file);
  }
  return removed;
}
