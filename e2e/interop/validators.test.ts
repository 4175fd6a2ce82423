import { validateConnectParams, validateRequestFrame } from '@openclaw/gateway-protocol';
import {
  buildPairingConnectCloseReason,
  buildPairingConnectErrorDetails,
  buildPairingConnectErrorMessage,
  ConnectErrorDetailCodes,
  readConnectErrorDetailCode,
  readPairingConnectErrorDetails,
} from '@openclaw/gateway-protocol/connect-error-details';
import { isGatewayEventFrame, isGatewayResponseFrame } from '@openclaw/gateway-protocol/frame-guards';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../core/lib/clock.ts';
import { EVENTS } from '../../core/protocol/events.ts';
import { LIMITS } from '../../core/protocol/frames.ts';
import { startTestGateway, type TestGateway } from '../../core/testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { callEveryMethod, METHODS, waitingDevice } from './every-method.ts';
import {
  errorDetailsSchema,
  eventSchema,
  frameSchema,
  helloSchema,
  paramsSchema,
  problems,
  resultSchema,
  withoutLater,
  withoutUnpublished,
} from './published-schemas.ts';

/** Methods and events of the field for which nothing is published that could be checked. */
const UNPUBLISHED = {
  methods: [
    'status',
    'system-event',
    'last-heartbeat',
    'set-heartbeats',
    'gateway.identity.get',
    'gateway.restart.request',
    'secrets.reload',
    'config.get',
    'config.set',
    'config.patch',
    'config.apply',
    'device.pair.list',
    'device.pair.approve',
    'device.pair.reject',
    'device.pair.remove',
    'device.token.revoke',
    'sessions.list',
  ],
  events: ['config.changed', 'heartbeat'],
};

/** Real time, but for the tick, which nobody wants to wait half a minute for. */
const quickTicks: Clock = {
  ...systemClock,
  every: (ms, task) => systemClock.every(ms === LIMITS.tickIntervalMs ? 100 : ms, task),
};

type Frame = TestPeer['frames'][number];

/** A session that asks for every method once, hears every event that can be provoked, and is closed by a stop. */
async function wholeSession(gateway: TestGateway) {
  const { peer, response } = await TestPeer.connect(gateway.url, {
    auth: { token: gateway.token },
    client: { id: 'test', mode: 'ui' },
    device: testDevice(),
  });
  const asked = new Map<string, unknown>();
  const results = await callEveryMethod({
    gateway,
    request: (method, params) => {
      asked.set(method, params);
      return peer.request(method, params);
    },
  });
  await peer.waitFor((frame) => frame.event === 'tick');
  await gateway.gateway.close('stop', 0);
  await peer.closed;
  return { peer, hello: response.payload, asked, results };
}

describe('a session that uses everything', () => {
  let session: Awaited<ReturnType<typeof wholeSession>>;

  beforeAll(async () => {
    await using gateway = await startTestGateway({ clock: quickTicks });
    session = await wholeSession(gateway);
  });

  it('sends only frames that the published schemas and guards accept', () => {
    const { peer } = session;
    expect(peer.frames.length).toBeGreaterThan(METHODS.length);
    for (const frame of peer.frames) {
      expect(problems(frameSchema(frame), frame), JSON.stringify(frame)).toEqual([]);
      expect(frame.type === 'res' ? isGatewayResponseFrame(frame) : isGatewayEventFrame(frame)).toBe(true);
    }
  });

  it('starts with a hello of the published shape', () => {
    expect(problems(helloSchema(), withoutLater('hello-ok', session.hello))).toEqual([]);
  });

  for (const method of METHODS) {
    const schema = resultSchema(method);
    if (!schema) continue;
    it(`answers ${method} in the published shape`, () => {
      expect(problems(schema, withoutLater(method, session.results.get(method)))).toEqual([]);
    });
  }

  for (const method of METHODS) {
    const schema = paramsSchema(method);
    if (!schema) continue;
    it(`takes the published params of ${method}`, () => {
      const { sinceMs: _ours, ...params } = (session.asked.get(method) ?? {}) as Record<string, unknown>;
      expect(problems(schema, params)).toEqual([]);
    });
  }

  it('hears events of the published shapes, every kind that can be provoked', () => {
    const { peer } = session;
    const heard = peer.frames.filter(({ type }) => type === 'event');
    for (const { event, payload } of heard as unknown as { event: string; payload: unknown }[]) {
      const schema = eventSchema(event);
      if (schema) expect(problems(schema, withoutUnpublished(event, payload)), event).toEqual([]);
    }
    const kinds = new Set(heard.map(({ event }) => event));
    const silent = Object.keys(EVENTS).filter((event) => !kinds.has(event));
    // A summary needs a model; core/server/session-life.integration.test.ts provokes it.
    expect(silent).toEqual(['heartbeat', 'session.operation']);
  });

  it('leaves unchecked only what nothing is published for', () => {
    const unchecked = METHODS.filter((method) => !resultSchema(method));
    expect(unchecked).toEqual(expect.arrayContaining(UNPUBLISHED.methods));
    expect(METHODS.length - unchecked.length).toBeGreaterThanOrEqual(10);
    expect(Object.keys(EVENTS).filter((event) => !eventSchema(event))).toEqual(
      expect.arrayContaining(UNPUBLISHED.events),
    );
  });
});

describe('refusals', () => {
  const refuse = async (request: ConnectRequest): Promise<{ error: Frame['error']; reason: string }> => {
    await using gateway = await startTestGateway();
    const { peer, response } = await TestPeer.connect(gateway.url, request);
    expect(problems(frameSchema(response), response)).toEqual([]);
    return { error: response.error, reason: (await peer.closed).reason };
  };

  it.each<[string, ConnectRequest]>([
    ['a wrong token', { auth: { token: 'wrong' }, device: testDevice() }],
    ['no credential', {}],
    [
      'a wrong signature',
      { auth: { token: 'test-token' }, device: testDevice(), deviceChange: { signature: 'x' } },
    ],
    ['a wrong nonce', { auth: { token: 'test-token' }, device: testDevice(), deviceChange: { nonce: 'x' } }],
    ['an old signature', { auth: { token: 'test-token' }, device: testDevice(), signedAt: 1 }],
    ['another key', { auth: { token: 'test-token' }, device: testDevice(), deviceChange: { id: 'x' } }],
    ['a protocol from the future', { protocol: 99, auth: { token: 'test-token' } }],
    ['a browser client without a device', { client: { id: 'openclaw-control-ui', mode: 'ui' } }],
  ])('of %s name a published detail code', async (_case, request) => {
    const { error } = await refuse(request);
    const code = readConnectErrorDetailCode((error as { details?: unknown }).details);
    expect(Object.values(ConnectErrorDetailCodes)).toContain(code);
  });

  it('of an unapproved device say what the official client expects, word for word', async () => {
    await using gateway = await startTestGateway();
    const { device, requestId } = await waitingDevice({ gateway });
    const { peer, response } = await TestPeer.connect(gateway.url, {
      auth: { token: gateway.token },
      client: { platform: 'darwin' },
      scopes: ['operator.read'],
      device,
    });
    const error = response.error as { message: string; details: Record<string, unknown> };
    const reason = 'metadata-upgrade';
    expect(error.message).toBe(buildPairingConnectErrorMessage(reason));
    // The code to compare is ours; the official client passes over it.
    const { pairingCode, ...details } = error.details;
    expect(pairingCode).toMatch(/^\d{3} \d{3}$/);
    expect(readPairingConnectErrorDetails(error.details)).toEqual(details);
    expect(details).toEqual(
      buildPairingConnectErrorDetails({
        reason,
        requestId,
        deviceId: device.deviceId,
        requestedRole: 'operator',
        requestedScopes: ['operator.read'],
        approvedRoles: ['operator'],
        approvedScopes: ['operator.read'],
      }),
    );
    expect((await peer.closed).reason).toBe(buildPairingConnectCloseReason({ reason, requestId }));
  });

  it('for a missing scope carry details of the published shape', async () => {
    await using gateway = await startTestGateway();
    const { peer } = await TestPeer.connect(gateway.url, {
      auth: { token: gateway.token },
      scopes: ['operator.read'],
    });
    const { error } = await peer.requestRaw('config.set', { raw: '{}' });
    expect(problems(errorDetailsSchema(), (error as { details: unknown }).details)).toEqual([]);
  });
});

describe('what our test peer sends', () => {
  it('is a request frame and connect params that the official validators accept', async () => {
    await using gateway = await startTestGateway();
    const peer = await TestPeer.open(gateway.url);
    const params = peer.connectParams({ auth: { token: 'x' }, device: testDevice(), scopes: ALL_SCOPES });
    expect(validateRequestFrame({ type: 'req', id: '1', method: 'connect', params })).toBe(true);
    expect(validateConnectParams(params)).toBe(true);
    await peer.close();
  });
});
