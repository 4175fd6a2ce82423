/** `npm run app`: the desktop app, in a development profile of its own. Arguments go to the app. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import { appDir, buildAppOrExit } from './app-bundle.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { setup } from './setup.mjs';

/** A screen to show something on. */
export const hasDisplay = (env = process.env, platform = process.platform) =>
  platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

/** Chromium tells of each part of a desktop that is missing here; the app goes on without. */
const FATAL_ONLY = '--log-level=3';

/** Starts the app and ends with it. Chromium does not run as root inside its own sandbox. */
export function runApp(electron, args) {
  const flags = [FATAL_ONLY, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const env = { OPENCLAW_CLI_NAME: 'node dist/openclaw.cjs', ...process.env };
  const app = spawn(electron, [...flags, appDir, '--dev', ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => app.kill(signal));
  app.on('error', (error) => {
    console.error(`The app could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  app.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 1);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  await buildAppOrExit();
  const electron = await fetchElectron();
  if (!hasDisplay()) fail('There is no display here. npm start runs the gateway in the foreground.');
  else if (!electron) fail('There is no Electron, and it could not be fetched. Try: npx install-electron');
  else runApp(electron, process.argv.slice(2));
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
