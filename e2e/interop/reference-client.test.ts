import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../core/lib/clock.ts';
import { contract } from '../../core/protocol/contract.ts';
import { LIMITS } from '../../core/protocol/frames.ts';
import { startTestGateway } from '../../core/testing/test-gateway.ts';
import { startGatewayProcess } from '../peer/gateway-process.ts';
import { callEveryMethod, METHODS, waitingDevice } from './every-method.ts';
import { deviceCredentials, ReferenceClient } from './reference-client.ts';

const ADMIN = ['operator.admin', 'operator.read', 'operator.write', 'operator.pairing'];
const UI = { clientName: 'test', mode: 'ui', platform: 'linux', deviceFamily: 'Linux' } as const;

/** Real time, but for the tick, which nobody wants to wait half a minute for. */
const quickTicks: Clock = {
  ...systemClock,
  every: (ms, task) => systemClock.every(ms === LIMITS.tickIntervalMs ? 100 : ms, task),
};

describe('the official client connects', () => {
  it('with the shared token, and holds the scopes it asked for', async () => {
    await using gateway = await startTestGateway();
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token, scopes: ADMIN });
    const hello = await reference.hello();
    expect(hello).toMatchObject({ type: 'hello-ok', protocol: 4, auth: { role: 'operator', scopes: ADMIN } });
    expect(hello.features.methods).toEqual(METHODS);
  });

  it('with the password, in auth mode password', async () => {
    await using gateway = await startTestGateway({
      config: { gateway: { mode: 'local', auth: { mode: 'password', password: 'open sesame' } } },
    });
    await using reference = new ReferenceClient({ url: gateway.url, password: 'open sesame', scopes: ADMIN });
    expect((await reference.hello()).auth).toMatchObject({ method: 'password', scopes: ADMIN });
  });

  it('with a device identity, which is paired silently and given a token', async () => {
    await using gateway = await startTestGateway();
    const credentials = deviceCredentials();
    await using reference = new ReferenceClient({
      ...UI,
      ...credentials,
      url: gateway.url,
      token: gateway.token,
      scopes: ADMIN,
    });
    const { auth } = await reference.hello();
    expect(auth.deviceToken).toMatch(/^[\w-]{43}$/);
    expect(credentials.tokens.get('operator')).toBe(auth.deviceToken);
    expect(gateway.devices.list().paired.map(({ deviceId }) => deviceId)).toEqual([
      credentials.deviceIdentity.deviceId,
    ]);
  });

  it('with the device token alone, once it was issued one', async () => {
    await using gateway = await startTestGateway();
    const credentials = deviceCredentials();
    const options = { ...UI, ...credentials, url: gateway.url, scopes: ADMIN };
    {
      await using first = new ReferenceClient({ ...options, token: gateway.token });
      await first.hello();
    }
    await using again = new ReferenceClient(options);
    expect((await again.hello()).auth).toMatchObject({ method: 'device-token', scopes: ADMIN });
    expect(await again.request('status')).toHaveProperty('runtimeVersion');
  });

  it('and is told that its token is wrong', async () => {
    await using gateway = await startTestGateway();
    await using reference = new ReferenceClient({ url: gateway.url, token: 'wrong' });
    const refusal = await reference.refusal();
    expect(refusal.message).toBe('unauthorized: gateway token mismatch (provide gateway auth token)');
    expect(refusal.details).toMatchObject({ code: 'AUTH_TOKEN_MISMATCH', authReason: 'token_mismatch' });
    expect(await reference.closed()).toEqual({ code: 1008, reason: refusal.message });
    expect(reference.hellos).toEqual([]);
  });
});

describe('the official client asks', () => {
  it('for every method of the contract, and gets what the contract promises', async () => {
    await using gateway = await startTestGateway();
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token, scopes: ADMIN });
    await reference.hello();
    const results = await callEveryMethod({
      gateway,
      request: (method, params) => reference.request<unknown>(method, params),
    });
    for (const [method, result] of results) {
      expect(contract[method].result.safeParse(result).error, method).toBeUndefined();
    }
    expect([...results.keys()]).toEqual(METHODS);
    expect(gateway.restarts.map(({ reason }) => reason)).toContain('interop');
  });

  it('for a method that does not exist, and reads the error', async () => {
    await using gateway = await startTestGateway();
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token, scopes: ADMIN });
    await reference.hello();
    await expect(reference.request('no.such.method')).rejects.toMatchObject({
      message: expect.stringContaining('unknown method: no.such.method'),
      gatewayCode: 'INVALID_REQUEST',
    });
  });
});

describe('the official client hears', () => {
  it('ticks, and presence, health, config and pairing as they change, without a gap', async () => {
    await using gateway = await startTestGateway({ clock: quickTicks });
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token, scopes: ADMIN });
    await reference.hello();
    await reference.request('system-event', { text: 'Node: interop', host: 'interop' });
    const { hash } = await reference.request<{ hash: string }>('config.get', {});
    await reference.request('config.patch', {
      raw: '{ messages: { ackReactionScope: "all" } }',
      baseHash: hash,
    });
    const { device, requestId } = await waitingDevice({ gateway });
    await reference.request('device.pair.reject', { requestId });

    expect((await reference.event('tick')).payload).toEqual({ ts: expect.any(Number) });
    expect((await reference.event('health')).payload).toMatchObject({ ok: true });
    const presence = await reference.event('presence');
    expect(presence.payload).toMatchObject({ presence: [{ mode: 'gateway' }, { host: 'interop' }] });
    expect(presence.stateVersion?.presence).toBe(2);
    expect((await reference.event('config.changed')).payload).toMatchObject({
      path: gateway.paths.configPath,
    });
    expect((await reference.event('device.pair.requested')).payload).toMatchObject({ requestId });
    const decisions = reference.events
      .filter(({ event }) => event === 'device.pair.resolved')
      .map(({ payload }) => payload as Record<string, unknown>);
    expect(decisions).toMatchObject([
      { deviceId: device.deviceId, decision: 'approved' },
      { deviceId: device.deviceId, decision: 'rejected', requestId },
    ]);
    expect(reference.gaps).toEqual([]);
  });

  it('the shutdown, and then the close that says why', async () => {
    await using gateway = await startTestGateway();
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token });
    await reference.hello();
    await gateway.gateway.close('stop', 0);
    expect((await reference.event('shutdown')).payload).toEqual({ reason: 'gateway stopping' });
    expect(await reference.closed()).toEqual({ code: 1012, reason: 'service restart' });
  });
});

describe('the official client stays', () => {
  it('through a restart of the gateway, which keeps its process and its port', async () => {
    await using gateway = await startGatewayProcess();
    await using reference = new ReferenceClient({ url: gateway.url, token: gateway.token, scopes: ADMIN });
    const first = await reference.hello();
    await reference.request('gateway.restart.request', { reason: 'interop' });
    const second = await reference.hello(2);
    expect((await reference.event('shutdown')).payload).toEqual({
      reason: 'gateway restarting',
      restartExpectedMs: 1500,
    });
    expect(second.server.bootId).not.toBe(first.server.bootId);
    expect(await reference.request('status')).toMatchObject({ pid: gateway.pid });
    expect(readFileSync(gateway.configPath, 'utf8')).toBe(gateway.configText);
  });
});
