import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serverSettings } from './settings.ts';
import { from } from './testing/server-fixtures.ts';
import { Upgrader } from './upgrade.ts';

const clients: WebSocket[] = [];
const server = createServer();
let url: string;

beforeEach(async () => {
  const settings = serverSettings({ gateway: { trustedProxies: ['127.0.0.1'] } }, []);
  const deps = {
    originPolicy: () => settings.origin,
    basePath: () => '',
    accepting: () => true,
    opened: () => {},
  };
  const upgrader = new Upgrader(deps, { local: 2, remote: 3, perRemoteAddress: 2 });
  server.on('upgrade', (request, socket, head) => upgrader.handle(request, socket, head));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  server.close();
});

/** The HTTP status of an upgrade; the socket stays open without a word. */
async function arrive(address?: string): Promise<number> {
  const client = new WebSocket(url, address === undefined ? {} : from(address));
  clients.push(client);
  client.on('error', () => {});
  return new Promise((resolve) => {
    client.once('open', () => resolve(101));
    client.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
  });
}

it('strangers from afar who fill all their places leave those of this machine free, and the other way round', async () => {
  expect(await arrive('198.51.100.1')).toBe(101);
  expect(await arrive('198.51.100.1')).toBe(101);
  expect(await arrive('198.51.100.1')).toBe(503);
  expect(await arrive('198.51.100.2')).toBe(101);
  expect(await arrive('198.51.100.3')).toBe(503);
  expect(await arrive()).toBe(101);
  expect(await arrive()).toBe(101);
  expect(await arrive()).toBe(503);
  clients[0]?.terminate();
  await expect.poll(() => arrive('198.51.100.3')).toBe(101);
});
