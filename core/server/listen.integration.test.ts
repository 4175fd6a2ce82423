import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Listening, listenOn } from './listen.ts';
import { http, rawExchange, untilLetGo } from './testing/server-fixtures.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((rows) =>
  rows?.some(({ address }) => address === '::1'),
);

const QUICK = { head: 40, request: 80, keepAlive: 40, checkEvery: 10 };

const handlers = {
  request: (_request: unknown, response: { end(text: string): void }) => response.end('here'),
  upgrade: () => {},
};

async function listening(addresses: string[], port = 0, timeouts = QUICK) {
  const server: Listening = await listenOn(addresses, port, handlers, { timeouts });
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

describe('listening', () => {
  it('takes one port for every address, and says which it took', async () => {
    await using server = await listening(['127.0.0.1', '::1']);
    expect(server.port).toBeGreaterThan(0);
    expect(server.addresses).toContain('127.0.0.1');
    expect((await http(server.port, '/')).body).toBe('here');
  });

  it('does without a further address that this machine does not have, but not without the first', async () => {
    await using server = await listening(['127.0.0.1', '198.51.100.1']);
    expect(server.addresses).toEqual(['127.0.0.1']);
    await expect(listening(['198.51.100.1'])).rejects.toMatchObject({
      code: 'START_BLOCKED',
      message: expect.stringContaining('Cannot listen on 198.51.100.1'),
    });
  });

  it.runIf(hasIpv6)('says that the port is taken, and leaves none of its addresses open', async () => {
    await using holder = await listening(['::1']);
    await expect(listening(['127.0.0.1', '::1'], holder.port)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `Port ${holder.port} is already in use.`,
      details: { address: '::1', port: holder.port },
    });
    await using again = await listening(['127.0.0.1'], holder.port);
    expect(again.port).toBe(holder.port);
  });

  it('ends at close, with whatever is still connected', async () => {
    const server = await listenOn(['127.0.0.1'], 0, handlers);
    const idle = connect({ host: '127.0.0.1', port: server.port });
    await once(idle, 'connect');
    const ended = once(idle, 'close');
    await server.close();
    await ended;
    await expect(http(server.port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a client that takes its time', () => {
  const slow: [string, string, number][] = [
    ['with its first byte', '', 408],
    ['in the middle of a header', 'GET / HTTP/1.1\r\nhost: local', 408],
  ];
  for (const [name, bytes, status] of slow) {
    it(`${name} is told so and loses the connection`, async () => {
      await using server = await listening(['127.0.0.1']);
      expect(await rawExchange(server.port, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  it('is let go of, though it would keep the connection', async () => {
    await using server = await listening(['127.0.0.1']);
    for (const [, bytes] of slow) await untilLetGo(server.port, bytes);
  });

  it('before its next request loses the connection', async () => {
    await using server = await listening(['127.0.0.1']);
    const answer = await rawExchange(server.port, 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(answer).toContain('Connection: keep-alive');
  });
});
