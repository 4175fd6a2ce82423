import { describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import { configWith, from, join, operator, TOKEN } from './testing/server-fixtures.ts';

const ORIGIN = 'https://claw.example';
const BROWSER = { client: { id: 'openclaw-control-ui', mode: 'webchat' } };
const AS_ANN = from('198.51.100.7', { 'x-user': 'ann', 'x-proof': 'yes', origin: ORIGIN });
const RULES = { userHeader: 'X-User', allowUsers: ['ann', 'bob'], allowLoopback: true };

const startProxied = () =>
  startTestGateway({
    config: configWith({
      auth: { mode: 'trusted-proxy', trustedProxy: RULES },
      trustedProxies: ['127.0.0.1'],
      controlUi: { allowedOrigins: [ORIGIN] },
    }),
  });

/** Changes keys below `gateway`, as an admin at the machine does. */
async function change({ url, ownerToken }: TestGateway, gateway: object): Promise<void> {
  const { peer } = await join(url, { auth: { token: ownerToken } });
  const { hash } = (await peer.request('config.get')) as { hash: string };
  await peer.request('config.patch', { raw: JSON.stringify({ gateway }), baseHash: hash });
  await peer.close();
}

describe('a user whom a proxy vouched for', () => {
  const losses: [string, object][] = [
    ['the list of users', { auth: { trustedProxy: { allowUsers: ['bob'] } } }],
    ['the trusted proxies', { trustedProxies: ['192.0.2.1'] }],
    ['what is believed of a proxy on this machine', { auth: { trustedProxy: { allowLoopback: false } } }],
    ['the header that names the user', { auth: { trustedProxy: { userHeader: 'x-other' } } }],
    ['the headers a proxy has to send', { auth: { trustedProxy: { requiredHeaders: ['x-more'] } } }],
  ];
  for (const [what, gatewayChange] of losses) {
    it(`loses the open socket when ${what} changed to their disadvantage`, async () => {
      await using gateway = await startProxied();
      const { peer } = await join(gateway.url, BROWSER, AS_ANN);
      await change(gateway, gatewayChange);
      expect(await peer.closed).toEqual({ code: 4001, reason: 'gateway auth changed' });
    });
  }

  it('keeps the socket when another one loses theirs', async () => {
    await using gateway = await startProxied();
    const ann = await join(gateway.url, BROWSER, AS_ANN);
    const bob = await join(gateway.url, BROWSER, from('198.51.100.7', { 'x-user': 'bob', origin: ORIGIN }));
    await change(gateway, {
      auth: { trustedProxy: { allowUsers: ['ann'] } },
      trustedProxies: ['127.0.0.0/8'],
    });
    expect((await bob.peer.closed).code).toBe(4001);
    await expect(ann.peer.request('health')).resolves.toMatchObject({ ok: true });
    await ann.peer.close();
  });
});

describe('a page', () => {
  it('loses the open socket when its origin is allowed no more, and programs keep theirs', async () => {
    await using gateway = await startTestGateway({
      config: configWith({ controlUi: { allowedOrigins: [ORIGIN, 'https://other.example'] } }),
    });
    const page = await join(gateway.url, { auth: TOKEN }, { headers: { origin: ORIGIN } });
    const other = await join(gateway.url, { auth: TOKEN }, { headers: { origin: 'https://other.example' } });
    const own = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    const local = await join(gateway.url, { auth: TOKEN }, own);
    const program = await operator(gateway.url);
    await change(gateway, { controlUi: { allowedOrigins: ['https://other.example'] } });
    expect(await page.peer.closed).toEqual({ code: 4001, reason: 'origin not allowed' });
    for (const peer of [other.peer, local.peer, program]) await peer.request('health');
    await Promise.all([other.peer, local.peer, program].map((peer) => peer.close()));
  });

  it('loses the open socket when the name it was served under is ours no more', async () => {
    await using gateway = await startTestGateway({
      config: configWith({ controlUi: { allowedOrigins: [ORIGIN] } }),
    });
    const headers = { host: 'claw.example', origin: 'http://claw.example' };
    const { peer } = await join(gateway.url, { auth: TOKEN }, { headers });
    await change(gateway, { controlUi: { allowedOrigins: ['https://other.example'] } });
    expect((await peer.closed).code).toBe(4001);
  });
});

it('a page that rebinds its own name to a trusted proxy is refused, though Host and Origin agree', async () => {
  await using gateway = await startTestGateway({
    config: configWith({ trustedProxies: ['127.0.0.1'], controlUi: { allowedOrigins: [ORIGIN] } }),
  });
  const request = { ...BROWSER, auth: TOKEN, device: testDevice() };
  const codeFor = async (host: string): Promise<unknown> => {
    const options = from('198.51.100.7', { host, origin: `https://${host}` });
    const { response, peer } = await TestPeer.connect(gateway.url, request, options);
    await peer.closed;
    return (response.error as { details: { code: string } }).details.code;
  };
  expect(await codeFor('evil.example')).toBe('CONTROL_UI_ORIGIN_NOT_ALLOWED');
  expect(await codeFor('claw.example.evil.example')).toBe('CONTROL_UI_ORIGIN_NOT_ALLOWED');
  for (const host of ['claw.example', 'test-host.local', 'localhost', '192.0.2.2'])
    expect(await codeFor(host), host).toBe('PAIRING_REQUIRED');
});
