import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { EVENT_CHANNEL } from './bridge/channels.ts';
import type { BridgeEvent, BridgeEvents } from './bridge/contract.ts';
import type { GatewayLinkRequest } from './deep-link.ts';
import { APP_ORIGIN, lockContents, pagePreferences } from './security.ts';

/** The window of the app, in which everything of the tray is too. */
export interface AppWindow {
  /** Opens it, or brings it to the front. */
  show(): void;
  /** Opens it at the question whether this gateway is to be added. */
  openLink(link: GatewayLinkRequest): void;
  tell<E extends BridgeEvent>(event: E, payload: BridgeEvents[E]): void;
}

export function createAppWindow(appDir: string): AppWindow {
  let window: BrowserWindow | undefined;
  const show = (place = ''): void => {
    window ??= openWindow(appDir, place, () => {
      window = undefined;
    });
    window.show();
    window.focus();
  };
  const tell: AppWindow['tell'] = (event, payload) => window?.webContents.send(EVENT_CHANNEL, event, payload);
  return {
    show: () => show(),
    tell,
    openLink(link) {
      if (window) tell('deepLink', link);
      show(`#connections?add=${encodeURIComponent(link.url)}`);
    },
  };
}

function openWindow(appDir: string, place: string, onClosed: () => void): BrowserWindow {
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
  // What has crashed shows nothing any more; the next one shows everything again.
  window.webContents.on('render-process-gone', () => window.destroy());
  // A page that fails to load says so in an empty window; there is nobody else to tell.
  window.loadURL(`${APP_ORIGIN}/index.html${place}`).catch(() => undefined);
  return window;
}
