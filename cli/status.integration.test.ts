import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startScriptedGateway } from '../core/client/testing/scripted-gateway.ts';
import { startListener } from '../core/testing/tcp-listener.ts';
import { buildBundle, freePort, type Home, openHome } from './testing/command-line.ts';
import { configure, startRecorder } from './testing/probing.ts';

beforeAll(buildBundle);

async function status(home: Home, args: readonly string[] = []) {
  const { code, stdout, stderr } = await home.run(['gateway', 'status', '--json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('gateway status', () => {
  test('gives programs paths and addresses that they can use as they are', async () => {
    const home = await openHome();
    const port = await freePort();
    await configure(home, { gateway: { mode: 'local', port, auth: { mode: 'none' } } });
    await home.start(['gateway', 'run']).shown('ready');
    const { config, port: door } = await status(home);
    const path = join(home.dir, '.openclaw', 'openclaw.json');
    expect(config).toMatchObject({ cli: { path }, daemon: { path } });
    const addresses = door.listeners.flatMap(({ address }: { address: string }) => address.split(', '));
    expect(addresses).toContain(`127.0.0.1:${port}`);
    for (const address of addresses) expect(new URL(`ws://${address}`).port).toBe(String(port));
    expect((await home.run(['gateway', 'status'])).stdout).toContain('~/.openclaw/openclaw.json');
  });

  test('gives programs the whole path of what doctor would change too', async () => {
    const home = await openHome();
    const { stdout } = await home.run(['doctor', '--json']);
    const path = join(home.dir, '.openclaw', 'openclaw.json');
    expect(JSON.parse(stdout).findings[0]).toMatchObject({ code: 'CONFIG_MISSING', changes: [{ path }] });
  });

  test('says that the probe failed also where nobody listens', async () => {
    const home = await openHome();
    await configure(home, { gateway: { mode: 'local', port: await freePort() } });
    expect((await home.run(['gateway', 'status'])).stdout).toMatch(/^RPC probe: +failed$/m);
    expect((await home.run(['gateway', 'status', '--no-probe'])).stdout).not.toContain('failed');
  });

  test('warns of a secret that cannot be resolved whenever the probe fails, for whatever reason', async () => {
    const token = { source: 'env', provider: 'default', id: 'NOT_SET_HERE' };
    const home = await openHome();
    const configured = (port: number) => ({
      gateway: { mode: 'local', port, auth: { mode: 'token', token } },
    });
    const warning = expect.stringContaining('NOT_SET_HERE');
    await configure(home, configured(await freePort()));
    expect((await status(home)).rpc).toMatchObject({ ok: false, authWarning: warning });
    expect((await status(home, ['--token', 'given'])).rpc).not.toHaveProperty('authWarning');
    const probed = await home.run(['gateway', 'probe', '--json']);
    expect(JSON.parse(probed.stdout).warnings).toContainEqual(
      expect.objectContaining({ code: 'auth_secretref_unresolved', message: warning }),
    );
    const rude = await startScriptedGateway(async (peer) => {
      await peer.introduce();
      peer.socket.close(1008, 'unauthorized');
    });
    await configure(home, configured(Number(new URL(rude.url).port)));
    expect((await status(home)).rpc).toMatchObject({ ok: false, authWarning: warning });
    const open = await startRecorder();
    await configure(home, configured(Number(new URL(open.url).port)));
    expect((await status(home)).rpc).toEqual(expect.not.objectContaining({ authWarning: expect.anything() }));
  });

  test('tells who holds the port of this machine, whichever gateway is asked', async () => {
    const gateway = await startRecorder();
    const { port: holder } = await startListener((socket) => socket.destroy());
    const home = await openHome();
    await configure(home, { gateway: { mode: 'local', port: holder } });
    const { port } = await status(home, ['--url', gateway.url, '--token', 't']);
    expect(port).toMatchObject({ port: holder, status: 'busy', listeners: [{ pid: process.pid }] });
  });
});
