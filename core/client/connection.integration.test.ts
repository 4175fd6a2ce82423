import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { GatewayConnection } from './connection.ts';
import { clientOptions } from './testing/client-options.ts';
import { HELLO, type Peer, startScriptedGateway } from './testing/scripted-gateway.ts';

interface Line {
  connection: GatewayConnection;
  peer: Peer;
  clock: FakeClock;
}

/** A connection whose handshake is over, with the gateway's end in the hand of the test. */
async function line(hello: object = {}, fields: Partial<ConnectOptions> = {}): Promise<Line> {
  const gateway = await startScriptedGateway((peer) => peer.greet({ ...hello }));
  const clock = new FakeClock();
  const connection = await connect(clientOptions(gateway.url, { clock, ...fields }));
  return { connection, peer: await gateway.peer(0), clock };
}

/** A round trip: everything the gateway sent before it has been delivered when this resolves. */
async function roundTrip({ connection, peer }: Line): Promise<void> {
  const call = connection.request('ping');
  peer.answer(await peer.next(), 'pong');
  await call;
}

describe('a call', () => {
  it('sends method and params and resolves with the payload', async () => {
    const { connection, peer } = await line();
    const call = connection.call('logs.tail', { limit: 5 });
    const request = await peer.next();
    expect(request).toEqual({
      type: 'req',
      id: expect.any(String),
      method: 'logs.tail',
      params: { limit: 5 },
    });
    peer.answer(request, { lines: [] });
    expect(await call).toEqual({ lines: [] });
  });

  it('leaves params out when there are none', async () => {
    const { connection, peer } = await line();
    void connection.call('health').catch(() => {});
    expect(await peer.next()).not.toHaveProperty('params');
  });

  it('gets its own answer when answers come out of order', async () => {
    const { connection, peer } = await line();
    const calls = ['a', 'b', 'c'].map((method) => connection.request(method));
    const requests = [await peer.next(), await peer.next(), await peer.next()];
    for (const request of requests.reverse()) peer.answer(request, request.method.toUpperCase());
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
  });

  it('rejects with the error of the gateway', async () => {
    const { connection, peer } = await line();
    const call = connection.request('nope');
    peer.refuse(await peer.next(), { code: 'INVALID_REQUEST', message: 'unknown method: nope' });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: 'unknown method: nope' });
  });

  it('that is over by deadline or signal is not disturbed by a late answer, nor is the next', async () => {
    const { connection, peer, clock } = await line();
    const abort = new AbortController();
    const aborted = connection.request('slow', {}, { signal: abort.signal });
    const overdue = connection.request('slower', {}, { timeoutMs: 50 });
    const requests = [await peer.next(), await peer.next()];
    abort.abort(new Error('enough'));
    clock.advance(50);
    await expect(aborted).rejects.toThrow('enough');
    await expect(overdue).rejects.toMatchObject({ code: 'GATEWAY_TIMEOUT' });
    for (const request of requests) peer.answer(request, 'late');
    await roundTrip({ connection, peer, clock });
  });

  it('is not sent when its signal has aborted already', async () => {
    const all = await line();
    const signal = AbortSignal.abort('early');
    await expect(all.connection.request('never', {}, { signal })).rejects.toBe('early');
    await roundTrip(all);
  });

  it('waits for the final answer when asked to', async () => {
    const { connection, peer } = await line();
    const call = connection.request('agent', { message: 'hi', idempotencyKey: 'k' }, { expectFinal: true });
    const request = await peer.next();
    peer.answer(request, { runId: 'k', status: 'accepted' });
    peer.answer(request, { runId: 'k', status: 'ok' });
    expect(await call).toEqual({ runId: 'k', status: 'ok' });
  });

  it('that is too big for the gateway is refused here and does not cost the connection', async () => {
    const all = await line({ policy: { ...HELLO.policy, maxPayload: 1_000 } });
    await expect(all.connection.request('big', { text: 'x'.repeat(1_000) })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('takes 1000'),
    });
    await roundTrip(all);
  });

  it('rejects when the gateway closes, and says it may have arrived', async () => {
    const { connection, peer } = await line();
    const call = connection.request('slow');
    await peer.next();
    peer.socket.close(1012, 'service restart');
    await expect(call).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'gateway closed (1012): service restart',
      retryable: true,
      details: { sent: true },
    });
    expect(await connection.closed).toEqual({ code: 1012, reason: 'service restart' });
    await expect(connection.request('later')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { sent: false },
    });
  });

  it('rejects when the line is cut', async () => {
    const { connection, peer } = await line();
    const call = connection.request('slow');
    await peer.next();
    peer.socket.terminate();
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining('1006 abnormal closure') });
  });
});

describe('closing', () => {
  it('is told to the gateway, rejects what waits and takes no more', async () => {
    const { connection, peer } = await line();
    const call = connection.request('slow');
    await peer.next();
    const gone = once(peer.socket, 'close');
    const closing = connection.close();
    await expect(connection.request('later')).rejects.toMatchObject({ details: { sent: false } });
    await closing;
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await gone)[0]).toBe(1000);
    await connection.close();
  });

  it('leaves no timer behind', async () => {
    const { connection, clock } = await line();
    await connection.close();
    expect(clock.waiting).toBe(0);
  });

  it('does not wait for a gateway that has stopped listening', async () => {
    const { connection, peer, clock } = await line();
    peer.socket.pause();
    const closing = connection.close();
    clock.advance(1_000);
    await closing;
    expect((await connection.closed).code).toBe(1006);
  });
});

describe('events', () => {
  it('that follow the hello at once reach a listener set right after connecting', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet();
      peer.event('health', { ok: true }, 1);
    });
    const connection = await connect(clientOptions(gateway.url));
    const health = await new Promise((resolve) => connection.on('health', resolve));
    expect(health).toEqual({ ok: true });
  });

  it('go to their listeners and to those of everything, until they leave', async () => {
    const all = await line();
    const seen: unknown[] = [];
    const leave = all.connection.on('tick', (payload) => seen.push(payload));
    all.connection.on('*', (_, frame) => seen.push(frame.event));
    all.peer.event('tick', { ts: 1 }, 1);
    await roundTrip(all);
    leave();
    all.peer.event('tick', { ts: 2 }, 2);
    await roundTrip(all);
    expect(seen).toEqual([{ ts: 1 }, 'tick', 'tick']);
  });

  it('reach the other listeners when one throws', async () => {
    const all = await line();
    const seen: unknown[] = [];
    all.connection.on('tick', () => {
      throw new Error('a listener broke');
    });
    all.connection.on('tick', () => seen.push('second'));
    all.peer.event('tick', {}, 1);
    await roundTrip(all);
    expect(seen).toEqual(['second']);
  });

  it.each([
    [
      'v4, which counts from 1 for each client',
      4,
      [2, 3, 6, 6, 7],
      [
        [1, 2],
        [4, 6],
      ],
    ],
    ['v3, which counts for all clients', 3, [70, 71, 74], [[72, 74]]],
  ])('that are missing are told as a gap by the numbers of %s', async (_, protocol, seqs, gaps) => {
    const all = await line({ protocol });
    const seen: number[][] = [];
    all.connection.on('gap', ({ expected, received }) => seen.push([expected, received]));
    for (const seq of seqs) all.peer.event('tick', {}, seq);
    all.peer.event('unnumbered', {});
    await roundTrip(all);
    expect(seen).toEqual(gaps);
  });

  it('and everything else that is malformed leaves the connection alone', async () => {
    const all = await line();
    for (const frame of [
      '',
      '{',
      '[]',
      'null',
      '{"type":"event"}',
      '{"type":"res"}',
      '{"type":"req","id":"1"}',
    ]) {
      all.peer.send(frame);
    }
    all.peer.socket.send(Buffer.from([1, 2, 3]));
    await roundTrip(all);
  });
});

describe('the watchdog', () => {
  it('closes with 4000 when nothing was heard for two ticks', async () => {
    const { connection, peer, clock } = await line();
    const call = connection.request('slow', {}, { timeoutMs: 1e9 });
    await peer.next();
    const gone = once(peer.socket, 'close');
    clock.advance(59_999);
    expect(await Promise.race([connection.closed, Promise.resolve('open')])).toBe('open');
    clock.advance(1);
    expect(await connection.closed).toEqual({ code: 4000, reason: 'tick timeout' });
    await expect(call).rejects.toMatchObject({ message: 'gateway closed (4000): tick timeout' });
    expect((await gone)[0]).toBe(4000);
  });

  it('is calmed by any frame', async () => {
    const all = await line();
    await roundTrip(all);
    all.clock.advance(59_000);
    all.peer.event('tick', {}, 1);
    await roundTrip(all);
    all.clock.advance(59_000);
    await roundTrip(all);
    all.clock.advance(60_000);
    expect((await all.connection.closed).code).toBe(4000);
  });

  it('is calmed by a ping, which a gateway with nothing to tell sends', async () => {
    const all = await line();
    await roundTrip(all);
    all.clock.advance(59_000);
    all.peer.socket.ping();
    await once(all.peer.socket, 'pong');
    all.clock.advance(59_000);
    await roundTrip(all);
  });

  it('takes the interval from the hello, and a sane one when that makes no sense', async () => {
    const quick = await line({ policy: { ...HELLO.policy, tickIntervalMs: 100 } });
    await roundTrip(quick);
    quick.clock.advance(200);
    expect((await quick.connection.closed).code).toBe(4000);
    const broken = await line({ policy: { ...HELLO.policy, tickIntervalMs: 0 } });
    await roundTrip(broken);
    broken.clock.advance(59_999);
    await roundTrip(broken);
  });
});
