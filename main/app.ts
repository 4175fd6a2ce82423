import { join } from 'node:path';
import { app, clipboard, dialog, ipcMain, protocol, session, shell } from 'electron';
import type { StatePaths } from '../core/config/paths.ts';
import { systemClock } from '../core/lib/clock.ts';
import { type Language, languageOf } from '../core/messages/language.ts';
import { trayMessages } from '../core/messages/tray-messages.ts';
import { openAppSettings } from './app-settings.ts';
import { CALL_CHANNEL } from './bridge/channels.ts';
import type { TrayAction } from './bridge/contract.ts';
import { answerCall, type BridgeHandlers } from './bridge/serve.ts';
import { Desk, type DesktopEffects } from './desk.ts';
import { spawnGateway } from './gateway-process.ts';
import { logHandlers } from './handlers/logs.ts';
import { type OutsideEffects, outsideHandlers } from './handlers/outside.ts';
import { askAboutLink } from './link-dialog.ts';
import { LogDesk } from './log-desk.ts';
import { startLogThread } from './log-thread.ts';
import { autostartFile, type LoginItem, systemLoginItem } from './login-item.ts';
import { isOwnFrame, lockSession, servePages } from './security.ts';
import { createTray } from './tray.ts';
import { type AppWindow, createAppWindow } from './windows.ts';

export interface AppOptions {
  paths: StatePaths;
  env: NodeJS.ProcessEnv;
  /** Where preload script, window and icons are. */
  appDir: string;
  /** The command line, which is also the gateway. */
  gatewayProgram: string;
  /** What selects the profile, as the command line takes it. */
  profileArgs: readonly string[];
  startsGateway: boolean;
  /** Opens no window. */
  inBackground: boolean;
}

/** Puts the app together. To be called when Electron is ready, by the one instance there is. */
export async function startApp(options: AppOptions): Promise<void> {
  const { paths, env, appDir } = options;
  await servePages(protocol, join(appDir, 'window'));
  lockSession(session.defaultSession);
  const window = createAppWindow(appDir);
  const desk = new Desk({
    clock: systemClock,
    env,
    paths,
    settings: await openAppSettings(paths.trayDir),
    loginItem: loginItemOf(options),
    systemLanguage: languageOf(app.getLocale()) ?? 'en',
    spawn: () => spawnGateway(options.gatewayProgram, gatewayArgs(options)),
    effects: effectsOf(window),
    startsGateway: options.startsGateway,
    onView(view) {
      tray.update(view);
      window.tell('view', view);
    },
    onConnected: (isConnected) => window.tell('connected', isConnected),
    onGatewayEvent: (event, payload) => window.tell('gateway', { event, payload }),
  });
  const run = (action: TrayAction): void => void desk.run(action);
  const tray = createTray(appDir, desk.view, run);
  const handlers: BridgeHandlers = {
    'view.get': () => desk.view,
    'action.run': async (action) => ({ done: await desk.run(action) }),
    'gateway.call': async ({ method, params }) => ({ result: await desk.call(method, params) }),
    ...logHandlers(logDeskOf(desk, appDir)),
    ...outsideHandlers(outsideEffects(desk)),
  };
  ipcMain.handle(CALL_CHANNEL, (event, method: unknown, params: unknown) =>
    answerCall(handlers, { isTrusted: isOwnFrame(event.senderFrame) }, method, params),
  );
  endWith(desk);
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  if (!options.inBackground) window.show();
  await desk.open();
}

/** A gateway needs no configuration when a person starts it here. */
const gatewayArgs = ({ paths, profileArgs }: AppOptions): string[] => {
  const kind = paths.profile === 'dev' ? '--dev' : '--allow-unconfigured';
  return [...profileArgs, 'gateway', 'run', kind];
};

function loginItemOf({ paths, env, appDir, profileArgs }: AppOptions): LoginItem {
  const place = app.isPackaged ? [] : [appDir];
  const command = { program: process.execPath, args: [...place, ...profileArgs, '--background'] };
  return process.platform === 'linux'
    ? autostartFile(env, paths.home, command)
    : systemLoginItem(app, command);
}

const logDeskOf = (desk: Desk, appDir: string): LogDesk =>
  new LogDesk({
    clock: systemClock,
    place: () => desk.logPlace,
    spawn: (onAnswer, onGone) => startLogThread(join(appDir, 'log-worker.cjs'), onAnswer, onGone),
  });

const outsideEffects = (desk: Desk): OutsideEffects => ({
  copy: (text) => clipboard.writeText(text),
  chooseForLink: (url) => askAboutLink(url, desk.view.language),
  openInBrowser: (url) => shell.openExternal(url),
  limits: () => desk.limits,
});

function effectsOf(window: AppWindow): DesktopEffects {
  return {
    copy: (text) => clipboard.writeText(text),
    openWindow: () => window.show(),
    async openFolder(path) {
      const problem = await shell.openPath(path);
      if (problem !== '') throw new Error(problem);
    },
    confirmQuit,
    exit: () => app.exit(0),
  };
}

async function confirmQuit(language: Language): Promise<boolean> {
  const say = trayMessages.in(language);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: say('windowTitle'),
    message: say('quitQuestion'),
    buttons: [say('quitAndStop'), say('cancel')],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/** Whoever ends the app from outside has decided; the gateway of the app is still given time to end well. */
function endWith(desk: Desk): void {
  const end = (): void => void desk.close().finally(() => app.exit(0));
  app.on('before-quit', (event) => {
    event.preventDefault();
    end();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  // The app lives in the tray, also without a window.
  app.on('window-all-closed', () => {});
}
