import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { shellWord } from '../remote/problem-text.ts';
import { broken, type Evidence } from './evidence.ts';

/** What this user needs of the files of an installation, from the outermost to the innermost. */
export interface Belongings {
  stateDir: string;
  trayDir: string;
  configPath: string;
}

const { R_OK, W_OK, X_OK } = constants;

/**
 * The first of them that is there and that this user may not use, which happens after a run with sudo. Undefined when
 * all is well; a disk that is read-only is no matter of permissions.
 */
export async function lookAtAccess(places: Belongings): Promise<Evidence | undefined> {
  if (process.platform === 'win32') return undefined;
  const needs: [path: string, mode: number][] = [
    [places.stateDir, R_OK | W_OK | X_OK],
    [places.trayDir, R_OK | W_OK | X_OK],
    [places.configPath, R_OK],
  ];
  for (const [path, mode] of needs) {
    const code = await access(path, mode).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (code === 'EACCES' || code === 'EPERM') return denied(path);
  }
  return undefined;
}

async function denied(path: string): Promise<Evidence> {
  const found = await stat(path).catch(() => undefined);
  const isDirectory = found?.isDirectory() ?? false;
  const isMine = found?.uid === process.getuid?.();
  const word = shellWord(path);
  const chmod = `chmod ${isDirectory ? 'u+rwx' : 'u+rw'} ${word}`;
  const chown = `sudo chown ${isDirectory ? '-R ' : ''}${shellWord(userName())} ${word}`;
  return broken('config', 'STATE_DENIED', { path, fix: isMine ? chmod : chown });
}

/** The number does where the user has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}
