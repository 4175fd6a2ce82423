import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../core/store/atomic-file.ts';

/** Whether the app is started when its user logs in. */
export interface LoginItem {
  isOn(): boolean;
  set(on: boolean): Promise<void>;
}

/** What has to be run: a program and its arguments. */
export interface LoginCommand {
  program: string;
  args: readonly string[];
}

/** macOS and Windows keep it themselves; `app` is Electron's. */
export interface LoginItemKeeper {
  getLoginItemSettings(options: { path: string; args: string[] }): { openAtLogin: boolean };
  setLoginItemSettings(settings: { openAtLogin: boolean; path: string; args: string[] }): void;
}

export const systemLoginItem = (keeper: LoginItemKeeper, { program, args }: LoginCommand): LoginItem => ({
  isOn: () => keeper.getLoginItemSettings({ path: program, args: [...args] }).openAtLogin,
  set: async (on) => keeper.setLoginItemSettings({ openAtLogin: on, path: program, args: [...args] }),
});

/** A desktop entry in the autostart folder of the freedesktop specification. */
export function autostartFile(env: NodeJS.ProcessEnv, home: string, command: LoginCommand): LoginItem {
  const dir = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'autostart');
  const path = join(dir, 'openclaw-tray.desktop');
  return {
    isOn: () => existsSync(path),
    async set(on) {
      if (!on) return rm(path, { force: true });
      await mkdir(dir, { recursive: true });
      await writeFileAtomic(path, desktopEntry(command), { mode: 0o644 });
    },
  };
}

const desktopEntry = ({ program, args }: LoginCommand): string =>
  [
    '[Desktop Entry]',
    'Type=Application',
    'Name=OpenClaw Tray',
    `Exec=${[program, ...args].map(quoted).join(' ')}`,
    'Terminal=false',
    '',
  ].join('\n');

/** Quoting rules of the Exec key: first those of its own, then those of every string value. */
const quoted = (argument: string): string =>
  `"${argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`.replaceAll('\\', '\\\\');
