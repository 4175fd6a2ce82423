import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  closeServer,
  enter,
  freePort,
  health,
  listenOn,
  READY,
  TestHome,
  until,
} from '../fixtures/gateway-process.ts';

const LISTEN =
  "require('net').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => console.log('up'))";

/** A program that is not ours and holds a port. */
async function foreignProgram(port: number) {
  const child: ChildProcess = spawn(process.execPath, ['-e', LISTEN, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('one gateway on a state directory', () => {
  it('refuses the second one and says who is there', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const first = await home.start();
    const second = await home.run(['--port', String(await freePort())]);
    expect(second.code).toBe(78);
    expect(second.stderr.replace(/\s+/g, ' ')).toContain(`already running (pid ${first.pid}, port ${port})`);
    expect(second.stderr).toContain(home.stateDir);
    expect(await health(port)).toBe(200);
  });

  it('lets exactly one of several that start at once win', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const started = Array.from({ length: 4 }, () => home.spawn(['gateway', 'run']));
    const outcomes = await Promise.all(
      started.map((gateway) =>
        gateway.said(READY).then(
          () => 'runs',
          async () => (await gateway.ended).code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'runs')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 78)).toHaveLength(3);
    expect(await health(port)).toBe(200);
  });

  it.each([
    ['of a dead process', (lock: string) => lock.replace(/"pid": \d+/, '"pid": 4194303')],
    [
      'whose process id now belongs to another program',
      (lock: string) => lock.replace(/"pid": \d+/, `"pid": ${process.pid}`),
    ],
    ['that was torn', (lock: string) => lock.slice(0, 40)],
    ['that is empty', () => ''],
    ['that is something else', () => '[1]'],
  ])('heals a lock %s', async (_, change) => {
    const { home } = await TestHome.withGateway();
    await using __ = home;
    const first = await home.start();
    const path = join(home.trayDir, 'run', 'gateway.lock');
    const lock = await readFile(path, 'utf8');
    await first.stop('SIGKILL');
    await writeFile(path, change(lock));
    const second = await home.start();
    expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(second.pid);
    await second.stop();
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('replaces itself by force, on the same port and on another one', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const first = await home.start();
    // A client that does not answer the close: the gateway is off its port long before it is gone.
    (await enter(port)).socket.pause();
    const second = await home.start(['--force']);
    expect(await first.ended).toMatchObject({ code: 0 });
    await second.said(`ended pid ${first.pid}`);
    const other = await freePort();
    await home.start(['--force', '--port', String(other)]);
    expect(await second.ended).toMatchObject({ code: 0 });
    expect(await health(other)).toBe(200);
    expect(await health(port)).toBeUndefined();
  });
});

describe('a port that is taken', () => {
  it('names a foreign program, and never ends it, not even by force', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await using foreign = await foreignProgram(port);
    for (const flags of [[], ['--force']]) {
      const refused = await home.run(flags);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`pid ${foreign.pid}`);
      expect(refused.stderr.split(`pid ${foreign.pid}`)).toHaveLength(2);
      expect(refused.stderr).toContain('node');
      expect(foreign.isAlive()).toBe(true);
    }
  });

  it('never trusts a process id that stands in a file', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await using foreign = await foreignProgram(port);
    await mkdir(join(home.trayDir, 'run'), { recursive: true, mode: 0o700 });
    const claim = { version: 1, pid: foreign.pid, startTime: null, port, bootId: 'x', token: 'x' };
    await writeFile(join(home.trayDir, 'run', 'owner.json'), JSON.stringify(claim), { mode: 0o600 });
    const lock = { ...claim, programVersion: 'x', createdAt: 'x', stateDir: home.stateDir, program: 'x' };
    await writeFile(join(home.trayDir, 'run', 'gateway.lock'), JSON.stringify(lock), { mode: 0o600 });
    const refused = await home.run(['--force']);
    expect(refused.code).not.toBe(0);
    expect(foreign.isAlive()).toBe(true);
  });

  it('knows a gateway of another state directory, and ends it by force only', async () => {
    const one = await TestHome.withGateway();
    await using first = one.home;
    const other = await TestHome.withGateway({ port: one.port });
    await using second = other.home;
    const running = await first.start();
    const refused = await second.run();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`pid ${running.pid}`);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain('It is an OpenClaw gateway');
    const hinted = await second.run([], { OPENCLAW_CLI_NAME: 'node x.cjs' });
    expect(hinted.stderr.replace(/\s+/g, ' ')).toContain(`node x.cjs gateway health --port ${one.port}`);
    expect(await health(one.port)).toBe(200);
    const replaced = await second.start(['--force']);
    expect(await running.ended).toMatchObject({ code: 0 });
    await replaced.said(`ended pid ${running.pid}`);
    await (await enter(one.port)).close();
  });

  it('is given back when a start fails on it', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const server = createServer((socket) => socket.resume());
    await listenOn(server, port);
    expect(await home.run()).toMatchObject({ code: 1 });
    await closeServer(server);
    await home.start();
    await until('the gateway', () => health(port));
  });
});
