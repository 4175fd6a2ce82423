import { installedLink, installLink, linkState, removeLink } from './command-link.ts';
import { installPath, pathState, removePath } from './command-path.ts';
import {
  type CommandOutcome,
  type CommandPlace,
  type CommandState,
  impossibleHere,
} from './command-place.ts';

/** The `openclaw` command of this app in the terminals of its user. Nothing of it needs an administrator. */
export interface CommandInstaller {
  /** Known without asking anybody; true when a command of this app is installed. */
  readonly isInstalled: boolean;
  state(): Promise<CommandState>;
  install(): Promise<CommandOutcome>;
  remove(): Promise<CommandOutcome>;
}

/** Never overwrites or removes what this app has not made. */
export async function openCommandInstaller(place: CommandPlace): Promise<CommandInstaller> {
  const impossible = impossibleHere(place);
  const isWindows = place.platform === 'win32';
  const [state, install, remove] = isWindows
    ? [pathState, installPath, removePath]
    : [linkState, installLink, removeLink];
  let onWindows = impossible === undefined && isWindows && (await pathState(place)).path !== undefined;
  const tried = async (change: (place: CommandPlace) => Promise<CommandOutcome>): Promise<CommandOutcome> => {
    if (impossible !== undefined) return { ok: false, code: impossible };
    const outcome = await change(place);
    if (isWindows) onWindows = outcome.ok && outcome.state.path !== undefined;
    return outcome;
  };
  return {
    get isInstalled() {
      if (impossible !== undefined) return false;
      return isWindows ? onWindows : installedLink(place) !== undefined;
    },
    state: async () => (impossible === undefined ? state(place) : {}),
    install: () => tried(install),
    remove: () => tried(remove),
  };
}
