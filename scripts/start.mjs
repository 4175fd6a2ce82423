/** `npm start`: a gateway in the foreground, in a development profile of its own; no key, no account. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { buildOrExit, bundle } from './build.mjs';
import { root, setup } from './setup.mjs';

setup();
await buildOrExit();

const extra = process.argv.slice(2);
const { values } = parseArgs({ args: extra, options: { port: { type: 'string' } }, strict: false });
const port = typeof values.port === 'string' ? values.port : '19001';
const flags = port === '19001' ? '' : ` --port ${port}`;
console.log(`Gateway in the foreground: ws://127.0.0.1:${port}, development profile (state in ${process.env.OPENCLAW_STATE_DIR ?? '~/.openclaw-dev'}).
Ask it from another terminal: node dist/openclaw.cjs --dev gateway health${flags}   (Ctrl+C here stops it)`);

const args = [bundle, '--dev', 'gateway', 'run', '--dev', ...extra];
const gateway = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });

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
