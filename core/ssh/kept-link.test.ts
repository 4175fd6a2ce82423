import { expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { SshConnection } from './host-connection.ts';
import { type Connected, KeptLink, type LinkState, linkDelay } from './kept-link.ts';

interface Problem {
  isTransient: boolean;
  name: string;
}

const refused: Connected<Problem> = { ok: false, problem: { isTransient: true, name: 'refused' } };
const forbidden: Connected<Problem> = { ok: false, problem: { isTransient: false, name: 'forbidden' } };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A link whose attempts end as the list says; when it is empty, with a connection. */
function linkWith(outcomes: Connected<Problem>[] = [], isAlive = async () => true) {
  const clock = new FakeClock();
  const states: LinkState<Problem>[] = [];
  const connections: { end(): void; isClosed: boolean }[] = [];
  let attempts = 0;
  const newConnection = (): SshConnection => {
    const record = { end: (): void => {}, isClosed: false };
    const ended = new Promise<never>((resolve) => {
      record.end = resolve as () => void;
    });
    connections.push(record);
    const close = (): void => {
      record.isClosed = true;
      record.end();
    };
    return { ended, close, openStream: () => Promise.reject(new Error('unused')) };
  };
  const link = new KeptLink<Problem>({
    connect: async () => {
      attempts += 1;
      return outcomes.shift() ?? { ok: true, connection: newConnection() };
    },
    isAlive,
    lost: (connection) => connection.ended.then(() => ({ isTransient: true, name: 'lost' })),
    clock,
    random: () => 1,
    onState: (state) => states.push(state),
  });
  return { link, clock, states, connections, attempts: () => attempts };
}

test('the waits grow to two seconds, and to fifteen when nobody has answered for long', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((attempt) => linkDelay(attempt, 1))).toEqual([
    100, 200, 400, 800, 1600, 2000, 2000,
  ]);
  expect(linkDelay(61, 1)).toBe(15_000);
  expect(linkDelay(1, 0)).toBe(50);
});

test('a first attempt that fails is told and not repeated', async () => {
  const { link, states, attempts } = linkWith([refused]);
  expect(await link.start()).toEqual({ isTransient: true, name: 'refused' });
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'failed']);
  expect(attempts()).toBe(1);
});

test('a lost connection is made again, each attempt told with its time and the reason of the one before', async () => {
  const { link, clock, states, connections } = linkWith();
  await link.start();
  connections[0]?.end();
  await turn();
  const lostAt = clock.now();
  expect(states.at(-1)).toEqual({
    state: 'reconnecting',
    attempt: 1,
    nextAt: lostAt + 100,
    problem: { isTransient: true, name: 'lost' },
  });
  clock.advance(100);
  await turn();
  expect(states.at(-1)).toEqual({ state: 'connected' });
});

test('a problem that somebody has to act on ends the attempts', async () => {
  const { link, clock, states, connections, attempts } = linkWith();
  await link.start();
  const { link: other } = linkWith([forbidden]);
  await other.start();
  expect(other.state).toMatchObject({ state: 'failed', problem: { name: 'forbidden' } });
  link.fail({ isTransient: false, name: 'impostor' });
  expect(connections[0]?.isClosed).toBe(true);
  clock.advance(60_000);
  await turn();
  expect(states.at(-1)).toMatchObject({ state: 'failed', problem: { name: 'impostor' } });
  expect(attempts()).toBe(1);
});

test('somebody who wants the connection now does not wait for the time of the next attempt', async () => {
  const { link, connections } = linkWith();
  await link.start();
  connections[0]?.end();
  await turn();
  const wanted = link.connection(1_000);
  await turn();
  expect(await wanted).toBeDefined();
});

test('nobody waits longer than they wanted to', async () => {
  const { link, clock, connections } = linkWith([]);
  await link.start();
  connections[0]?.end();
  await turn();
  link.close();
  expect(await link.connection(1_000)).toBeUndefined();
  const { link: never, clock: time } = linkWith();
  const waiting = never.connection(1_000);
  time.advance(1_000);
  expect(await waiting).toBeUndefined();
  expect(clock.waiting).toBe(0);
});

/** As after a night: the clock is hours ahead, and no timer has run. */
function sleepThrough(clock: FakeClock): void {
  const now = clock.now.bind(clock);
  clock.now = () => now() + 3_600_000;
  clock.advance(2_000);
}

test('after sleep a connection that answers is kept', async () => {
  const { link, clock, connections, states } = linkWith();
  await link.start();
  sleepThrough(clock);
  await turn();
  clock.advance(10_000);
  await turn();
  expect(connections[0]?.isClosed).toBe(false);
  expect(states.at(-1)).toEqual({ state: 'connected' });
});

test('after sleep a connection that stays silent is given up and made again', async () => {
  const { link, clock, connections, states } = linkWith([], () => new Promise(() => {}));
  await link.start();
  sleepThrough(clock);
  clock.advance(3_000);
  await turn();
  expect(connections[0]?.isClosed).toBe(true);
  clock.advance(100);
  await turn();
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'connected', 'reconnecting', 'connected']);
});

test('after its end nothing is left running', async () => {
  const { link, clock, states, connections } = linkWith();
  await link.start();
  link.close();
  link.close();
  await turn();
  expect(connections[0]?.isClosed).toBe(true);
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'connected', 'closed']);
  expect(clock.waiting).toBe(0);
});

test('a link that is woken tries at once, and lets go of a connection that does not answer', async () => {
  const { link, states, connections } = linkWith([], async () => false);
  await link.start();
  connections[0]?.end();
  await turn();
  expect(states.at(-1)).toMatchObject({ state: 'reconnecting', attempt: 1 });
  link.wake();
  await turn();
  expect(states.at(-1)).toEqual({ state: 'connected' });
  link.wake();
  await turn();
  expect(connections[1]?.isClosed).toBe(true);
  link.close();
});
