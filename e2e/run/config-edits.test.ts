import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import {
  closeServer,
  enter,
  enterAgain,
  freePort,
  health,
  listenOn,
  READY,
  TestHome,
  TOKEN,
  until,
  wsUrl,
} from '../fixtures/gateway-process.ts';

const ORIGIN = 'https://panel.example';

/** True when a browser page of that origin may speak to the gateway at all. */
async function admitsOrigin(port: number): Promise<boolean> {
  const { peer, response } = await TestPeer.connect(
    wsUrl(port),
    { auth: TOKEN, device: testDevice() },
    { headers: { origin: ORIGIN } },
  );
  await peer.close();
  const { code } = (response.error as { details: { code: string } }).details;
  return code !== 'CONTROL_UI_ORIGIN_NOT_ALLOWED';
}

describe('an edit of the configuration of a running gateway', () => {
  it('takes effect without a restart where it can', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    const peer = await enter(port);
    expect(await admitsOrigin(port)).toBe(false);
    await home.editConfig(({ gateway }) => {
      gateway.controlUi = { allowedOrigins: [ORIGIN] };
    });
    await peer.waitFor((frame) => frame.event === 'config.changed');
    expect(await admitsOrigin(port)).toBe(true);
    expect(await peer.request('health')).toMatchObject({ ok: true });
    await peer.close();
  });

  it('restarts in place where it must, on the new port', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const peer = await enter(port);
    const other = await freePort();
    await home.editConfig((config) => {
      config.gateway.port = other;
    });
    expect(await peer.closed).toMatchObject({ code: 1012 });
    const again = await enterAgain(other);
    expect(again.bootId).not.toBe(peer.bootId);
    await again.close();
    expect(await health(port)).toBeUndefined();
    await gateway.said(`ws://127.0.0.1:${other}`);
    expect(gateway.output).toContain('restart requested (config.reload); restarting');
  });

  it('is not taken over while it is broken, and the log says why', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const peer = await enter(port);
    for (const [text, said] of [
      ['{ gateway: { mode: ', 'config reload skipped (invalid config)'],
      ['{ gateway: { port: "many" } }', 'gateway.port'],
    ] as const) {
      await home.writeConfig(text);
      await gateway.said(said);
      expect(await peer.request('health')).toMatchObject({ ok: true });
    }
    await peer.close();
  });

  it('goes back to the old settings when the new port is taken, and names who has it', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const server = createServer((socket) => socket.resume());
    const taken = await listenOn(server, 0);
    const gateway = await home.start();
    const peer = await enter(port);
    await home.editConfig((config) => {
      config.gateway.port = taken;
    });
    expect(await peer.closed).toMatchObject({ code: 1012 });
    const again = await enterAgain(port);
    expect(again.bootId).not.toBe(peer.bootId);
    await gateway.said('goes on with the old ones');
    await gateway.said(`port ${taken} is already in use`);
    await gateway.said(`pid ${process.pid}`);
    await closeServer(server);
    gateway.signal('SIGUSR2');
    await (await enterAgain(taken)).close();
  });

  it.each([
    [
      'a certificate that is not there',
      { tls: { enabled: true, certPath: '/none/cert.pem', keyPath: '/none/key.pem' } },
      'There is no certificate file',
    ],
    ['another mode', { mode: 'remote' }, 'current: remote'],
    ['a bind without authentication', { bind: 'lan', auth: { mode: 'none' } }, 'without auth'],
    ['a password that is not there', { auth: { mode: 'password' } }, 'no password is configured'],
  ])('goes back to the old settings for %s', async (_, change, said) => {
    const { home, port } = await TestHome.withGateway();
    await using __ = home;
    const gateway = await home.start();
    await home.editConfig((config) => Object.assign(config.gateway, change));
    await gateway.said(said);
    await gateway.said(READY, 2);
    await (await enterAgain(port)).close();
    await gateway.said('goes on with the old ones');
  });

  it('is served although it comes while another one is being served', async () => {
    const { home } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const ports = [await freePort(), await freePort(), await freePort()];
    for (const next of ports) {
      await home.editConfig((config) => {
        config.gateway.port = next;
      });
      await gateway.said('requires gateway restart', ports.indexOf(next) + 1);
    }
    await (await enterAgain(ports[2] ?? 0)).close();
  });

  it('replaces the shared secret: the old one stops working, and so do connections that used it', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    const peer = await enter(port);
    await home.editConfig((config) => {
      config.gateway.auth = { mode: 'token', token: 'the-new-shared-token' };
    });
    await peer.closed;
    await (await enterAgain(port, { token: 'the-new-shared-token' })).close();
    await expect(enter(port)).rejects.toThrow('AUTH_TOKEN_MISMATCH');
  });

  it('replaces a referenced secret with secrets.reload, without a restart', async () => {
    await using home = await TestHome.create();
    const port = await freePort();
    const file = join(home.dir, 'token.txt');
    await writeFile(file, 'first-token-of-file', { mode: 0o600 });
    await home.writeConfig({
      gateway: {
        mode: 'local',
        port,
        auth: { mode: 'token', token: { source: 'file', provider: 'vault', id: 'value' } },
      },
      secrets: { providers: { vault: { source: 'file', path: file, mode: 'singleValue' } } },
    });
    const gateway = await home.start();
    const peer = await enter(port, { token: 'first-token-of-file' });
    const bystander = await enter(port, { token: 'first-token-of-file' });
    await writeFile(file, 'second-token-of-file', { mode: 0o600 });
    expect(await peer.request('secrets.reload')).toMatchObject({ ok: true });
    for (const socket of [peer, bystander])
      expect(await socket.closed).toEqual({ code: 4001, reason: 'gateway auth changed' });
    await expect(enter(port, { token: 'first-token-of-file' })).rejects.toThrow('AUTH_TOKEN_MISMATCH');
    const after = await enter(port, { token: 'second-token-of-file' });
    expect(after.bootId).toBe(peer.bootId);
    await writeFile(file, '');
    await expect(after.request('secrets.reload')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await after.request('health')).toMatchObject({ ok: true });
    await after.close();
    expect(await gateway.stop()).toMatchObject({ code: 0 });
  });

  it('survives a value that no HTTP header can carry', async () => {
    const { home, port } = await TestHome.withGateway({
      http: { securityHeaders: { strictTransportSecurity: 'max-age=1\nx: y' } },
    });
    await using _ = home;
    await home.start();
    for (let times = 0; times < 2; times += 1) expect(await health(port)).toBe(200);
  });

  it('brings back the file after a start on the last known good one', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await (await home.start()).stop();
    await home.writeConfig('{ broken');
    await home.start();
    const other = await freePort();
    await home.writeConfig({ gateway: { mode: 'local', port: other, auth: { mode: 'token', ...TOKEN } } });
    await until('the new port', () => health(other));
    expect(await health(port)).toBeUndefined();
  });
});
