import { describe, expect, it } from 'vitest';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import {
  BEHIND_PROXY,
  configWith,
  from,
  http,
  join,
  refused,
  startFakeTimeGateway,
  TOKEN,
} from './testing/server-fixtures.ts';

type Gateway = Awaited<ReturnType<typeof startFakeTimeGateway>>;

const CLIENT = { client: { id: 'test', mode: 'test' } };
const WRONG = { ...CLIENT, auth: { token: 'wrong' } };
const RIGHT = { ...CLIENT, auth: TOKEN };
const LOCKED = {
  code: 'INVALID_REQUEST',
  message: 'unauthorized: too many failed authentication attempts (retry later)',
  details: {
    code: 'AUTH_RATE_LIMITED',
    authReason: 'rate_limited',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'wait_then_retry',
  },
};

async function failTimes(gateway: Gateway, times: number, address: string, request: object = WRONG) {
  for (let n = 0; n < times; n += 1) {
    const { error } = await refused(gateway.url, request, from(address));
    expect(error.details?.code).not.toBe('AUTH_RATE_LIMITED');
  }
}

/** Wrong guesses from this machine, each answered before the next. */
async function failLocally({ url, clock }: Gateway, times: number): Promise<void> {
  const quiet = clock.waiting;
  for (let n = 0; n < times; n += 1) {
    const answer = refused(url, WRONG);
    await expect.poll(() => clock.waiting).toBe(quiet + 2);
    clock.advance(5_000);
    expect((await answer).error.details?.code).toBe('AUTH_TOKEN_MISMATCH');
    await expect.poll(() => clock.waiting).toBe(quiet);
  }
}

describe('wrong credentials', () => {
  it('lock their address at the tenth, so that even the right one is refused until the lock ends', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    await failTimes(gateway, 10, '198.51.100.7');
    gateway.clock.advance(1_000);
    for (const request of [WRONG, RIGHT]) {
      const { error, close } = await refused(gateway.url, request, from('198.51.100.7'));
      expect(error).toEqual({ ...LOCKED, retryable: true, retryAfterMs: 299_000 });
      expect(close).toEqual({ code: 1008, reason: LOCKED.message });
    }
    const { error: inV3 } = await refused(gateway.url, { ...RIGHT, protocol: 3 }, from('198.51.100.7'));
    expect(inV3).toEqual(LOCKED);
    gateway.clock.advance(299_000);
    const { peer } = await join(gateway.url, RIGHT, from('198.51.100.7'));
    await peer.close();
  });

  it('lock nobody else', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    await failTimes(gateway, 10, '198.51.100.7');
    for (const address of ['198.51.100.8', '2001:db8::7']) {
      const { peer } = await join(gateway.url, RIGHT, from(address));
      await peer.close();
    }
  });

  it('are counted together however the address is spelled', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    await failTimes(gateway, 5, '198.51.100.7');
    await failTimes(gateway, 5, '::ffff:198.51.100.7');
    const { error } = await refused(gateway.url, RIGHT, from('::FFFF:C633:6407'));
    expect(error.details).toEqual(LOCKED.details);
  });

  it('are counted for the nearest hop that is no proxy, whatever stands before it', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    for (let n = 0; n < 10; n += 1) await failTimes(gateway, 1, `10.0.0.${n}, 198.51.100.7`);
    for (const hops of ['1.2.3.4, 198.51.100.7', '198.51.100.7:4711', 'x, 198.51.100.7']) {
      const { error } = await refused(gateway.url, RIGHT, from(hops));
      expect(error.details, hops).toEqual(LOCKED.details);
    }
  });

  it('do not take an address from the left of a hop that cannot be read', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    for (let n = 0; n < 10; n += 1) await failTimes(gateway, 1, `10.0.0.${n}, unknown`);
    const { error } = await refused(gateway.url, RIGHT, from('10.9.9.9, unknown'));
    expect(error.details).toEqual(LOCKED.details);
  });

  it('are counted before a device token is looked at, so that a bogus one changes nothing', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    const auth = { token: 'wrong', deviceToken: 'bogus' };
    await failTimes(gateway, 10, '198.51.100.7', { ...CLIENT, auth, device: testDevice() });
    const { error } = await refused(gateway.url, RIGHT, from('198.51.100.7'));
    expect(error.details).toEqual(LOCKED.details);
  });

  it('of one class do not lock another', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    const bogus = { ...CLIENT, auth: { deviceToken: 'bogus' }, device: testDevice() };
    await failTimes(gateway, 10, '198.51.100.7', bogus);
    const locked = await refused(gateway.url, bogus, from('198.51.100.7'));
    expect(locked.error.details).toEqual(LOCKED.details);
    const { peer } = await join(gateway.url, RIGHT, from('198.51.100.7'));
    await peer.close();
    const bootstrap = { ...CLIENT, auth: { bootstrapToken: 'bogus' }, device: testDevice() };
    await failTimes(gateway, 10, '198.51.100.7', bootstrap);
    expect((await refused(gateway.url, bootstrap, from('198.51.100.7'))).error.details).toEqual(
      LOCKED.details,
    );
  });

  it('of the shared secret are not forgiven for a good device token, and count beside one', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    const device = testDevice();
    const paired = await join(gateway.url, { auth: TOKEN, device });
    const deviceToken = paired.hello.auth.deviceToken ?? '';
    for (const auth of [{ deviceToken }, { deviceToken, token: 'wrong' }, { token: deviceToken }]) {
      await failTimes(gateway, 2, '198.51.100.7');
      const { peer } = await join(gateway.url, { auth, device }, from('198.51.100.7'));
      await peer.close();
    }
    await failTimes(gateway, 3, '198.51.100.7');
    const { error } = await refused(gateway.url, RIGHT, from('198.51.100.7'));
    expect(error.details).toEqual(LOCKED.details);
    await paired.peer.close();
  });

  it('that are simply absent cost nothing', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    await failTimes(gateway, 12, '198.51.100.7', { ...CLIENT, device: testDevice() });
    const { peer } = await join(gateway.url, RIGHT, from('198.51.100.7'));
    await peer.close();
  });

  it('from a browser on this machine lock that browser, and no program beside it', async () => {
    await using gateway = await startFakeTimeGateway();
    const origin = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    for (let n = 0; n < 10; n += 1) await refused(gateway.url, WRONG, origin);
    const { error } = await refused(gateway.url, RIGHT, origin);
    expect(error.details).toEqual(LOCKED.details);
    const { peer } = await join(gateway.url, RIGHT);
    await peer.close();
  });

  it('through a proxy that names nobody are counted for the proxy, though it is on this machine', async () => {
    await using gateway = await startFakeTimeGateway({ config: BEHIND_PROXY });
    const nobody = { headers: { 'x-forwarded-proto': 'https' } };
    for (let n = 0; n < 10; n += 1) await refused(gateway.url, WRONG, nobody);
    const { error } = await refused(gateway.url, RIGHT, nobody);
    expect(error.details).toEqual(LOCKED.details);
  });

  it('of direct local callers are answered later each time, and never locked', async () => {
    await using gateway = await startFakeTimeGateway();
    const quiet = gateway.clock.waiting;
    for (const delayMs of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000]) {
      await expect.poll(() => gateway.clock.waiting).toBe(quiet);
      const answer = refused(gateway.url, WRONG);
      await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
      gateway.clock.advance(delayMs - 1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(gateway.clock.waiting).toBe(quiet + 2);
      gateway.clock.advance(1);
      expect((await answer).error.details?.code).toBe('AUTH_TOKEN_MISMATCH');
    }
  });

  it('of direct local callers hold back the right one as well, so that haste tells nobody which it is', async () => {
    await using gateway = await startFakeTimeGateway();
    await failLocally(gateway, 1);
    const quiet = gateway.clock.waiting;
    const answer = join(gateway.url, RIGHT);
    await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
    gateway.clock.advance(499);
    await new Promise((resolve) => setImmediate(resolve));
    expect(gateway.clock.waiting).toBe(quiet + 2);
    gateway.clock.advance(1);
    await (await answer).peer.close();
    await (await join(gateway.url, RIGHT)).peer.close();
  });

  it('of direct local callers who guess side by side or hang up early are tried one after the other', async () => {
    await using gateway = await startFakeTimeGateway();
    await failLocally(gateway, 2);
    const quiet = gateway.clock.waiting;
    for (let turn = 0; turn < 5; turn += 1) {
      const peer = await TestPeer.open(gateway.url);
      peer.hello(WRONG).catch(() => {});
      await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
      peer.socket.terminate();
      await expect.poll(() => gateway.clock.waiting).toBe(quiet);
    }
    for (const request of [WRONG, RIGHT]) {
      const { error, close } = await refused(gateway.url, request);
      expect(error).toEqual({ ...LOCKED, retryable: true, retryAfterMs: 1_000 });
      expect(close).toEqual({ code: 1008, reason: LOCKED.message });
    }
    const owner = await join(gateway.url, { ...CLIENT, auth: { token: gateway.ownerToken } });
    await owner.peer.close();
    gateway.clock.advance(1_000);
    const late = join(gateway.url, RIGHT);
    await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
    gateway.clock.advance(5_000);
    await (await late).peer.close();
  });

  it('of a caller who hung up are not tried at all, nor is the right one', async () => {
    await using gateway = await startFakeTimeGateway();
    await failLocally(gateway, 1);
    const quiet = gateway.clock.waiting;
    const device = testDevice();
    const peer = await TestPeer.open(gateway.url);
    peer.hello({ ...RIGHT, device }).catch(() => {});
    await expect.poll(() => gateway.clock.waiting).toBe(quiet + 2);
    peer.socket.terminate();
    await expect.poll(() => gateway.clock.waiting).toBe(quiet);
    await http(gateway.port, '/healthz');
    expect(gateway.devices.list().paired).toEqual([]);
  });

  it('are limited as the configuration says', async () => {
    const rateLimit = { maxAttempts: 2, windowMs: 1_000, lockoutMs: 5_000, exemptLoopback: false };
    const auth = { mode: 'token', token: 'test-token', rateLimit };
    await using gateway = await startFakeTimeGateway({ config: configWith({ auth }) });
    await refused(gateway.url, WRONG);
    gateway.clock.advance(1_000);
    await refused(gateway.url, WRONG);
    await refused(gateway.url, WRONG);
    expect((await refused(gateway.url, RIGHT)).error).toMatchObject({ retryAfterMs: 5_000 });
    gateway.clock.advance(5_000);
    const { peer } = await join(gateway.url, RIGHT);
    await peer.close();
  });
});
