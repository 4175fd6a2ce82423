import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { shellWord } from '../lib/shell-word.ts';
import { broken, type Evidence } from './evidence.ts';

/** What this user needs of the files of an installation, from the outermost to the innermost. */
export interface Belongings {
  stateDir: string;
  trayDir: string;
  configPath: string;
}

const { R_OK, W_OK, X_OK } = constants;

/**
 * A directory in whose place there is something else, or the first of them that is there and that this user may not
 * use, which happens after a run with sudo. Undefined when
 * all is well; a disk that is read-only is no matter of permissions.
 */
export function lookAtAccess(places: Belongings): Evidence | undefined {
  if (process.platform === 'win32') return undefined;
  const needs: [path: string, mode: number][] = [
    [places.stateDir, R_OK | W_OK | X_OK],
    [places.trayDir, R_OK | W_OK | X_OK],
    [places.configPath, R_OK],
  ];
  const isDenied = ([path, mode]: [string, number]): boolean =>
    ['EACCES', 'EPERM'].includes(accessFault(path, mode) ?? '');
  const file = [places.stateDir, places.trayDir].find((dir) => statOf(dir)?.isDirectory() === false);
  if (file !== undefined) return inTheWay(file);
  const [path] = needs.find(isDenied) ?? [];
  return path === undefined ? undefined : denied(path);
}

const inTheWay = (path: string): Evidence =>
  broken('config', 'STATE_NOT_A_DIRECTORY', {
    path,
    fix: `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`,
  });

/** Asked at once: to have it asked by another thread takes several times as long. */
function accessFault(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function denied(path: string): Evidence {
  const found = statOf(path);
  const isDirectory = found?.isDirectory() ?? false;
  const isMine = found?.uid === process.getuid?.();
  const word = shellWord(path);
  const chmod = `chmod ${isDirectory ? 'u+rwx' : 'u+rw'} ${word}`;
  const chown = `sudo chown ${isDirectory ? '-R ' : ''}${shellWord(userName())} ${word}`;
  return broken('config', 'STATE_DENIED', { path, fix: isMine ? chmod : chown });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The number does where the user has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}
