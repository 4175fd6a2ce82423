import { join } from 'node:path';

/** Where the app runs, as far as its `openclaw` command is concerned. */
export interface CommandPlace {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
  /** False: the app runs from a checkout. */
  isPackaged: boolean;
  /** Directory of the app's archive; below it is `bin`. */
  resources: string;
  /** The PATH of a new terminal; undefined where that cannot be found out. */
  shellPath(): Promise<string | undefined>;
  /** Runs a program of the system with extra variables and resolves to its output; rejects when it fails. */
  run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string>;
}

/** Where nothing can be installed, and why. */
export type Impossible = 'DEVELOPMENT' | 'TRANSLOCATED';

/** What there is of the command. Paths are absolute. */
export interface CommandState {
  /** The command of this app, where it is installed. */
  path?: string;
  /** Its directory is on the PATH of a new terminal. */
  isOnPath?: boolean;
  /** Another `openclaw`, which a terminal finds before ours. */
  shadowedBy?: string;
  /** What to add to which file, for a directory that is not on the PATH. */
  advice?: { line: string; file: string };
}

export type CommandOutcome =
  | { ok: true; state: CommandState }
  | { ok: false; code: Impossible }
  /** A file that is not ours is where the command would be. */
  | { ok: false; code: 'COMMAND_TAKEN'; path: string }
  /** The system does not let the command be made or removed there. */
  | { ok: false; code: 'COMMAND_UNWRITABLE'; path: string; reason: string };

/** macOS runs what was downloaded from a place of its own, which is another one next time. */
const TRANSLOCATED = '/AppTranslocation/';

export function impossibleHere({ isPackaged, resources }: CommandPlace): Impossible | undefined {
  if (!isPackaged) return 'DEVELOPMENT';
  return resources.includes(TRANSLOCATED) ? 'TRANSLOCATED' : undefined;
}

/** The command in the package. */
export const launcherIn = (resources: string, platform: NodeJS.Platform): string =>
  join(resources, 'bin', platform === 'win32' ? 'openclaw.cmd' : 'openclaw');
