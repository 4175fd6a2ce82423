import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clipboard, shell } from 'electron';
import { systemClock } from '../core/lib/clock.ts';
import { PROTOCOL } from '../core/protocol/frames.ts';
import { VERSION } from '../core/version.ts';
import type { AppOptions } from './app.ts';
import type { AppSettingsFile } from './app-settings.ts';
import type { WindowCall } from './bridge/contract.ts';
import type { BridgeHandlers } from './bridge/serve.ts';
import { ConfigDesk } from './config-desk.ts';
import type { ConnectionBook } from './connection-book.ts';
import type { Desk } from './desk.ts';
import { destinationKey } from './destination.ts';
import { DoctorDesk } from './doctor-desk.ts';
import type { Surroundings } from './gateway-route.ts';
import { configFileHandlers } from './handlers/config-file.ts';
import { connectionHandlers } from './handlers/connections.ts';
import { diagnosticsHandlers } from './handlers/diagnostics.ts';
import { firstRunHandlers } from './handlers/first-run.ts';
import { logHandlers } from './handlers/logs.ts';
import { type OutsideEffects, outsideHandlers } from './handlers/outside.ts';
import { type OverviewDeps, overviewHandlers } from './handlers/overview.ts';
import { pickerHandlers } from './handlers/picker.ts';
import type { Installation } from './installation.ts';
import { askAboutLink } from './link-dialog.ts';
import { defaultLogPlace } from './local-gateway.ts';
import { LogDesk } from './log-desk.ts';
import { startLogThread } from './log-thread.ts';
import type { LoginItem } from './login-item.ts';
import type { Picker } from './picker/picker.ts';
import { confirmRisk } from './questions.ts';
import { RemoteLog } from './remote-log.ts';
import type { SecretVault } from './secret-vault.ts';
import { collectBundle } from './support-bundle.ts';
import type { AppWindow } from './windows.ts';

/** What the window may ask, put together from the parts of the app. */
export interface WindowParts {
  app: AppOptions;
  surroundings: Surroundings;
  settings: AppSettingsFile;
  loginItem: LoginItem;
  installation: Installation;
  book: ConnectionBook;
  vault: SecretVault;
  desk: Desk;
  window: AppWindow;
  picker: Picker;
  /** The desk knows what there is. */
  opened: Promise<void>;
}

export function windowHandlers(parts: WindowParts): BridgeHandlers {
  const { surroundings, settings, loginItem, installation, book, vault, desk, window, picker, opened } =
    parts;
  const { paths, env } = surroundings;
  return {
    ...configFileHandlers(
      new ConfigDesk({ paths, env, confirm: (risk) => confirmRisk(risk, desk.view.language) }),
      () => desk.look(),
    ),
    ...diagnosticsOf(surroundings, desk, window),
    ...firstRunHandlers({
      settings,
      isToldWhatToDo: paths.profile === 'dev' || parts.app.startsGateway,
      hasConfig: () => existsSync(paths.configPath),
      isGatewayRunning: () => opened.then(() => desk.found?.look.isRunning === true),
      run: (action) => desk.run(action),
      isLoginItem: () => loginItem.isOn(),
      canInstallCommand: () => installation.canInstallCommand,
    }),
    'view.get': () => desk.view,
    'action.run': async (action) => ({ done: await desk.run(action) }),
    ...logsOf(parts),
    ...outsideHandlers(outsideEffects(desk)),
    ...pickerHandlers(picker),
    ...connectionHandlers({ desk, book, vault, surroundings }),
    'gateway.call': async ({ method, params }) => ({ result: await desk.call(method, params) }),
    ...overviewHandlers({ desk, installation, ...aboutApp(parts.app) }),
  };
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

function aboutApp({
  appDir,
  gatewayProgram,
  paths,
}: AppOptions): Pick<OverviewDeps, 'about' | 'licenseFiles'> {
  const { electron = '', chrome: chromium = '', node } = process.versions;
  const platform = `${process.platform} ${process.arch}`;
  const stateDir = paths.stateDir.replace(paths.home, '~');
  return {
    about: { app: VERSION, electron, chromium, node, platform, protocol: PROTOCOL.current, stateDir },
    licenseFiles: [join(appDir, 'licenses.txt'), gatewayProgram.replace(/\.cjs$/, '.licenses.txt')],
  };
}

function logsOf({ desk, book, app }: WindowParts) {
  const logs = logDeskOf(desk, app);
  const remote = new RemoteLog({
    clock: systemClock,
    gateway: () => destinationKey(book.current),
    tail: (params) => desk.call('logs.tail', params) as Promise<WindowCall<'logs.tail'>['result']>,
    match: (lines, filter) => logs.match(lines, filter),
  });
  return logHandlers(logs, remote, () => book.current.kind !== 'local');
}

const logDeskOf = (desk: Desk, { appDir, paths }: AppOptions): LogDesk =>
  new LogDesk({
    clock: systemClock,
    place: () => desk.found?.logPlace ?? defaultLogPlace(paths),
    spawn: (onAnswer, onGone) => startLogThread(join(appDir, 'log-worker.cjs'), onAnswer, onGone),
  });

const outsideEffects = (desk: Desk): OutsideEffects => ({
  copy: (text) => clipboard.writeText(text),
  chooseForLink: (url) => askAboutLink(url, desk.view.language),
  openInBrowser: (url) => shell.openExternal(url),
  limits: () => desk.limits,
});
