/**
 * Keeps one program running as a service manager does: `node supervisor.mjs <order.json>`. The order says what to
 * start and when to start it again; how things stand is in `status.json` beside it. SIGTERM ends program and supervisor.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const [orderFile] = process.argv.slice(2);
const order = JSON.parse(readFileSync(orderFile, 'utf8'));
const statusFile = join(dirname(orderFile), 'status.json');
const output = openSync(order.output, 'a');
let status = { supervisor: process.pid, restarts: 0, exitCode: undefined, signal: undefined };
let child;
let isStopping = false;

function tell(more) {
  status = { ...status, ...more };
  writeFileSync(`${statusFile}.new`, JSON.stringify(status));
  renameSync(`${statusFile}.new`, statusFile);
}

function start() {
  child = spawn(order.argv[0], order.argv.slice(1), {
    cwd: order.cwd,
    env: order.env,
    stdio: ['ignore', output, output],
  });
  child.on('error', () => ended(203, null));
  child.on('exit', ended);
  tell({ active: 'active', sub: 'running', pid: child.pid ?? 0 });
}

function ended(code, signal) {
  tell({ pid: 0, exitCode: code ?? undefined, signal: signal ? constants.signals[signal] : undefined });
  if (isStopping) return end('inactive', 'dead');
  if (order.neverAfter.includes(code)) return end('failed', 'failed');
  if (!order.restart) return end(code === 0 ? 'inactive' : 'failed', code === 0 ? 'dead' : 'failed');
  if (status.restarts >= order.burst) return end('failed', 'failed');
  tell({ active: 'activating', sub: 'auto-restart', restarts: status.restarts + 1 });
  setTimeout(() => !isStopping && start(), order.restartMs);
}

function end(active, sub) {
  tell({ active, sub, supervisor: 0 });
  process.exit();
}

process.on('SIGTERM', () => {
  isStopping = true;
  if (!child || child.exitCode !== null || child.signalCode !== null) return end('inactive', 'dead');
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 30_000).unref();
});
start();
