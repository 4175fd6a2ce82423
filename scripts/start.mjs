/**
 * `npm start`: the app where there is a display, else a gateway in the foreground; in a development profile of its own,
 * no key, no account. With arguments, which are those of `gateway run`, it is always the gateway.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { hasDisplay, runApp } from './app.mjs';
import { buildAppOrExit } from './app-bundle.mjs';
import { buildOrExit, bundle } from './build.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { root, setup } from './setup.mjs';

setup();
await buildOrExit();

const extra = process.argv.slice(2);
const electron = extra.length === 0 && hasDisplay() ? await fetchElectron() : undefined;
if (electron) {
  await buildAppOrExit();
  console.log(`Starting the app with a gateway: look for its icon in the tray, or its window.
  state    ${process.env.OPENCLAW_STATE_DIR ?? '~/.openclaw-dev'} (development profile)
For a gateway without the app: npm start -- --port 19001`);
  runApp(electron, ['--start-gateway']);
} else {
  runGateway();
}

function runGateway() {
  const { values } = parseArgs({ args: extra, options: { port: { type: 'string' } }, strict: false });
  const port = typeof values.port === 'string' ? values.port : '19001';
  const program = 'node dist/openclaw.cjs';
  const flags = port === '19001' ? '' : ` --port ${port}`;
  console.log(`Starting a gateway in the foreground; Ctrl+C stops it.
  address  ws://127.0.0.1:${port}
  state    ${process.env.OPENCLAW_STATE_DIR ?? '~/.openclaw-dev'} (development profile)
When it says "ready", ask it from another terminal:
  ${program} --dev gateway health${flags}
`);

  const args = [bundle, '--dev', 'gateway', 'run', '--dev', ...extra];
  /** Nothing is installed here: commands it tells the user to type begin with the bundle. */
  const env = { OPENCLAW_CLI_NAME: program, ...process.env };
  const gateway = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });

  /** A terminal signals the whole group, so the gateway has Ctrl+C already; other senders signal only us. */
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) gateway.kill(signal);
    });
  }

  gateway.on('error', (error) => {
    console.error(`The gateway could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  gateway.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 1);
  });
}
