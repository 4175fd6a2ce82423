import { installedLink, installLink, linkState, refreshLink, removeLink } from './command-link.ts';
import { installPath, pathState, removePath } from './command-path.ts';
import {
  type CommandOutcome,
  type CommandPlace,
  type CommandState,
  impossibleHere,
} from './command-place.ts';

/** The `openclaw` command of this app in the terminals of its user. Nothing of it needs an administrator. */
export interface CommandInstaller {
  /** There is a command to be installed, wherever the app runs from. */
  readonly isPossible: boolean;
  /** A command of this app is installed. On Windows it is known once `state` has resolved. */
  readonly isInstalled: boolean;
  state(): Promise<CommandState>;
  install(): Promise<CommandOutcome>;
  remove(): Promise<CommandOutcome>;
  /** Mends a command that leads to an app that is gone; without one, nothing happens. */
  refresh(): Promise<void>;
}

/** Never overwrites or removes what this app has not made. */
export function commandInstaller(place: CommandPlace): CommandInstaller {
  const impossible = impossibleHere(place);
  if (impossible !== undefined) {
    const refused = async (): Promise<CommandOutcome> => ({ ok: false, code: impossible });
    return {
      isPossible: false,
      isInstalled: false,
      state: async () => ({}),
      install: refused,
      remove: refused,
      refresh: async () => {},
    };
  }
  return place.platform === 'win32' ? onWindows(place) : elsewhere(place);
}

const elsewhere = (place: CommandPlace): CommandInstaller => ({
  isPossible: true,
  get isInstalled() {
    return installedLink(place) !== undefined;
  },
  state: () => linkState(place),
  install: () => installLink(place),
  remove: () => removeLink(place),
  refresh: () => refreshLink(place),
});

/** The registry is asked by a program, which takes too long for a menu. */
function onWindows(place: CommandPlace): CommandInstaller {
  let isInstalled = false;
  const tried = async (change: (place: CommandPlace) => Promise<CommandOutcome>): Promise<CommandOutcome> => {
    const outcome = await change(place);
    isInstalled = outcome.ok && outcome.state.path !== undefined;
    return outcome;
  };
  return {
    isPossible: true,
    get isInstalled() {
      return isInstalled;
    },
    async state() {
      const state = await pathState(place);
      isInstalled = state.path !== undefined;
      return state;
    },
    install: () => tried(installPath),
    remove: () => tried(removePath),
    refresh: async () => {},
  };
}
