import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { enter, enterAgain, health, READY, TestHome, until } from '../fixtures/gateway-process.ts';

const isWindows = process.platform === 'win32';

const opens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });

describe.skipIf(isWindows)('signals that stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s tells every client why, closes 1012 and ends with 0',
    async (signal) => {
      const { home, port } = await TestHome.withGateway();
      await using _ = home;
      const gateway = await home.start();
      const peer = await enter(port);
      gateway.signal(signal);
      expect((await peer.waitFor((frame) => frame.event === 'shutdown')).payload).toEqual({
        reason: 'gateway stopping',
      });
      expect(await peer.closed).toEqual({ code: 1012, reason: 'service restart' });
      expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
      expect(gateway.output).toContain(`received ${signal}; shutting down`);
      for (const name of ['owner.json', 'gateway.lock'])
        await expect(readFile(join(home.trayDir, 'run', name))).rejects.toThrow('ENOENT');
    },
  );

  it('ends once and cleanly when it is told twice', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const peer = await enter(port);
    gateway.signal('SIGINT');
    gateway.signal('SIGINT');
    await peer.closed;
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
    expect(gateway.output.split('shutting down')).toHaveLength(2);
  });

  it('does not lose SIGTERM while it starts', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = home.spawn(['gateway', 'run']);
    await until('the lock', () => readFile(join(home.trayDir, 'run', 'gateway.lock')).catch(() => undefined));
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
    expect(await health(port)).toBeUndefined();
  });

  it('does not lose SIGTERM behind restarts, nor while one is under way', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const peer = await enter(port);
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGUSR1', 'SIGTERM'] as const) gateway.signal(signal);
    await peer.closed;
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe.skipIf(isWindows)('signals that restart', () => {
  it.each(['SIGUSR1', 'SIGUSR2'] as const)(
    '%s restarts in place: same process, new boot, same port',
    async (signal) => {
      const { home, port } = await TestHome.withGateway();
      await using _ = home;
      const gateway = await home.start();
      const peer = await enter(port);
      gateway.signal(signal);
      expect((await peer.waitFor((frame) => frame.event === 'shutdown')).payload).toEqual({
        reason: 'gateway restarting',
        restartExpectedMs: 1500,
      });
      expect(await peer.closed).toEqual({ code: 1012, reason: 'service restart' });
      const again = await enterAgain(port);
      expect(again.bootId).not.toBe(peer.bootId);
      const lock = JSON.parse(await readFile(join(home.trayDir, 'run', 'gateway.lock'), 'utf8'));
      expect(lock).toMatchObject({ pid: gateway.pid, port });
      await again.close();
      expect(gateway.output).not.toContain('Debugger listening');
      expect(await opens(9229)).toBe(false);
    },
  );

  it('keeps a token that it made up through a restart', async () => {
    await using home = await TestHome.create();
    const { freePort, ownerToken } = await import('../fixtures/gateway-process.ts');
    const port = await freePort();
    const gateway = await home.start(['--allow-unconfigured', '--port', String(port)]);
    const before = await enter(port, { token: await ownerToken(home) });
    gateway.signal('SIGUSR2');
    await before.closed;
    await gateway.said(READY, 2);
    const after = await enter(port, { token: await ownerToken(home) });
    expect(after.bootId).not.toBe(before.bootId);
    await after.close();
  });

  it('survives a storm of them', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    for (let round = 0; round < 60; round += 1) {
      gateway.signal(round % 2 ? 'SIGUSR1' : 'SIGUSR2');
      if (round % 10 === 0) await health(port);
    }
    await (await enterAgain(port)).close();
    const ended = await gateway.stop();
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(gateway.output).not.toContain('Debugger listening');
  });

  it('ignores them when commands.restart is false, but config.apply still restarts', async () => {
    const { home, port } = await TestHome.withGateway({}, { commands: { restart: false } });
    await using _ = home;
    const gateway = await home.start();
    const peer = await enter(port);
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      gateway.signal(signal);
      await gateway.said(`${signal} ignored: commands.restart is false`);
    }
    expect(await peer.request('health')).toMatchObject({ ok: true });
    const { hash } = (await peer.request('config.get')) as { hash: string };
    const config = JSON.parse(await readFile(home.configPath, 'utf8'));
    config.gateway.controlUi = { basePath: '/ui' };
    const applied = await peer.request('config.apply', {
      raw: JSON.stringify(config),
      baseHash: hash,
      restartDelayMs: 0,
    });
    expect(applied).toMatchObject({ ok: true });
    expect(await peer.closed).toMatchObject({ code: 1012 });
    const again = await enterAgain(port);
    expect(again.bootId).not.toBe(peer.bootId);
    await again.close();
  });
});
