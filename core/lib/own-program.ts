import { join, resolve } from 'node:path';

/** What a process tells of how it was started. */
export type Started = Pick<NodeJS.Process, 'execPath' | 'argv' | 'env' | 'platform' | 'versions'>;

/** Names the program to start where that is neither Node with a script nor a file of the desktop app. */
export const LAUNCHER = 'OPENCLAW_LAUNCHER';

const IN_APP = /^(.*)[\\/]app\.asar[\\/]/s;

/**
 * The words that start this very command line again, for somebody who has none of this process's environment: Node and
 * its script, or the launcher of the desktop app. The runtime of the app alone would start the app.
 */
export function ownCommand(started: Started): readonly [program: string, ...script: string[]] {
  const script = resolve(started.argv[1] ?? '');
  const [, resources] = (started.versions.electron && IN_APP.exec(script)) || [];
  if (resources === undefined) return [started.execPath, script];
  const name = started.platform === 'win32' ? 'openclaw.cmd' : 'openclaw';
  return [started.env[LAUNCHER]?.trim() || join(resources, 'bin', name)];
}

/** The file that a person would call this command line: its script, or the launcher of the app. */
export const ownProgram = (started: Started): string => ownCommand(started).at(-1) ?? started.execPath;
