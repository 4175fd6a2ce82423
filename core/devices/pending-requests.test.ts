import { describe, expect, it } from 'vitest';
import type { PairingRequest, PendingDevice } from './paired-device.ts';
import { PENDING_LIMITS, PENDING_TTL_MS, withoutExpired, withRequest } from './pending-requests.ts';
import { request } from './testing/device-fixtures.ts';

const add = (pending: ReadonlyMap<string, PendingDevice>, fields: Partial<PairingRequest>, now: number) =>
  withRequest(pending, request(fields), { requestId: `r${now}`, isRepair: false, now }).pending;

/** `count` requests of different devices at the times 0, 1, 2 … */
function filled(count: number, address: (index: number) => string): Map<string, PendingDevice> {
  let pending = new Map<string, PendingDevice>();
  for (let index = 0; index < count; index++) pending = add(pending, { remoteIp: address(index) }, index);
  return pending;
}

const full = (retryAfterMs: number) =>
  expect.objectContaining({ code: 'UNAVAILABLE', retryable: true, retryAfterMs });

describe('withRequest', () => {
  it('lets the oldest requests of a device make room for its newest', () => {
    let pending = new Map<string, PendingDevice>();
    for (let now = 0; now < 5; now++) pending = add(pending, { deviceId: 'one' }, now);
    expect([...pending.keys()]).toEqual(['r2', 'r3', 'r4']);
  });

  it('refuses one more request from an address, until the oldest expires', () => {
    const pending = filled(PENDING_LIMITS.perAddress, () => '192.0.2.7');
    expect(() => add(pending, { remoteIp: '192.0.2.7' }, 1000)).toThrow(full(PENDING_TTL_MS - 1000));
    expect(add(pending, { remoteIp: '192.0.2.8' }, 1000).size).toBe(PENDING_LIMITS.perAddress + 1);
    expect(add(pending, { remoteIp: '192.0.2.7' }, PENDING_TTL_MS).size).toBe(PENDING_LIMITS.perAddress);
  });

  it('counts an IPv4 address once, however it is written', () => {
    const pending = filled(PENDING_LIMITS.perAddress, (index) =>
      index % 2 ? '192.0.2.7' : '::FFFF:192.0.2.7',
    );
    expect(() => add(pending, { remoteIp: '192.0.2.7' }, 1000)).toThrow(full(PENDING_TTL_MS - 1000));
  });

  it('counts the addresses of one IPv6 network as one, for whoever has one has them all', () => {
    const pending = filled(PENDING_LIMITS.perAddress, (index) => `2001:db8::${index + 1}`);
    expect(() => add(pending, { remoteIp: '2001:db8::ffff' }, 1000)).toThrow(full(PENDING_TTL_MS - 1000));
    expect(add(pending, { remoteIp: '2001:db8:0:1::1' }, 1000).size).toBe(PENDING_LIMITS.perAddress + 1);
  });

  it('refuses one more request in all', () => {
    const pending = filled(PENDING_LIMITS.total, (index) => `192.0.2.${index}`);
    expect(() => add(pending, { remoteIp: '198.51.100.1' }, 1000)).toThrow(full(PENDING_TTL_MS - 1000));
  });
});

describe('withoutExpired', () => {
  const pending = add(new Map(), {}, 10 * PENDING_TTL_MS);

  it.each([
    ['keeps a request to the last millisecond', PENDING_TTL_MS - 1, 1],
    ['drops it after five minutes', PENDING_TTL_MS, 0],
    ['drops it when the clock was set back further than that', -PENDING_TTL_MS, 0],
  ])('%s', (_name, age, size) => {
    expect(withoutExpired(pending, 10 * PENDING_TTL_MS + age).size).toBe(size);
  });
});
