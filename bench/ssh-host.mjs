/** A host to reach over SSH: sshd on a loopback port, a key for it, and what leads there. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, gatewayEnv } from './server-process.mjs';

const SSHD = '/usr/sbin/sshd';
const bundle = join(import.meta.dirname, '..', 'dist', 'openclaw.cjs');

/** False where OpenSSH is not installed: then nothing can be compared. */
export const hasOpenSsh = () =>
  process.platform !== 'win32' && existsSync(SSHD) && existsSync('/usr/bin/ssh');

export async function startHost(dir) {
  const port = await freePort();
  const key = join(dir, 'key');
  for (const file of [key, join(dir, 'host')])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(dir, 'host')}`,
    `AuthorizedKeysFile ${key}.pub`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
  ];
  writeFileSync(join(dir, 'sshd_config'), `${config.join('\n')}\n`);
  if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(SSHD, ['-D', '-f', join(dir, 'sshd_config')], { stdio: 'ignore' });
  await untilOpen(port);
  const hostKey = readFileSync(join(dir, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  mkdirSync(join(dir, '.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, '.ssh', 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  return { port, key, dir, user: userInfo().username, stop: () => child.kill() };
}

/** `openclaw tunnel` to a port behind the host; `port` is where it listens here. */
export async function ourTunnel(host, remotePort) {
  const port = await freePort();
  const args = ['tunnel', `${host.user}@127.0.0.1:${host.port}`, '--ssh-identity', host.key];
  const flags = ['--remote-port', `${remotePort}`, '--local-port', `${port}`, '--trust-host', '--json'];
  const id = await gatewayIdAt(remotePort);
  const consent = id === undefined ? [] : ['--accept-gateway', id];
  const child = spawn(process.execPath, [bundle, ...args, ...flags, ...consent], {
    env: gatewayEnv(host.dir),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('"connected"')) break;
  }
  if (!said.includes('"connected"')) throw new Error(`openclaw tunnel did not connect: ${said}`);
  return { port, stop: () => child.kill() };
}

/** `ssh -L` to the same port. */
export async function theirTunnel(host, remotePort) {
  const port = await freePort();
  const known = join(host.dir, '.ssh', 'known_hosts');
  const options = [
    '-F',
    'none',
    '-N',
    '-i',
    host.key,
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'BatchMode=yes',
  ];
  const forward = ['-L', `127.0.0.1:${port}:127.0.0.1:${remotePort}`, '-p', `${host.port}`];
  const child = spawn('ssh', [...options, ...forward, `${host.user}@127.0.0.1`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilOpen(port);
  return { port, stop: () => child.kill() };
}

async function gatewayIdAt(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/identity?nonce=${'A'.repeat(43)}`);
  return answer.ok ? (await answer.json()).gatewayId : undefined;
}

async function untilOpen(port) {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(5);
  }
  throw new Error(`nobody listens at port ${port}`);
}
