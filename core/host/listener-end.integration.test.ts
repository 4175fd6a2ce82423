import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { systemClock as clock } from '../lib/clock.ts';
import { probeGateway } from './gateway-probe.ts';
import { acquireInstanceLock, readInstanceLock } from './instance-lock.ts';
import { endListener } from './listener-end.ts';
import { findListener, findListeners, type Listener } from './port-holder.ts';
import { darwinPorts } from './port-holder-darwin.ts';
import { isAlive, startTimeOf } from './process-identity.ts';

const challenge = {
  type: 'event',
  event: 'connect.challenge',
  payload: { nonce: 'n', ts: 1, capabilities: [] },
};
const LIVE = '{"ok":true,"status":"live"}';

/** A process that looks like a gateway from outside; `stubborn` ignores SIGTERM, `foreign` is only a web server. */
const SERVER = `
const { createServer } = require('node:http');
const { WebSocketServer } = require(process.argv[1]);
const is = (word) => process.argv.includes(word);
const server = createServer((_request, response) => response.end(is('foreign') ? 'hello' : '${LIVE}'));
new WebSocketServer({ server }).on('connection', (socket) => socket.send('${JSON.stringify(challenge)}'));
if (is('stubborn')) process.on('SIGTERM', () => {});
if (is('parent')) {
  const child = require('node:child_process').spawn(process.execPath, ['-e', SLEEPER], { stdio: ['pipe', 'inherit', 'inherit', 'ipc'] });
  server.on('listening', () => child.send('handle', server, () => console.log(server.address().port)));
}
server.listen(0, '127.0.0.1', () => is('parent') || console.log(server.address().port));
`.replace(
  'SLEEPER',
  JSON.stringify(
    "process.on('message', (_m, server) => { globalThis.kept = server; }); process.on('disconnect', () => process.exit())",
  ),
);

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function startProcess(...words: string[]): Promise<{ child: ChildProcess; pid: number; port: number }> {
  const ws = createRequire(import.meta.url).resolve('ws');
  const child = spawn(process.execPath, ['-e', SERVER, ws, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(async () => {
    if (ended(child)) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [line] = await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0, port: Number(String(line)) };
}

async function listenHere(server: Server): Promise<number> {
  cleanups.push(() => new Promise((resolve) => void server.close(() => resolve())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function found(port: number): Promise<Listener> {
  const listener = await findListener(port);
  if (!listener) throw new Error(`nobody listens on ${port}`);
  return listener;
}

describe('who listens on a port', () => {
  it('is told with pid, start time, user, address and a command line without secrets', async () => {
    const { pid, port } = await startProcess('foreign', '--token', 'canary-81c2');
    const listener = await found(port);
    expect(listener).toEqual({
      port,
      pid,
      program: expect.stringMatching(/^node/),
      commandLine: expect.stringMatching(/foreign --token \*\*\*$/),
      user: userInfo().username,
      startTime: await startTimeOf(pid),
      addresses: ['127.0.0.1'],
    });
    expect(JSON.stringify(listener)).not.toContain('canary');
  });

  it('is nobody when the port is free', async () => {
    const server = createTcpServer();
    const port = await listenHere(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await findListener(port)).toBeUndefined();
  });

  it('is a gateway when it answers like one', async () => {
    const { port } = await startProcess();
    expect((await found(port)).gateway).toEqual({
      verifiedBy: 'handshake',
      url: `ws://127.0.0.1:${port}`,
      protocol: 4,
    });
  });

  it('is our own gateway when it holds the lock of the state directory, even if it answers nobody', async () => {
    const trayDir = mkdtempSync(join(tmpdir(), 'own-'));
    cleanups.push(() => rmSync(trayDir, { recursive: true, force: true }));
    const port = await listenHere(createTcpServer((socket) => socket.destroy()));
    const lock = await acquireInstanceLock({ trayDir, port, version: '2026.11.0', bootId: 'b', clock });
    expect(lock.ok).toBe(true);
    expect((await findListener(port, { lock: readInstanceLock(trayDir) }))?.gateway).toMatchObject({
      verifiedBy: 'lock',
      version: '2026.11.0',
      bootId: 'b',
    });
    expect(await found(port)).not.toHaveProperty('gateway');
  });

  it.runIf(process.platform === 'linux')('is the parent when a child has inherited the socket', async () => {
    const { pid, port } = await startProcess('parent');
    expect((await findListeners(port)).map((listener) => listener.pid)).toEqual([pid]);
  });

  it.runIf(existsSync('/usr/bin/lsof') && process.platform !== 'win32')(
    'is seen by lsof and ps as well',
    async () => {
      const { pid, port } = await startProcess('foreign', '--token', 'canary-81c2');
      expect(await darwinPorts.holders(port)).toEqual([
        { pid, addresses: ['127.0.0.1'], user: userInfo().username },
      ]);
      expect(await darwinPorts.describe(pid)).toEqual({
        program: expect.stringMatching(/^node/),
        commandLine: expect.stringMatching(/--token \*\*\*$/),
      });
    },
  );
});

describe('the question whether a gateway listens', () => {
  async function serve(options: { health: string; greeting?: string }) {
    const headers: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      headers.push(request.headers);
      response.end(options.health);
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => {
      headers.push(request.headers);
      if (options.greeting !== undefined) socket.send(options.greeting);
    });
    return { headers, port: await listenHere(server) };
  }

  it('is answered by health and challenge together, and carries no credentials', async () => {
    const { headers, port } = await serve({ health: LIVE, greeting: JSON.stringify(challenge) });
    expect(await probeGateway('127.0.0.1', port)).toEqual({ url: `ws://127.0.0.1:${port}`, protocol: 4 });
    expect(headers).toHaveLength(2);
    for (const sent of headers) {
      expect(Object.keys(sent)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/auth|cookie|origin|token/)]),
      );
    }
  });

  it('sees a gateway of protocol 3 by its challenge without capabilities', async () => {
    const greeting = JSON.stringify({ ...challenge, payload: { nonce: 'n', ts: 1 } });
    const { port } = await serve({ health: LIVE, greeting });
    expect((await probeGateway('127.0.0.1', port))?.protocol).toBe(3);
  });

  it.each([
    ['its health is another one', { health: '{"ok":true}', greeting: JSON.stringify(challenge) }],
    ['its health never ends', { health: LIVE.padEnd(100_000), greeting: 'x' }],
    ['it greets with something else', { health: LIVE, greeting: '{"type":"event","event":"hello"}' }],
    ['it greets with garbage', { health: LIVE, greeting: '\u0000' }],
    ['it does not greet', { health: LIVE }],
  ])('is no when %s', async (_name, options) => {
    const { port } = await serve(options);
    expect(await probeGateway('127.0.0.1', port)).toBeUndefined();
  });

  it('is no when nothing is ever answered', async () => {
    const port = await listenHere(
      createTcpServer((socket) => void cleanups.push(() => void socket.destroy())),
    );
    expect(await probeGateway('127.0.0.1', port)).toBeUndefined();
  });

  it.runIf(existsSync('/usr/bin/openssl'))('works through TLS, whatever the certificate', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tls-'));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const [key, cert] = [join(dir, 'key'), join(dir, 'cert')];
    const wanted = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x'];
    execFileSync('/usr/bin/openssl', ['req', '-x509', ...wanted, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const server = createTlsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (_request, response) => response.end(LIVE),
    );
    new WebSocketServer({ server }).on('connection', (socket) => socket.send(JSON.stringify(challenge)));
    const port = await listenHere(server);
    expect(await probeGateway('127.0.0.1', port)).toEqual({ url: `wss://127.0.0.1:${port}`, protocol: 4 });
  });
});

describe('ending a listener', () => {
  it('stops a gateway and frees its port', async () => {
    const { child, port } = await startProcess();
    const exited = once(child, 'exit');
    expect(await endListener(await found(port), { clock })).toEqual({ ended: true, signal: 'SIGTERM' });
    await exited;
    expect(await findListener(port)).toBeUndefined();
  });

  it.runIf(process.platform !== 'win32')('kills a gateway that does not stop within the grace', async () => {
    const { child, port } = await startProcess('stubborn');
    const exited = once(child, 'exit');
    expect(await endListener(await found(port), { clock, graceMs: 100 })).toEqual({
      ended: true,
      signal: 'SIGKILL',
    });
    await exited;
  });

  it('leaves a program alone that is not a gateway, unless told otherwise', async () => {
    const { child, port } = await startProcess('foreign');
    const listener = await found(port);
    expect(await endListener(listener, { clock })).toEqual({
      ended: false,
      reason: expect.stringMatching(
        /^not a gateway: pid \d+ .*Stop that program yourself or use another port\.$/,
      ),
    });
    expect(ended(child)).toBe(false);
    expect((await endListener(listener, { clock, allowForeign: true })).ended).toBe(true);
  });

  it('never signals a process that has the pid but not the start time (CVE-2026-27486)', async () => {
    const { child, port } = await startProcess();
    const outcome = await endListener({ ...(await found(port)), startTime: '1' }, { clock });
    expect(outcome).toEqual({
      ended: false,
      reason: expect.stringContaining(`port ${port} is now held by pid`),
    });
    expect(ended(child)).toBe(false);
  });

  it('never signals a process that does not hold the port (CVE-2026-27486)', async () => {
    const gateway = await startProcess();
    const bystander = await startProcess();
    const claimed = { ...(await found(bystander.port)), port: gateway.port };
    expect((await endListener(claimed, { clock })).ended).toBe(false);
    expect([ended(gateway.child), ended(bystander.child)]).toEqual([false, false]);
  });

  it('has nothing to do when the listener has left by itself', async () => {
    const { child, port } = await startProcess();
    const listener = await found(port);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(await endListener(listener, { clock })).toEqual({ ended: true, signal: undefined });
  });

  it('refuses to end itself', async () => {
    const port = await listenHere(createTcpServer((socket) => socket.destroy()));
    const listener = { ...(await found(port)), gateway: { verifiedBy: 'handshake' } as const };
    expect(await endListener(listener, { clock })).toEqual({
      ended: false,
      reason: expect.stringContaining('this process itself'),
    });
  });

  it.each([
    ['a process it cannot name', { pid: undefined }, /could not find out which process/],
    ['pid 1', { pid: 1 }, /pid 1 must not be ended/],
    ['pid 0', { pid: 0 }, /pid 0 must not be ended/],
    ['a process group', { pid: -4242 }, /must not be ended/],
    ['a process of unknown start time', { startTime: undefined }, /cannot be told apart/],
  ])('refuses %s', async (_name, change, reason) => {
    const { pid, port } = await startProcess();
    const outcome = await endListener({ ...(await found(port)), ...change }, { clock, allowForeign: true });
    expect(outcome).toEqual({ ended: false, reason: expect.stringMatching(reason) });
    expect(isAlive(pid)).toBe(true);
  });
});
