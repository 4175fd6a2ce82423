import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
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

  test('says that the probe failed also where nobody listens', async () => {
    const home = await openHome();
    await configure(home, { gateway: { mode: 'local', port: await freePort() } });
    expect((await home.run(['gateway', 'status'])).stdout).toMatch(/^RPC probe: +failed$/m);
    expect((await home.run(['gateway', 'status', '--no-probe'])).stdout).not.toContain('failed');
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
