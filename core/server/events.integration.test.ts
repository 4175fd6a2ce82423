import { describe, expect, it } from 'vitest';
import { LIMITS } from '../protocol/frames.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { ALL_SCOPES, TestPeer, testDevice } from '../testing/test-peer.ts';
import { asNode, join, operator, startFakeTimeGateway, TOKEN } from './testing/server-fixtures.ts';

interface Event {
  event: string;
  seq: number;
  payload: Record<string, unknown>;
  stateVersion?: { presence: number; health: number };
}

const eventsOf = (peer: TestPeer): Event[] =>
  peer.frames.filter(
    (frame) => frame.type === 'event' && frame.event !== 'connect.challenge',
  ) as unknown as Event[];

const seqs = (peer: TestPeer): number[] => eventsOf(peer).map(({ seq }) => seq);

/** Answers after everything that was sent to this peer before. */
const settled = (peer: TestPeer): Promise<unknown> => peer.requestRaw('status');

const ui = (request: object = {}) => ({
  auth: TOKEN,
  device: testDevice(),
  client: { id: 'openclaw-macos', mode: 'ui', displayName: 'Desk', instanceId: 'desk-1' },
  ...request,
});

const announce = (peer: TestPeer, text = 'here') => peer.request('system-event', { text });

describe('event numbers', () => {
  it('of v4 count what each socket was sent, from one, without a hole', async () => {
    await using gateway = await startTestGateway();
    const early = await operator(gateway.url);
    await announce(early);
    await announce(early);
    const late = await operator(gateway.url, ['operator.read', 'operator.admin']);
    await announce(early);
    for (const peer of [early, late]) {
      await settled(peer);
      expect(seqs(peer)).toEqual(eventsOf(peer).map((_event, index) => index + 1));
      expect(seqs(peer).length).toBeGreaterThan(1);
    }
    expect(seqs(early).length).toBeGreaterThan(seqs(late).length);
    await Promise.all([early.close(), late.close()]);
  });

  it('of v4 have no hole where an event was not for this client', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const pairing = await operator(gateway.url, ['operator.pairing']);
    await announce(admin);
    await (await join(gateway.url, { auth: TOKEN, device: testDevice() })).peer.close();
    await settled(pairing);
    expect(eventsOf(pairing).map(({ event }) => event)).not.toContain('presence');
    expect(eventsOf(pairing).map(({ event }) => event)).toContain('device.pair.resolved');
    expect(seqs(pairing)).toEqual(eventsOf(pairing).map((_event, index) => index + 1));
    await Promise.all([admin.close(), pairing.close()]);
  });

  it('of v3 count everything that is broadcast, the same for every client', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const first = await join(gateway.url, { auth: TOKEN, device: testDevice(), protocol: 3 });
    for (let n = 0; n < 5; n += 1) await announce(admin, `row ${n}`);
    const second = await join(gateway.url, { auth: TOKEN, device: testDevice(), protocol: 3 });
    await announce(admin, 'last');
    await Promise.all([settled(first.peer), settled(second.peer)]);
    const lastOf = (peer: TestPeer) =>
      eventsOf(peer)
        .filter(({ event }) => event === 'presence')
        .at(-1);
    expect(lastOf(second.peer)).toEqual(lastOf(first.peer));
    expect(seqs(second.peer)[0]).toBeGreaterThan(5);
    await Promise.all([first.peer.close(), second.peer.close(), admin.close()]);
  });

  it('of v3 have no hole where only v4 knows the event', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const { peer } = await join(gateway.url, { auth: TOKEN, device: testDevice(), protocol: 3 });
    const { hash } = (await admin.request('config.get')) as { hash: string };
    await announce(admin);
    await admin.request('config.patch', { raw: '{ messages: { ackReaction: "👀" } }', baseHash: hash });
    await admin.waitFor((frame) => frame.event === 'config.changed');
    await announce(admin);
    await settled(peer);
    const numbers = seqs(peer);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    expect(eventsOf(peer).map(({ event }) => event)).not.toContain('config.changed');
    await Promise.all([peer.close(), admin.close()]);
  });
});

describe('state versions', () => {
  it('go with presence and health, match what hello said, and grow by one at each change', async () => {
    await using gateway = await startTestGateway();
    const { peer, hello } = await join(gateway.url, { auth: TOKEN });
    const first = (await peer.waitFor((frame) => frame.event === 'health')) as unknown as Event;
    expect(first.stateVersion).toEqual({
      presence: hello.snapshot.stateVersion.presence,
      health: hello.snapshot.stateVersion.health + 1,
    });
    await announce(peer);
    const presence = eventsOf(peer).find(({ event }) => event === 'presence');
    expect(presence?.stateVersion).toEqual({
      presence: hello.snapshot.stateVersion.presence + 1,
      health: first.stateVersion?.health,
    });
    const again = await join(gateway.url, { auth: TOKEN });
    expect(again.hello.snapshot.stateVersion).toEqual(presence?.stateVersion);
    await Promise.all([peer.close(), again.peer.close()]);
  });

  it('go with no other event', async () => {
    await using gateway = await startFakeTimeGateway();
    const peer = await operator(gateway.url);
    await settled(peer);
    gateway.clock.advance(LIMITS.pingIntervalMs - 1);
    gateway.clock.advance(LIMITS.tickIntervalMs - LIMITS.pingIntervalMs + 1);
    const tick = await peer.waitFor((frame) => frame.event === 'tick');
    expect(tick).not.toHaveProperty('stateVersion');
    await peer.close();
  });
});

describe('an event', () => {
  it('goes to those who may know, in each era', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const peers = {
      reader: await operator(gateway.url, ['operator.read']),
      pairing: await operator(gateway.url, ['operator.pairing']),
      nobody: await operator(gateway.url, []),
      node: (await join(gateway.url, asNode(testDevice()))).peer,
      nobodyV3: await operator(gateway.url, [], 3),
      readerV3: (
        await join(gateway.url, { auth: TOKEN, device: testDevice(), scopes: ['operator.read'], protocol: 3 })
      ).peer,
    };
    const { hash } = (await admin.request('config.get')) as { hash: string };
    for (const peer of Object.values(peers)) {
      await settled(peer);
      peer.frames.splice(1);
    }
    await announce(admin);
    await admin.request('set-heartbeats', { enabled: true });
    await admin.request('config.patch', { raw: '{ messages: { ackReaction: "👀" } }', baseHash: hash });
    const device = testDevice();
    const { peer: paired } = await join(gateway.url, { auth: TOKEN, device });
    const heard: Record<string, string[]> = {};
    for (const [name, peer] of Object.entries(peers)) {
      await settled(peer);
      heard[name] = [...new Set(eventsOf(peer).map(({ event }) => event))].sort();
    }
    expect(heard).toEqual({
      reader: ['config.changed', 'health', 'presence'],
      pairing: ['device.pair.resolved', 'health'],
      nobody: ['health'],
      node: ['health'],
      nobodyV3: ['health', 'presence'],
      readerV3: ['health', 'presence'],
    });
    await Promise.all([...Object.values(peers), paired, admin].map((peer) => peer.close()));
  });

  it('does not reach a client before its hello', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const storm = Promise.all(Array.from({ length: 20 }, (_, n) => announce(admin, `row ${n}`)));
    const { peer } = await join(gateway.url, { auth: TOKEN });
    await storm;
    expect(peer.frames.slice(0, 2).map((frame) => frame.event ?? frame.id)).toEqual([
      'connect.challenge',
      'connect-1',
    ]);
    await Promise.all([peer.close(), admin.close()]);
  });
});

describe('time', () => {
  it('brings a tick every 30 seconds and health every 60, to clients of both eras', async () => {
    await using gateway = await startFakeTimeGateway();
    const peers = [await operator(gateway.url), await operator(gateway.url, [], 3)];
    for (const peer of peers) {
      await settled(peer);
      peer.frames.splice(1);
    }
    for (let second = 5; second <= 60; second += 5) {
      gateway.clock.advance(5_000);
      await Promise.all(peers.map(settled));
    }
    for (const peer of peers) {
      const ticks = peer.events('tick').map(({ payload }) => (payload as { ts: number }).ts);
      expect(ticks).toHaveLength(2);
      expect((ticks[1] ?? 0) - (ticks[0] ?? 0)).toBe(30_000);
      expect(peer.events('health')).toHaveLength(1);
    }
    await Promise.all(peers.map((peer) => peer.close()));
  });

  it('ends a socket that does not answer a ping within 25 seconds, and no other', async () => {
    await using gateway = await startFakeTimeGateway();
    const live = await operator(gateway.url);
    const dead = await operator(gateway.url);
    dead.socket.pause();
    const pong = new Promise((resolve) => live.socket.once('ping', resolve));
    gateway.clock.advance(25_000);
    await pong;
    await settled(live);
    expect(gateway.gateway.connections()).toBe(2);
    gateway.clock.advance(25_000);
    await expect.poll(() => gateway.gateway.connections()).toBe(1);
    await settled(live);
    dead.socket.terminate();
    await live.close();
  });
});

describe('presence', () => {
  const last = (peer: TestPeer) =>
    (eventsOf(peer)
      .filter(({ event }) => event === 'presence')
      .at(-1)?.payload.presence ?? []) as Record<string, unknown>[];

  it('tells of user interfaces, nodes and tests that come and go, and of no command', async () => {
    await using gateway = await startTestGateway();
    const watcher = await operator(gateway.url);
    const modes: [object, boolean][] = [
      [{ id: 'openclaw-macos', mode: 'ui' }, true],
      [{ id: 'test', mode: 'test' }, true],
      [{ id: 'cli', mode: 'cli' }, false],
      [{ id: 'gateway-client', mode: 'backend' }, false],
      [{ id: 'openclaw-probe', mode: 'probe' }, false],
    ];
    for (const [client, told] of modes) {
      await settled(watcher);
      watcher.frames.splice(1);
      const { peer } = await join(gateway.url, { auth: TOKEN, device: testDevice(), client: { ...client } });
      await peer.close();
      await expect.poll(() => gateway.gateway.connections()).toBe(1);
      await settled(watcher);
      const reasons = eventsOf(watcher)
        .filter(({ event }) => event === 'presence')
        .map(({ payload }) => (payload.presence as { reason: string }[])[1]?.reason);
      expect(reasons, JSON.stringify(client)).toEqual(told ? ['connect', 'disconnect'] : []);
    }
    const { peer } = await join(gateway.url, asNode(testDevice()));
    await settled(watcher);
    expect(last(watcher)[1]).toMatchObject({ mode: 'node', roles: ['node'], reason: 'connect' });
    await Promise.all([peer.close(), watcher.close()]);
  });

  it('shows the gateway first, then the newest, with who and since when', async () => {
    await using gateway = await startTestGateway();
    const watcher = await operator(gateway.url);
    const request = ui();
    const { peer } = await join(gateway.url, request);
    await settled(watcher);
    const [self, desk] = last(watcher);
    expect(self).toMatchObject({ mode: 'gateway', reason: 'self', host: 'test-host' });
    expect(self?.text).toMatch(/^Gateway: test-host · app \S+ · mode gateway · reason self$/);
    expect(desk).toMatchObject({
      host: 'Desk',
      mode: 'ui',
      reason: 'connect',
      instanceId: 'desk-1',
      deviceId: request.device.deviceId,
      roles: ['operator'],
      scopes: ALL_SCOPES,
    });
    expect(await watcher.request('system-presence')).toMatchObject(
      last(watcher).map(({ ts: _ts, ...row }) => row),
    );
    await Promise.all([peer.close(), watcher.close()]);
  });

  it('says that a client left when its last socket has closed', async () => {
    await using gateway = await startTestGateway();
    const watcher = await operator(gateway.url);
    const request = ui();
    const [one, two] = [await join(gateway.url, request), await join(gateway.url, request)];
    await one.peer.close();
    await expect.poll(() => gateway.gateway.connections()).toBe(2);
    await settled(watcher);
    expect(last(watcher)[1]).toMatchObject({ reason: 'connect' });
    expect(last(watcher)).toHaveLength(2);
    await two.peer.close();
    await watcher.waitFor(
      (frame) => frame.event === 'presence' && JSON.stringify(frame.payload).includes('disconnect'),
    );
    await watcher.close();
  });

  it('keeps who is here, though a system event told of it, and forgets who left after five minutes', async () => {
    await using gateway = await startFakeTimeGateway();
    const request = ui();
    const { peer } = await join(gateway.url, request);
    await peer.request('system-event', {
      text: 'Desk: idle',
      deviceId: request.device.deviceId,
      lastInputSeconds: 7.9,
    });
    await peer.request('system-event', { text: 'Passer-by' });
    const rows = async () => (await peer.request('system-presence')) as unknown as { text: string }[];
    expect((await rows()).map(({ text }) => text).slice(1)).toEqual(['Passer-by', 'Desk: idle']);
    for (let seconds = 0; seconds < 305; seconds += 5) {
      gateway.clock.advance(5_000);
      await settled(peer);
    }
    expect((await rows()).slice(1)).toEqual([
      expect.objectContaining({ text: 'Desk: idle', lastInputSeconds: 7, mode: 'ui' }),
    ]);
    await peer.close();
  });

  it('needs a text', async () => {
    await using gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    for (const params of [undefined, {}, { text: '' }, { text: '  ' }, { text: 7 }]) {
      await expect(peer.request('system-event', params)).rejects.toEqual({
        code: 'INVALID_REQUEST',
        message: 'text required',
      });
    }
    await peer.close();
  });
});

describe('the end of the gateway', () => {
  it('is told to clients of each era, and every socket closed with 1012', async () => {
    const gateway = await startTestGateway();
    const v4 = await operator(gateway.url);
    const v3 = await operator(gateway.url, [], 3);
    const { peer: node } = await join(gateway.url, asNode(testDevice()));
    await gateway.close();
    for (const peer of [v4, v3, node]) {
      expect(await peer.closed).toEqual({ code: 1012, reason: 'service restart' });
    }
    const said = (peer: TestPeer) => peer.events('shutdown').map(({ payload }) => payload);
    expect(said(v4)).toEqual([{ reason: 'gateway stopping' }]);
    expect(said(node)).toEqual([{ reason: 'gateway stopping' }]);
    expect(said(v3)).toEqual([{ reason: 'gateway stopping', restartExpectedMs: null }]);
  });

  it('is told as a restart when it is one', async () => {
    await using gateway = await startTestGateway();
    const peers = [await operator(gateway.url), await operator(gateway.url, [], 3)];
    await gateway.gateway.close('restart', 0);
    for (const peer of peers) {
      expect(await peer.closed).toEqual({ code: 1012, reason: 'service restart' });
      expect(peer.events('shutdown').map(({ payload }) => payload)).toEqual([
        { reason: 'gateway restarting', restartExpectedMs: 1500 },
      ]);
    }
  });

  it('ends sockets that do not answer the close, and those that never said who they are', async () => {
    const gateway = await startFakeTimeGateway();
    const stuck = await operator(gateway.url);
    stuck.socket.pause();
    const stranger = await TestPeer.open(gateway.url);
    await gateway.close();
    expect((await stranger.closed).code).toBe(1012);
    stuck.socket.terminate();
  });
});

describe('a client that reads too slowly', () => {
  it('misses droppable events, and sees the hole they leave in its numbers', async () => {
    await using gateway = await startTestGateway();
    const admin = await operator(gateway.url);
    const slow = await operator(gateway.url, ['operator.read', 'operator.admin']);
    await settled(slow);
    slow.socket.pause();
    const bulk = 'x'.repeat(20 * 1024 * 1024);
    await announce(admin, bulk);
    await admin.request('health', { probe: true });
    await admin.request('health', { probe: true });
    slow.socket.resume();
    await slow.waitFor((frame) => frame.event === 'presence');
    await settled(slow);
    await admin.request('health', { probe: true });
    await settled(slow);
    const numbers = seqs(slow);
    const last = numbers.at(-1) ?? 0;
    expect(numbers).not.toContain(last - 1);
    expect(numbers).not.toContain(last - 2);
    expect(numbers).toContain(last - 3);
    await Promise.all([slow.close(), admin.close()]);
  });
});
