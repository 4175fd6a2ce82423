import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { app, dialog, protocol } from 'electron';
import { resolveStatePaths } from '../core/config/paths.ts';
import { type AppOptions, startApp } from './app.ts';
import { commandInstaller } from './command/install-command.ts';
import { receiveLinks } from './deep-links.ts';
import { commandPlace } from './open-installation.ts';
import { APP_SCHEME_PRIVILEGES } from './security.ts';

/** `--dev`, `--profile <name>`, `--start-gateway`, `--background`, and links into the app; all others are for Electron and Chromium. */
function optionsOf(argv: readonly string[]): AppOptions {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: {
      dev: { type: 'boolean' },
      profile: { type: 'string' },
      'start-gateway': { type: 'boolean' },
      background: { type: 'boolean' },
    },
  });
  const dev = values.dev === true;
  const profile = typeof values.profile === 'string' ? values.profile : undefined;
  const { env } = process;
  const named = profile === undefined ? [] : ['--profile', profile];
  return {
    paths: resolveStatePaths(env, { dev, ...(profile === undefined ? {} : { profile }) }),
    env,
    appDir: import.meta.dirname,
    gatewayProgram: join(import.meta.dirname, '..', 'openclaw.cjs'),
    profileArgs: dev ? ['--dev'] : named,
    startsGateway: values['start-gateway'] === true,
    inBackground: values.background === true,
    links: receiveLinks(argv),
  };
}

/** For whoever uninstalls the app: takes the `openclaw` command away, and does nothing else. */
const REMOVE_COMMAND = '--remove-command';

async function removeCommand(): Promise<void> {
  const { env } = process;
  await commandInstaller(commandPlace({ env, paths: resolveStatePaths(env, {}) })).remove();
  app.exit(0);
}

async function main(): Promise<void> {
  if (process.argv.includes(REMOVE_COMMAND)) return removeCommand();
  const options = optionsOf(process.argv.slice(1));
  // One app for a state directory, as there is one gateway for it.
  app.setPath('userData', join(options.paths.trayDir, 'desktop'));
  if (!app.requestSingleInstanceLock()) return app.exit(0);
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  protocol.registerSchemesAsPrivileged([APP_SCHEME_PRIVILEGES]);
  await app.whenReady();
  await startApp(options);
}

main().catch((error: unknown) => {
  dialog.showErrorBox('OpenClaw', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
