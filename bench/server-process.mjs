/** Starts and stops the two servers under measurement, each in a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = import.meta.dirname;
const bundle = join(here, '..', 'dist', 'openclaw.cjs');
export const token = 'bench-token-0123456789abcdef0123456789abcdef';

/** `home` is a directory of its own; nothing of the caller's configuration is read. */
export const gatewayEnv = (home) => ({
  PATH: process.env.PATH,
  SystemRoot: process.env.SystemRoot,
  HOME: home,
  USERPROFILE: home,
  OPENCLAW_STATE_DIR: join(home, '.openclaw'),
  OPENCLAW_GATEWAY_TOKEN: token,
  NO_COLOR: '1',
  OPENCLAW_DISABLE_BONJOUR: '1',
});

export const gateway = (home) => ({
  name: 'gateway',
  args: (port) => [
    bundle,
    'gateway',
    'run',
    '--allow-unconfigured',
    '--bind',
    'loopback',
    '--port',
    `${port}`,
  ],
  query: (port) => [bundle, 'gateway', 'health', '--json', '--port', `${port}`],
  env: gatewayEnv(home),
});

export const baseline = () => ({
  name: 'baseline',
  args: (port) => [join(here, 'baseline-server.mjs'), `${port}`],
  query: (port) => [join(here, 'baseline-query.mjs'), `${port}`],
  env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot },
});

/** Resolves when /healthz answers 200; `readyMs` is the time since the spawn. */
export async function start(subject, nodeFlags = []) {
  const port = await freePort();
  const stdio = ['ignore', 'ignore', 'pipe', nodeFlags.length > 0 ? 'ipc' : 'ignore'];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, ...subject.args(port)], { env: subject.env, stdio });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-2000);
  });
  while (!(await isHealthy(port))) {
    if (child.exitCode !== null) throw new Error(`The ${subject.name} ended at start:\n${stderr}`);
    if (performance.now() - startedAt > 20_000) throw new Error(`The ${subject.name} was not ready in 20 s`);
    await sleep(1);
  }
  const readyMs = performance.now() - startedAt;
  return { port, pid: child.pid, child, readyMs, stop: () => stop(child) };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const stuck = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(stuck);
}

function isHealthy(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

/** A port that nobody listens at now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resident memory in bytes, or undefined where this system does not tell. */
export function residentBytes(pid) {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
    }
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' })) * 1024;
  } catch {
    return undefined;
  }
}

/** CPU time used so far in ms; undefined where this system does not tell. */
export function cpuMs(pid) {
  if (process.platform !== 'linux') return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
