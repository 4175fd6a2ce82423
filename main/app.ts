import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, clipboard, ipcMain, powerMonitor, protocol, safeStorage, session, shell } from 'electron';
import type { StatePaths } from '../core/config/paths.ts';
import { systemClock } from '../core/lib/clock.ts';
import { languageOf } from '../core/messages/language.ts';
import { AppError } from './app-error.ts';
import { type AppSettingsFile, openAppSettings } from './app-settings.ts';
import { CALL_CHANNEL } from './bridge/channels.ts';
import type { TrayAction, View } from './bridge/contract.ts';
import { answerCall } from './bridge/serve.ts';
import { ConnectionBook } from './connection-book.ts';
import { type receiveLinks, registerScheme } from './deep-links.ts';
import { Desk } from './desk.ts';
import type { DeskOptions } from './desk-options.ts';
import type { DesktopEffects } from './desktop-effects.ts';
import { checkDestination } from './destination.ts';
import { spawnGateway } from './gateway-process.ts';
import { allowsInsecure, type Surroundings } from './gateway-route.ts';
import { createPicker } from './handlers/picker.ts';
import type { Installation } from './installation.ts';
import { LocalReach } from './local-gateway.ts';
import { autostartFile, type LoginItem, systemLoginItem } from './login-item.ts';
import { watchNetwork } from './network-watch.ts';
import { oneQuestion } from './one-question.ts';
import { openInstallation } from './open-installation.ts';
import { confirmQuit } from './questions.ts';
import { DirectReach } from './remote/direct-reach.ts';
import { SshReach } from './remote/ssh-reach.ts';
import { openSecretVault, type SecretVault } from './secret-vault.ts';
import { isOwnFrame, lockSession, servePages } from './security.ts';
import { startService } from './service-start.ts';
import { createTray } from './tray.ts';
import { type WindowParts, windowHandlers } from './window-handlers.ts';
import { createWindowMenu } from './window-menu.ts';
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
  links: ReturnType<typeof receiveLinks>;
}

/** Puts the app together. To be called when Electron is ready, by the one instance there is. */
export async function startApp(options: AppOptions): Promise<void> {
  const { paths, env, appDir } = options;
  await servePages(protocol, join(appDir, 'window'));
  await lockSession(session.defaultSession);
  const window = createAppWindow(appDir, () => picker.close());
  const surroundings = { clock: systemClock, env, paths };
  const settings = await openAppSettings(paths.trayDir);
  const installation = openInstallation({ env, paths, program: options.gatewayProgram }, () =>
    window.tell('updates', null),
  );
  const book = new ConnectionBook(settings, systemClock.now);
  await leaveUnusable(book, settings, env);
  const vault = openSecretVault(paths.trayDir, safeStorage);
  const loginItem = loginItemOf(options);
  const desk = new Desk({
    ...surroundings,
    settings,
    book,
    reachTo: reaches(surroundings, book, vault),
    loginItem,
    systemLanguage: languageOf(app.getLocale()) ?? 'en',
    spawn: () => spawnGateway(options.gatewayProgram, gatewayArgs(options)),
    startService: (language) => startService(surroundings, language),
    effects: { ...effectsOf(window), installation },
    startsGateway: options.startsGateway,
    ...listenersOf(window, (view) => {
      tray.update(view);
      menu.show(view.language);
    }),
  });
  const picker = createPicker({
    surroundings,
    book,
    language: () => desk.view.language,
    onState: (state) => window.tell('picker', state),
  });
  const run = (action: TrayAction): void => void desk.run(action);
  const tray = createTray(appDir, desk.view, run);
  const menu = createWindowMenu();
  menu.show(desk.view.language);
  const opened = desk.open();
  const kept = { settings, book, vault, loginItem, installation };
  serveWindow({ app: options, surroundings, ...kept, desk, window, picker, opened });
  endWith(desk);
  wakeAndShow(desk, window, options);
  await opened;
  await installation.judgeStart(desk.view.language);
  lookForUpdates(installation, desk, settings);
}

function serveWindow(parts: WindowParts): void {
  const handlers = windowHandlers(parts);
  const { desk } = parts;
  ipcMain.handle(CALL_CHANNEL, (event, method: unknown, params: unknown) =>
    answerCall(
      handlers,
      { isTrusted: isOwnFrame(event.senderFrame), language: desk.view.language },
      method,
      params,
    ),
  );
}

/** Tray and window are told the same. */
const listenersOf = (window: AppWindow, showInTray: (view: View) => void): DeskListeners => ({
  onView(view) {
    showInTray(view);
    window.tell('view', view);
  },
  onConnections: (connections) => window.tell('connections', connections),
  onPrompts: (prompts) => window.tell('prompts', prompts),
  onConnected: (isConnected) => window.tell('connected', isConnected),
  onGatewayEvent: (event, payload) => window.tell('gateway', { event, payload }),
});

type DeskListeners = Pick<
  DeskOptions,
  'onView' | 'onConnections' | 'onPrompts' | 'onConnected' | 'onGatewayEvent'
>;

/** What the system tells of the machine and of the person in front of it. */
function wakeAndShow(desk: Desk, window: AppWindow, { inBackground, links }: AppOptions): void {
  powerMonitor.on('resume', () => desk.wake());
  watchNetwork(systemClock, () => desk.wake());
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  if (!inBackground) window.show();
  registerScheme();
  links.listen((link) => window.openLink(link));
}

/** The ways there are to a gateway. */
const reaches =
  (surroundings: Surroundings, book: ConnectionBook, vault: SecretVault): DeskOptions['reachTo'] =>
  (destination, { prompts, onChange }) => {
    const parts = { surroundings, book, prompts, vault, onChange };
    if (destination.kind === 'ssh') return new SshReach(destination, parts);
    return destination.kind === 'direct' ? new DirectReach(destination, parts) : new LocalReach(parts);
  };

/** What somebody has written into the file of settings is judged like what is typed. */
async function leaveUnusable(
  book: ConnectionBook,
  settings: AppSettingsFile,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    checkDestination(book.current, { language: 'en', allowInsecure: allowsInsecure(env) });
  } catch {
    await settings.change({ destination: { kind: 'local' } });
  }
}

/** Milliseconds: once a day while the app runs. */
const UPDATES_EVERY_MS = 24 * 3_600_000;

/** Only where a person has asked for it, now or since the app was started. */
function lookForUpdates(installation: Installation, desk: Desk, settings: AppSettingsFile): void {
  const look = (): void => {
    if (!settings.current.looksForUpdates) return;
    installation.checkForUpdates(desk.view.language, { isQuiet: true }).catch(() => undefined);
  };
  systemClock.every(UPDATES_EVERY_MS, look);
  look();
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

function effectsOf(window: AppWindow): Omit<DesktopEffects, 'installation'> {
  return {
    copy: (text) => clipboard.writeText(text),
    openWindow: (place) => window.show(place),
    async openFolder(path) {
      if (!existsSync(path)) throw new AppError('UNAVAILABLE', (say) => say('noLogFolder', { path }));
      const problem = await shell.openPath(path);
      if (problem !== '') throw new Error(problem);
    },
    confirmQuit: oneQuestion(confirmQuit),
    exit: () => app.exit(0),
  };
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
