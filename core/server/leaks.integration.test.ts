import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import {
  asNode,
  http,
  join,
  operator,
  refused,
  startFakeTimeGateway,
  TOKEN,
} from './testing/server-fixtures.ts';

/** What keeps the process alive or open. A file that is just being read or written is neither. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(TCP|HTTP|FSEvent|Pipe|TLS)/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after a garbage collection. */
function liveBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a gateway that has closed', () => {
  it('leaves no socket, server, watcher or timer behind, whoever was connected', async () => {
    const before = held();
    const timersBefore = timers();
    const gateway = await startTestGateway({ addresses: ['127.0.0.1', '::1'] });
    const device = testDevice();
    const peers = [
      await operator(gateway.url),
      await operator(gateway.url, [], 3),
      (await join(gateway.url, { auth: TOKEN, device })).peer,
      (await join(gateway.url, asNode(device))).peer,
      await TestPeer.open(gateway.url),
    ];
    await refused(gateway.url, { auth: TOKEN, role: 'nobody' });
    await http(gateway.port, '/healthz');
    const idle = tcpConnect({ host: '127.0.0.1', port: gateway.port });
    const halfway = tcpConnect({ host: '127.0.0.1', port: gateway.port });
    for (const socket of [idle, halfway]) socket.on('error', () => {});
    halfway.write('GET / HTTP/1.1\r\n');
    await Promise.all([once(idle, 'connect'), once(halfway, 'connect')]);
    await gateway.close();
    await Promise.all(peers.map((peer) => peer.closed));
    idle.destroy();
    halfway.destroy();
    await expect.poll(held).toEqual(before);
    await expect.poll(timers).toBeLessThanOrEqual(timersBefore);
  });

  it('leaves no timer on its clock', async () => {
    const gateway = await startFakeTimeGateway();
    const { clock } = gateway;
    const slow = await TestPeer.open(gateway.url);
    const peers = [await operator(gateway.url), await TestPeer.open(gateway.url), slow];
    const { waiting } = clock;
    void slow.hello({ auth: { token: 'wrong' } }).catch(() => {});
    await expect.poll(() => clock.waiting).toBe(waiting + 1);
    await gateway.close();
    await Promise.all(peers.map((peer) => peer.closed));
    expect(clock.waiting).toBe(0);
  });

  it('holds nobody who waits for the answer to a wrong secret', async () => {
    await using gateway = await startFakeTimeGateway();
    const quiet = gateway.clock.waiting;
    for (let n = 0; n < 3; n += 1) {
      const peer = await TestPeer.open(gateway.url);
      void peer.hello({ auth: { token: 'wrong' } }).catch(() => {});
      await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
      peer.socket.terminate();
      await expect.poll(() => gateway.clock.waiting).toBe(quiet);
    }
  });

  it('refuses new sockets and says that it is not ready, from the moment it begins to close', async () => {
    const gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    peer.socket.pause();
    const closed = gateway.gateway.close('stop', 0);
    await expect(TestPeer.open(gateway.url)).rejects.toThrow(/HTTP 503|ECONNREFUSED|ECONNRESET|hang up/);
    peer.socket.resume();
    await closed;
    await gateway.close();
  });
});

describe('a gateway that runs', () => {
  it('forgets every socket that has gone, however it went', async () => {
    await using gateway = await startTestGateway();
    const before = held();
    for (let round = 0; round < 30; round += 1) {
      const peer = round % 3 === 0 ? await TestPeer.open(gateway.url) : await operator(gateway.url);
      if (round % 2 === 0) peer.socket.terminate();
      else await peer.close();
    }
    await expect.poll(() => gateway.gateway.connections()).toBe(0);
    await expect.poll(held).toEqual(before);
  });

  it('takes in a thousand frames of a client that was refused without keeping one', async () => {
    await using gateway = await startTestGateway();
    const peer = await TestPeer.open(gateway.url);
    const { _receiver: receiver } = peer.socket as unknown as {
      _receiver: { removeAllListeners(name: string): void };
    };
    receiver.removeAllListeners('conclude');
    const frame = JSON.stringify({ type: 'req', id: 'x', method: 'health' }).padEnd(60_000);
    peer.socket.send('not json');
    const before = liveBytes();
    for (let n = 0; n < 1_000; n += 1) peer.socket.send(frame);
    await expect.poll(() => peer.socket.bufferedAmount, { timeout: 15_000 }).toBe(0);
    const answered = await operator(gateway.url);
    expect(liveBytes() - before).toBeLessThan(30_000_000);
    peer.socket.terminate();
    await answered.close();
  });
});
