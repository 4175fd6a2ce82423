import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import { EVENT_CHANNEL } from './bridge/channels.ts';
import type { BridgeEvent, BridgeEvents, WindowPlace } from './bridge/contract.ts';
import type { ReceivedLink } from './deep-link.ts';
import { APP_ORIGIN, lockContents, pagePreferences } from './security.ts';

/** The window of the app, in which everything of the tray is too. */
export interface AppWindow {
  /** Opens it, or brings it to the front, at this place. */
  show(place?: WindowPlace): void;
  /** Opens it at the question whether this gateway is to be added, or at the word that the link cannot be used. */
  openLink(link: ReceivedLink): void;
  /** Asks the person where to save something; undefined when they would rather not. */
  chooseFile(name: string): Promise<string | undefined>;
  tell<E extends BridgeEvent>(event: E, payload: BridgeEvents[E]): void;
}

/** `onFresh`: the page is gone, or begins anew; nobody hears what the one before has asked for. */
export function createAppWindow(appDir: string, onFresh: () => void): AppWindow {
  let window: BrowserWindow | undefined;
  const tell = inOrder((...message) => window?.webContents.send(EVENT_CHANNEL, ...message));
  const show = (place?: string): void => {
    if (window && place !== undefined) lead(window, place);
    window ??= openWindow(appDir, place, onFresh, () => {
      onFresh();
      window = undefined;
    });
    window.show();
    window.focus();
  };
  return {
    show,
    openLink: (link) =>
      show(link === 'refused' ? 'connections?refused' : `connections?add=${encodeURIComponent(link.url)}`),
    async chooseFile(name) {
      const options = { defaultPath: join(app.getPath('documents'), name) };
      const { canceled, filePath } = await (window
        ? dialog.showSaveDialog(window, options)
        : dialog.showSaveDialog(options));
      return canceled ? undefined : filePath;
    },
    tell,
  };
}

/** Electron may run what waits for a promise before it has sent; what is told by that comes behind. */
function inOrder<Message extends unknown[]>(send: (...message: Message) => void) {
  const waiting: Message[] = [];
  return (...message: Message): void => {
    waiting.push(message);
    if (waiting.length > 1) return;
    try {
      for (let next: Message | undefined = message; next; next = waiting[0]) {
        send(...next);
        waiting.shift();
      }
    } finally {
      waiting.length = 0;
    }
  };
}

/** A page that is still loading hears nothing yet. */
function lead(window: BrowserWindow, place: string): void {
  const { webContents } = window;
  const tell = (): void => webContents.send(EVENT_CHANNEL, 'navigate', place);
  if (webContents.isLoading()) webContents.once('did-finish-load', tell);
  else tell();
}

function openWindow(
  appDir: string,
  place: string | undefined,
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
  window.loadURL(`${APP_ORIGIN}/index.html${place === undefined ? '' : `#${place}`}`).catch(() => undefined);
  return window;
}
