import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { VIEW_CHANNEL } from './bridge/channels.ts';
import type { View } from './bridge/contract.ts';
import { APP_ORIGIN, lockContents, pagePreferences } from './security.ts';

/** The window in which everything of the tray is too. */
export interface StatusWindow {
  /** Opens it, or brings it to the front. */
  show(): void;
  update(view: View): void;
}

export function createStatusWindow(appDir: string): StatusWindow {
  let window: BrowserWindow | undefined;
  return {
    show() {
      window ??= openWindow(appDir, () => {
        window = undefined;
      });
      window.show();
      window.focus();
    },
    update: (view) => window?.webContents.send(VIEW_CHANNEL, view),
  };
}

function openWindow(appDir: string, onClosed: () => void): BrowserWindow {
  const window = new BrowserWindow({
    width: 480,
    height: 720,
    minWidth: 320,
    title: 'OpenClaw',
    icon: join(appDir, 'icons', 'app.png'),
    autoHideMenuBar: true,
    webPreferences: pagePreferences(join(appDir, 'preload.cjs')),
  });
  lockContents(window.webContents);
  window.on('closed', onClosed);
  // What has crashed shows nothing any more; the next one shows everything again.
  window.webContents.on('render-process-gone', () => window.destroy());
  // A page that fails to load says so in an empty window; there is nobody else to tell.
  window.loadURL(`${APP_ORIGIN}/index.html`).catch(() => undefined);
  return window;
}
