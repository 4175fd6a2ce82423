import { describe, expect, it, onTestFinished } from 'vitest';
import { RpcError } from '../protocol/errors.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type GatewaySession, openSession, type SessionOptions, type SessionState } from './session.ts';
import { clientOptions } from './testing/client-options.ts';
import { type Peer, startScriptedGateway } from './testing/scripted-gateway.ts';

interface Desk {
  session: GatewaySession;
  clock: FakeClock;
}

function open(url: string, fields: Partial<SessionOptions> = {}): Desk {
  const clock = new FakeClock();
  const session = openSession({ ...clientOptions(url, { clock }), random: () => 1, ...fields });
  onTestFinished(() => session.close());
  return { session, clock };
}

type StateOf<K extends SessionState['kind']> = Extract<SessionState, { kind: K }>;

function until<K extends SessionState['kind']>(session: GatewaySession, kind: K): Promise<StateOf<K>> {
  return new Promise((resolve) => {
    const look = (state: SessionState) => {
      if (state.kind !== kind) return;
      off();
      resolve(state as StateOf<K>);
    };
    const off = session.onState(look);
    look(session.state);
  });
}

/** The wait that follows, and its length. */
async function nextWait({ session, clock }: Desk): Promise<{ state: StateOf<'waiting'>; ms: number }> {
  const state = await until(session, 'waiting');
  return { state, ms: state.retryAtMs - clock.now() };
}

const refusal = (code: string, more: object = {}) => ({
  code: 'INVALID_REQUEST',
  message: `unauthorized: ${code}`,
  details: { code },
  ...more,
});

describe('a session', () => {
  it('comes back after a restart of the gateway, and tells each state', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const desk = open(gateway.url);
    const states: string[] = [desk.session.state.kind];
    desk.session.onState((state) => states.push(state.kind));
    await until(desk.session, 'ready');
    (await gateway.peer(0)).socket.close(1012, 'service restart');
    const { state, ms } = await nextWait(desk);
    expect(state.reason).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'gateway closed (1012): service restart',
    });
    expect(ms).toBe(1_000);
    desk.clock.advance(ms);
    await until(desk.session, 'ready');
    expect(states).toEqual(['connecting', 'ready', 'waiting', 'connecting', 'ready']);
    expect(gateway.peers).toHaveLength(2);
  });

  it('comes back with the secret that the gateway made when it started again', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const secrets = [undefined, { token: 'second' }];
    const desk = open(gateway.url, { auth: { token: 'first' }, renewAuth: async () => secrets.shift() });
    await until(desk.session, 'ready');
    (await gateway.peer(0)).socket.close(1012, 'service restart');
    desk.clock.advance((await nextWait(desk)).ms);
    await until(desk.session, 'ready');
    expect(gateway.peers.map(({ connect }) => connect?.auth?.token)).toEqual(['first', 'second']);
  });

  it('waits longer each time the gateway is not there, and starts anew after a good connection', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      if (index < 3) peer.socket.close(1013, 'gateway starting');
      else await peer.greet();
    });
    const desk = open(gateway.url);
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { ms } = await nextWait(desk);
      waits.push(ms);
      desk.clock.advance(ms);
      await gateway.peer(round + 1);
    }
    await until(desk.session, 'ready');
    desk.clock.advance(10_000);
    (await gateway.peer(3)).socket.close(1012, '');
    waits.push((await nextWait(desk)).ms);
    expect(waits).toEqual([1_000, 2_000, 4_000, 1_000]);
  });

  it('does not hurry when connections break as soon as they are made', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet();
      peer.socket.close(1008, 'slow consumer');
    });
    const desk = open(gateway.url);
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { ms } = await nextWait(desk);
      waits.push(ms);
      desk.clock.advance(ms);
      await gateway.peer(round + 1);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  it('notices a gateway that has gone silent', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const desk = open(gateway.url);
    const connection = await desk.session.ready();
    const answered = connection.request('ping');
    const peer = await gateway.peer(0);
    peer.answer(await peer.next(), 'pong');
    await answered;
    desk.clock.advance(60_000);
    expect((await nextWait(desk)).state.reason.message).toBe('gateway closed (4000): tick timeout');
  });

  it.each(['AUTH_TOKEN_MISMATCH', 'AUTH_TOKEN_MISSING', 'PROTOCOL_MISMATCH', 'PAIRING_REQUIRED'])(
    'stops on %s, and its calls tell why',
    async (code) => {
      const gateway = await startScriptedGateway((peer) => peer.turnAway(refusal(code)));
      const desk = open(gateway.url);
      const call = desk.session.call('health');
      await expect(call).rejects.toMatchObject({ details: { code } });
      expect(desk.session.state).toMatchObject({ kind: 'stopped', reason: { details: { code } } });
      await expect(desk.session.call('status')).rejects.toMatchObject({ details: { code } });
      desk.clock.advance(1e9);
      expect(gateway.peers).toHaveLength(1);
    },
  );

  it('waits out a rate limit as long as the gateway says', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      if (index === 0)
        await peer.turnAway(refusal('AUTH_RATE_LIMITED', { retryable: true, retryAfterMs: 5_988 }));
      else await peer.greet();
    });
    const desk = open(gateway.url, { random: () => 0 });
    const { ms } = await nextWait(desk);
    expect(ms).toBe(5_988);
    desk.clock.advance(ms);
    await until(desk.session, 'ready');
  });

  it('keeps asking for approval when told to, and says which request it is', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      const details = { code: 'PAIRING_REQUIRED', requestId: 'r1' };
      if (index < 2) await peer.turnAway({ code: 'NOT_PAIRED', message: 'pairing required', details });
      else await peer.greet();
    });
    const desk = open(gateway.url, { waitForPairing: true, random: () => 0 });
    for (let round = 0; round < 2; round += 1) {
      const { state, ms } = await nextWait(desk);
      expect([state.pairing, ms]).toEqual([{ requestId: 'r1' }, 10_000]);
      desk.clock.advance(ms);
      await gateway.peer(round + 1);
    }
    await until(desk.session, 'ready');
  });

  it('tries at once when asked to', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      if (index === 0) peer.socket.close(1013, 'gateway starting');
      else await peer.greet();
    });
    const desk = open(gateway.url);
    await until(desk.session, 'waiting');
    desk.session.retryNow();
    await until(desk.session, 'ready');
  });

  it('stops on an address that is none', async () => {
    const desk = open('http://127.0.0.1:1');
    expect((await until(desk.session, 'stopped')).reason).toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('the calls of a session', () => {
  it('wait for the connection', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      if (index === 0) return peer.socket.close(1013, 'gateway starting');
      await peer.greet();
      peer.answer(await peer.next(), { ok: true });
    });
    const desk = open(gateway.url);
    const call = desk.session.call('health');
    desk.clock.advance((await nextWait(desk)).ms);
    expect(await call).toEqual({ ok: true });
  });

  it('do not wait longer than their deadline or signal, and tell what kept them', async () => {
    const gateway = await startScriptedGateway((peer) => peer.socket.close(1013, 'gateway starting'));
    const desk = open(gateway.url);
    const abort = new AbortController();
    const overdue = desk.session.call('health', undefined, { timeoutMs: 900 });
    const aborted = desk.session.call('health', undefined, { signal: abort.signal });
    await until(desk.session, 'waiting');
    desk.clock.advance(900);
    abort.abort('enough');
    await expect(overdue).rejects.toMatchObject({
      code: 'GATEWAY_TIMEOUT',
      message: expect.stringContaining('gateway starting'),
    });
    await expect(aborted).rejects.toBe('enough');
  });

  it('reject when the connection breaks after they were sent', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet();
      await peer.next();
      peer.socket.close(1012, 'service restart');
    });
    const desk = open(gateway.url);
    await expect(desk.session.request('slow')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      details: { sent: true },
    });
  });

  it('that were never sent go over the next connection', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      await peer.greet();
      if (index === 1) peer.answer(await peer.next(), 'pong');
    });
    const desk = open(gateway.url);
    const connection = await desk.session.ready();
    const closing = connection.close();
    const call = desk.session.request('ping');
    await closing;
    desk.clock.advance((await nextWait(desk)).ms);
    expect(await call).toBe('pong');
    expect(gateway.peers).toHaveLength(2);
  });

  it('reject once the session is closed', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const desk = open(gateway.url);
    await until(desk.session, 'ready');
    await desk.session.close();
    expect(desk.session.state).toEqual({ kind: 'stopped', reason: undefined });
    await expect(desk.session.call('health')).rejects.toBeInstanceOf(RpcError);
  });

  it('reject when the session is closed while it connects or waits', async () => {
    const gateway = await startScriptedGateway((peer, index) => {
      if (index === 1) peer.socket.close(1013, '');
    });
    const connecting = open(gateway.url);
    const call = connecting.session.call('health');
    await gateway.peer(0);
    await Promise.all([connecting.session.close(), expect(call).rejects.toBeInstanceOf(RpcError)]);
    const waiting = open(gateway.url);
    await until(waiting.session, 'waiting');
    await waiting.session.close();
    expect(waiting.session.state.kind).toBe('stopped');
  });
});

describe('resubscription', () => {
  const answerAll = async (peer: Peer) => {
    for (;;) peer.answer(await peer.next(), 'ok');
  };

  it('runs with every connection, before calls are let through', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      await peer.greet();
      void answerAll(peer);
    });
    const order: unknown[] = [];
    const desk = open(gateway.url);
    desk.session.onReady(async (connection) => {
      await connection.request('subscribe');
      order.push('subscribed');
    });
    await desk.session.request('call').then(() => order.push('called'));
    (await gateway.peer(0)).socket.close(1012, '');
    desk.clock.advance((await nextWait(desk)).ms);
    await desk.session.request('call').then(() => order.push('called'));
    expect(order).toEqual(['subscribed', 'called', 'subscribed', 'called']);
  });

  it('runs at once when already connected, and no more after leaving', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const desk = open(gateway.url);
    await until(desk.session, 'ready');
    let runs = 0;
    const leave = desk.session.onReady(() => {
      runs += 1;
    });
    expect(runs).toBe(1);
    leave();
    (await gateway.peer(0)).socket.close(1012, '');
    desk.clock.advance((await nextWait(desk)).ms);
    await until(desk.session, 'ready');
    expect(runs).toBe(1);
  });

  it('that the gateway interrupts does not make a dead connection ready', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      await peer.greet();
      if (index === 0) peer.socket.close(1012, 'service restart');
    });
    const desk = open(gateway.url);
    const states: string[] = [];
    desk.session.onState((state) => states.push(state.kind));
    desk.session.onReady((connection) =>
      gateway.peers.length === 1 ? connection.closed.then(() => {}) : undefined,
    );
    desk.clock.advance((await nextWait(desk)).ms);
    await until(desk.session, 'ready');
    expect(states).toEqual(['waiting', 'connecting', 'ready']);
  });

  it('that fails does not keep the session from being ready', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const desk = open(gateway.url);
    desk.session.onReady(() => {
      throw new Error('not allowed');
    });
    expect((await until(desk.session, 'ready')).hello.protocol).toBe(4);
  });

  it('brings the events of every connection to the same listener', async () => {
    const gateway = await startScriptedGateway(async (peer, index) => {
      await peer.greet();
      peer.event('tick', { ts: index }, 1);
    });
    const desk = open(gateway.url);
    const seen: unknown[] = [];
    const heard = [0, 1].map(
      (wanted) =>
        new Promise<void>((resolve) => {
          desk.session.on('tick', ({ ts }) => {
            seen.push(ts);
            if (ts === wanted) resolve();
          });
        }),
    );
    await heard[0];
    (await gateway.peer(0)).socket.close(1012, '');
    desk.clock.advance((await nextWait(desk)).ms);
    await heard[1];
    expect(seen).toEqual([0, 0, 1, 1]);
  });
});
