import { readFile, rename } from 'node:fs/promises';
import { writeFileAtomic } from '../store/atomic-file.ts';

const OLDER = ['.bak', '.bak.1', '.bak.2', '.bak.3', '.bak.4'];

/** Keeps the last five versions beside a file: `.bak` is the newest, `.bak.4` the oldest, all 0600. */
export async function keepBackup(path: string, text: string): Promise<void> {
  if ((await readFile(`${path}.bak`, 'utf8').catch(() => undefined)) === text) return;
  for (let index = OLDER.length - 1; index > 0; index--) {
    await rename(`${path}${OLDER[index - 1]}`, `${path}${OLDER[index]}`).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
  await writeFileAtomic(`${path}.bak`, text);
}
