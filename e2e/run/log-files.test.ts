import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { enter, TestHome } from '../fixtures/gateway-process.ts';

it('rotates its log and stays below the cap in a storm of failing requests', async () => {
  const maxFileBytes = 40_000;
  const { home, port } = await TestHome.withGateway({}, { logging: { maxFileBytes, level: 'debug' } });
  await using _ = home;
  const gateway = await home.start(['--ws-log', 'full', '--verbose']);
  const peer = await enter(port);
  for (let id = 0; id < 3000; id += 1)
    peer.socket.send(JSON.stringify({ type: 'req', id: `storm-${id}`, method: `no.such.method.${id}` }));
  expect(await peer.requestRaw('no.such.method', {}, 'last')).toMatchObject({ ok: false });
  await peer.close();
  expect(await gateway.stop()).toMatchObject({ code: 0 });
  const dir = join(home.trayDir, 'logs');
  const names = await readdir(dir);
  expect(names.length).toBeGreaterThan(1);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(maxFileBytes);
  for (const name of names) {
    const lines = (await readFile(join(dir, name), 'utf8')).trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect([name, await home.mode(join(dir, name))]).toEqual([name, '600']);
  }
});

it('goes on without a log file that cannot be written', async () => {
  const { home, port } = await TestHome.withGateway({}, { logging: { file: '/dev/full' } });
  await using _ = home;
  const gateway = await home.start();
  const peer = await enter(port);
  expect(await peer.request('health')).toMatchObject({ ok: true });
  await peer.close();
  expect(await gateway.stop()).toMatchObject({ code: 0 });
});

it('finds the home directory in logging.file', async () => {
  const { home } = await TestHome.withGateway({}, { logging: { file: '~/logs/mine.log' } });
  await using _ = home;
  await (await home.start()).stop();
  expect(await readFile(join(home.dir, 'logs', 'mine.log'), 'utf8')).toContain('ready');
});
