import { readFile, rename } from 'node:fs/promises';
import { writeFileAtomic } from '../store/atomic-file.ts';

const OLDER = ['.bak', '.bak.1', '.bak.2', '.bak.3', '.bak.4'];

/** The version that the last change of this program replaced; undefined when there is none. */
export const readBackup = (path: string): Promise<string | undefined> =>
  readFile(`${path}.bak`, 'utf8').catch(() => undefined);

/** Keeps the last five versions beside a file: `.bak` is the newest, `.bak.4` the oldest, all 0600. */
export async function keepBackup(path: string, text: string): Promise<void> {
  if ((await readBackup(path)) === text) return;
  for (let index = OLDER.length - 1; index > 0; index--) {
    await rename(`${path}${OLDER[index - 1]}`, `${path}${OLDER[index]}`).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
  await writeFileAtomic(`${path}.bak`, text);
}
