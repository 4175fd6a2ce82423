import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { EVENT_CHANNEL } from './bridge/channels.ts';
import type { BridgeEvent, BridgeEvents } from './bridge/contract.ts';
import { APP_ORIGIN, lockContents, pagePreferences } from './security.ts';

/** The window of the app, in which everything of the tray is too. */
export interface AppWindow {
  /** Opens it, or brings it to the front; `view`: which one is shown, by its name. */
  show(view?: string): void;
  tell<E extends BridgeEvent>(event: E, payload: BridgeEvents[E]): void;
}

/** `onFresh`: the page is gone, or begins anew; nobody hears what the one before has asked for. */
export function createAppWindow(appDir: string, onFresh: () => void): AppWindow {
  let window: BrowserWindow | undefined;
  return {
    show(view) {
      if (window && view !== undefined) lead(window, view);
      window ??= openWindow(appDir, view, onFresh, () => {
        window = undefined;
        onFresh();
      });
      window.show();
      window.focus();
    },
    tell: (event, payload) => window?.webContents.send(EVENT_CHANNEL, event, payload),
  };
}

/** A page that is still loading hears nothing yet. */
function lead(window: BrowserWindow, view: string): void {
  const { webContents } = window;
  const tell = (): void => webContents.send(EVENT_CHANNEL, 'navigate', view);
  if (webContents.isLoading()) webContents.once('did-finish-load', tell);
  else tell();
}

function openWindow(
  appDir: string,
  view: string | undefined,
  onFresh: () => void,
  onClosed: () => void,
): BrowserWindow {
  const window = new BrowserWindow({
    width: 1080,
    height: 760,
    minWidth: 360,
    minHeight: 400,
    title: 'OpenClaw',
    icon: join(appDir, 'icons', 'app.png'),
    autoHideMenuBar: true,
    webPreferences: pagePreferences(join(appDir, 'preload.cjs')),
  });
  lockContents(window.webContents);
  window.on('closed', onClosed);
  window.webContents.on('did-start-loading', onFresh);
  // What has crashed shows nothing any more; the next one shows everything again.
  window.webContents.on('render-process-gone', () => window.destroy());
  // A page that fails to load says so in an empty window; there is nobody else to tell.
  window.loadURL(`${APP_ORIGIN}/index.html${view === undefined ? '' : `#${view}`}`).catch(() => undefined);
  return window;
}
