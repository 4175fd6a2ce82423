import { existsSync } from 'node:fs';
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
import { ConfigDesk } from './config-desk.ts';
import { Desk, type DesktopEffects } from './desk.ts';
import { DoctorDesk } from './doctor-desk.ts';
import { spawnGateway } from './gateway-process.ts';
import { configFileHandlers } from './handlers/config-file.ts';
import { diagnosticsHandlers } from './handlers/diagnostics.ts';
import { firstRunHandlers } from './handlers/first-run.ts';
import type { Surroundings } from './local-gateway.ts';
import { autostartFile, type LoginItem, systemLoginItem } from './login-item.ts';
import { plainText } from './plain-text.ts';
import { isOwnFrame, lockSession, servePages } from './security.ts';
import { collectBundle } from './support-bundle.ts';
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
  const surroundings = { clock: systemClock, env, paths };
  const settings = await openAppSettings(paths.trayDir);
  const loginItem = loginItemOf(options);
  const desk = new Desk({
    ...surroundings,
    settings,
    loginItem,
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
  const opened = desk.open();
  const handlers: BridgeHandlers = {
    ...configFileHandlers(
      new ConfigDesk({ paths, env, confirm: (what) => confirmRisk(what, desk.view.language) }),
      () => desk.look(),
    ),
    ...diagnosticsOf(surroundings, desk, window),
    ...firstRunHandlers({
      settings,
      isToldWhatToDo: paths.profile === 'dev' || options.startsGateway,
      hasConfig: () => existsSync(paths.configPath),
      isGatewayRunning: () => opened.then(() => desk.isGatewayRunning),
      run: (action) => desk.run(action),
      isLoginItem: () => loginItem.isOn(),
    }),
    'view.get': () => desk.view,
    'action.run': async (action) => ({ done: await desk.run(action) }),
    'gateway.call': async ({ method, params }) => ({ result: await desk.call(method, params) }),
  };
  ipcMain.handle(CALL_CHANNEL, (event, method: unknown, params: unknown) =>
    answerCall(handlers, { isTrusted: isOwnFrame(event.senderFrame) }, method, params),
  );
  endWith(desk);
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  if (!options.inBackground) window.show();
  await opened;
}

function diagnosticsOf(surroundings: Surroundings, desk: Desk, window: AppWindow) {
  const doctor = new DoctorDesk(surroundings, () => desk.view.language);
  const sources = {
    ...surroundings,
    doctor: () => doctor.look(),
    ask: (method: 'health' | 'status') => desk.call(method, {}),
  };
  return diagnosticsHandlers({
    doctor,
    collect: (options) => collectBundle(sources, options),
    chooseFile: (name) => window.chooseFile(name),
    now: () => surroundings.clock.now(),
    onMended: () => desk.look(),
  });
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

function effectsOf(window: AppWindow): DesktopEffects {
  return {
    copy: (text) => clipboard.writeText(text),
    openWindow: (view) => window.show(view),
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
  return confirm(say('quitQuestion'), say('quitAndStop'), language, 0);
}

async function confirmRisk(what: string, language: Language): Promise<boolean> {
  const say = trayMessages.in(language);
  return confirm(say('riskQuestion', { what: plainText(what, 300) }), say('riskSave'), language, 1);
}

async function confirm(message: string, yes: string, language: Language, defaultId: 0 | 1): Promise<boolean> {
  const say = trayMessages.in(language);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: say('windowTitle'),
    message,
    buttons: [yes, say('cancel')],
    defaultId,
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
