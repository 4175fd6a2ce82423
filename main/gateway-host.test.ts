import { describe, expect, it } from 'vitest';
import { FakeClock } from '../core/testing/fake-clock.ts';
import { createGatewayHost, type HostedProcess, type HostState } from './gateway-host.ts';

/** A host whose processes do what a test says. */
function start() {
  const clock = new FakeClock();
  const spawned: { exit(code: number): void; ends: boolean[]; pid: number }[] = [];
  const states: HostState['kind'][] = [];
  const spawn = (): HostedProcess => {
    const listeners: ((code: number) => void)[] = [];
    const pid = 100 + spawned.length;
    const ends: boolean[] = [];
    spawned.push({ pid, ends, exit: (code) => listeners.forEach((tell) => void tell(code)) });
    return {
      pid,
      onExit: (listener) => void listeners.push(listener),
      end: (force) => void ends.push(force),
      lastWords: () => 'Gateway start blocked.',
    };
  };
  const host = createGatewayHost({ clock, spawn, onState: ({ kind }) => void states.push(kind) });
  return { clock, host, spawned, states };
}

describe('the gateway of the app', () => {
  it('counts as running when the process that was started answers, and not when another one does', () => {
    const { host } = start();
    host.start();
    host.serves(7);
    expect(host.state.kind).toBe('starting');
    host.serves(100);
    expect(host.state).toEqual({ kind: 'running', pid: 100 });
  });

  it('may be one that somebody else has started, which is ended like its own and not started again', async () => {
    const { host, states, spawned } = start();
    let exit = (_code: number): void => {};
    const ends: boolean[] = [];
    const adopted: HostedProcess = {
      pid: 7,
      onExit: (listener) => {
        exit = listener;
      },
      end: (force) => void ends.push(force),
      lastWords: () => '',
    };
    host.adopt(adopted);
    expect(host.state).toEqual({ kind: 'running', pid: 7, isAdopted: true });
    host.start();
    expect(spawned).toHaveLength(0);
    const stopped = host.stop();
    expect(ends).toEqual([false]);
    exit(0);
    await stopped;
    expect(states).toEqual(['running', 'stopping', 'idle']);
  });

  it('is started again after a crash, later each time', async () => {
    const { clock, host, spawned } = start();
    host.start();
    const delays: number[] = [];
    for (let crash = 0; crash < 4; crash += 1) {
      host.serves(100 + crash);
      spawned[crash]?.exit(9);
      if (host.state.kind !== 'crashed') throw new Error(host.state.kind);
      delays.push(host.state.retryAtMs - clock.now());
      await clock.advance(delays.at(-1) ?? 0);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000]);
    expect(spawned).toHaveLength(5);
  });

  it('is forgiven earlier crashes when it has run for long', async () => {
    const { clock, host, spawned } = start();
    host.start();
    for (const code of [9, 9]) {
      host.serves(99 + spawned.length);
      spawned.at(-1)?.exit(code);
      await clock.advance(5_000);
    }
    host.serves(102);
    await clock.advance(60_000);
    spawned.at(-1)?.exit(9);
    expect(host.state).toMatchObject({ kind: 'crashed', retryAtMs: clock.now() + 500 });
  });

  it('is not started again when it has refused to start, and says why', async () => {
    const { clock, host, spawned } = start();
    host.start();
    spawned[0]?.exit(78);
    expect(host.state).toEqual({ kind: 'refused', reason: 'Gateway start blocked.' });
    await clock.advance(3_600_000);
    expect(spawned).toHaveLength(1);
  });

  it('rests when somebody else has ended it well', async () => {
    const { clock, host, spawned } = start();
    host.start();
    host.serves(100);
    spawned[0]?.exit(0);
    expect(host.state.kind).toBe('idle');
    await clock.advance(3_600_000);
    expect(spawned).toHaveLength(1);
  });

  it('is ended by force when it does not end by itself', async () => {
    const { clock, host, spawned } = start();
    host.start();
    host.serves(100);
    const stopped = host.stop();
    expect(spawned[0]?.ends).toEqual([false]);
    await clock.advance(15_000);
    expect(spawned[0]?.ends).toEqual([false, true]);
    spawned[0]?.exit(9);
    await stopped;
    expect(host.state.kind).toBe('idle');
  });

  it('stays stopped when it is stopped between a crash and the next start', async () => {
    const { clock, host, spawned } = start();
    host.start();
    host.serves(100);
    spawned[0]?.exit(1);
    await host.stop();
    await clock.advance(3_600_000);
    expect(host.state.kind).toBe('idle');
    expect(spawned).toHaveLength(1);
  });
});
