import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { ALL_SCOPES, type ConnectRequest, testDevice } from '../testing/test-peer.ts';
import {
  asNode,
  configWith,
  from,
  join,
  refused,
  startFakeTimeGateway,
  TOKEN,
} from './testing/server-fixtures.ts';

type Words = { 4: string; 3: string };

const TOKEN_HINT: Words = {
  4: "use this gateway's gateway.auth.token or pair the device",
  3: 'set gateway.remote.token to match gateway.auth.token',
};
const PASSWORD_HINT: Words = {
  4: "use this gateway's gateway.auth.password",
  3: 'set gateway.remote.password to match gateway.auth.password',
};
const DEVICE_TOKEN_MISMATCH = {
  code: 'INVALID_REQUEST',
  message: 'unauthorized: device token mismatch (rotate/reissue device token)',
  details: {
    code: 'AUTH_DEVICE_TOKEN_MISMATCH',
    authReason: 'device_token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: 'update_auth_credentials',
  },
};

function details(code: string, authReason: string, recommendedNextStep: string) {
  const canRetryWithDeviceToken = recommendedNextStep === 'retry_with_device_token';
  return { code, authReason, canRetryWithDeviceToken, recommendedNextStep };
}

/** Fails in both eras, with time moved over the delay that wrong secrets cost. */
async function expectFailure(
  gateway: Awaited<ReturnType<typeof startFakeTimeGateway>>,
  request: ConnectRequest,
  message: Words | string,
  expected: unknown,
): Promise<void> {
  for (const protocol of [4, 3] as const) {
    const answer = await gateway.clock.drive(refused(gateway.url, { ...request, protocol }));
    const said = typeof message === 'string' ? message : message[protocol];
    expect(answer.error).toEqual({ code: 'INVALID_REQUEST', message: said, details: expected });
    expect(answer.close).toEqual({ code: 1008, reason: Buffer.from(said).subarray(0, 123).toString() });
  }
}

const both = (text: (words: string) => string, hint: Words): Words => ({
  4: text(hint[4]),
  3: text(hint[3]),
});
const tokenMismatch = both((hint) => `unauthorized: gateway token mismatch (${hint})`, TOKEN_HINT);
const tokenMissing = both((hint) => `unauthorized: gateway token missing (${hint})`, TOKEN_HINT);
const passwordMismatch = both((hint) => `unauthorized: gateway password mismatch (${hint})`, PASSWORD_HINT);
const passwordMissing = both((hint) => `unauthorized: gateway password missing (${hint})`, PASSWORD_HINT);

describe('auth mode token', () => {
  it('refuses a wrong token, and lets a device try its own', async () => {
    await using gateway = await startFakeTimeGateway();
    await expectFailure(
      gateway,
      { auth: { token: 'wrong' }, device: testDevice() },
      tokenMismatch,
      details('AUTH_TOKEN_MISMATCH', 'token_mismatch', 'retry_with_device_token'),
    );
  });

  it('refuses a wrong token without a device, and a wrong password, with nothing to retry', async () => {
    await using gateway = await startFakeTimeGateway();
    const expected = details('AUTH_TOKEN_MISMATCH', 'token_mismatch', 'update_auth_credentials');
    await expectFailure(gateway, { auth: { token: 'wrong' } }, tokenMismatch, expected);
    await expectFailure(
      gateway,
      { auth: { password: 'wrong' }, device: testDevice() },
      tokenMismatch,
      expected,
    );
  });

  it('tells a device without a credential that the token is missing', async () => {
    await using gateway = await startFakeTimeGateway();
    for (const auth of [{}, { token: '' }, { deviceToken: '' }]) {
      await expectFailure(
        gateway,
        { auth, device: testDevice() },
        tokenMissing,
        details('AUTH_TOKEN_MISSING', 'token_missing', 'update_auth_configuration'),
      );
    }
  });

  it('takes the secret in either field', async () => {
    await using gateway = await startTestGateway();
    for (const auth of [{ token: 'test-token' }, { password: 'test-token' }]) {
      const { peer, hello } = await join(gateway.url, { auth });
      expect(hello.auth.method).toBe('token');
      await peer.close();
    }
  });

  it('takes nothing but the whole secret: presence proves nothing', async () => {
    await using gateway = await startFakeTimeGateway();
    for (const token of ['test-toke', 'test-token ', 'TEST-TOKEN', ' ', 'undefined', 'null', '\0']) {
      const { error } = await gateway.clock.drive(refused(gateway.url, { auth: { token } }));
      expect(error.details, token).toMatchObject({ code: 'AUTH_TOKEN_MISMATCH' });
    }
  });

  it('words its hint for the kind of client', async () => {
    await using gateway = await startFakeTimeGateway();
    const auth = { token: 'wrong' };
    const client = { id: 'gateway-client', mode: 'backend' };
    const backend = await gateway.clock.drive(refused(gateway.url, { auth, client }));
    expect(backend.error.message).toBe('unauthorized: gateway token mismatch (provide gateway auth token)');
    const ui = {
      auth,
      client: { id: 'openclaw-control-ui', mode: 'webchat' },
      device: testDevice(),
    };
    const origin = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    const browser = await gateway.clock.drive(refused(gateway.url, ui, origin));
    expect(browser.error.message).toBe(
      'unauthorized: gateway token mismatch (open the dashboard URL and paste the token in Control UI settings)',
    );
  });

  it('refuses every token when none is configured', async () => {
    await using gateway = await startFakeTimeGateway({ config: configWith({ auth: { mode: 'token' } }) });
    for (const token of ['x', '', 'undefined']) {
      const { error } = await gateway.clock.drive(
        refused(gateway.url, { auth: { token }, device: testDevice() }),
      );
      expect(error.code).toBe('INVALID_REQUEST');
    }
  });
});

describe('auth mode password', () => {
  const config = configWith({ auth: { mode: 'password', password: 'test-password' } });

  it('takes the password in either field', async () => {
    await using gateway = await startTestGateway({ config });
    for (const auth of [{ password: 'test-password' }, { token: 'test-password' }]) {
      const { peer, hello } = await join(gateway.url, { auth, device: testDevice() });
      expect(hello.auth.method).toBe('password');
      await peer.close();
    }
  });

  it('refuses a wrong password and a missing one', async () => {
    await using gateway = await startFakeTimeGateway({ config });
    await expectFailure(
      gateway,
      { auth: { password: 'wrong' }, device: testDevice() },
      passwordMismatch,
      details('AUTH_PASSWORD_MISMATCH', 'password_mismatch', 'update_auth_credentials'),
    );
    await expectFailure(
      gateway,
      { device: testDevice() },
      passwordMissing,
      details('AUTH_PASSWORD_MISSING', 'password_missing', 'update_auth_configuration'),
    );
  });
});

describe('a device token', () => {
  it('opens the gateway in place of the secret, as deviceToken and as token', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const first = await join(gateway.url, { auth: TOKEN, device });
    const deviceToken = first.hello.auth.deviceToken ?? '';
    for (const protocol of [4, 3]) {
      for (const auth of [{ deviceToken }, { token: deviceToken }]) {
        const { peer, hello } = await join(gateway.url, { auth, device, protocol });
        if (protocol === 4) expect(hello.auth.method).toBe('device-token');
        expect(hello.auth.deviceToken).toBe(deviceToken);
        await peer.close();
      }
    }
    await first.peer.close();
  });

  it('gives its own scopes to a client that names none', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const scopes = ['operator.read', 'operator.approvals'];
    const first = await join(gateway.url, { auth: TOKEN, device, scopes });
    const auth = { deviceToken: first.hello.auth.deviceToken };
    const { peer, hello } = await join(gateway.url, { auth, device, scopes: undefined });
    expect(hello.auth.scopes).toEqual(['operator.approvals', 'operator.read']);
    await Promise.all([peer.close(), first.peer.close()]);
  });

  it('gives no scope that was not approved, whatever its owner declares', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const first = await join(gateway.url, { auth: TOKEN, device, scopes: ['operator.write'] });
    const auth = { deviceToken: first.hello.auth.deviceToken };
    const narrower = await join(gateway.url, { auth, device, scopes: ['operator.read'] });
    expect(narrower.hello.auth.scopes).toEqual(['operator.read']);
    for (const scopes of [
      ['operator.admin'],
      ['operator.read', 'operator.pairing'],
      ['constructor'],
      ['__proto__'],
    ]) {
      const inV4 = await refused(gateway.url, { auth, device, scopes });
      expect(inV4.error).toEqual({
        code: 'INVALID_REQUEST',
        message: 'unauthorized: device token scope mismatch (re-pair or approve scope upgrade)',
        details: details('AUTH_SCOPE_MISMATCH', 'scope_mismatch', 'review_auth_configuration'),
      });
      const inV3 = await refused(gateway.url, { auth, device, scopes, protocol: 3 });
      expect(inV3.error).toEqual(DEVICE_TOKEN_MISMATCH);
    }
    await Promise.all([first.peer.close(), narrower.peer.close()]);
  });

  it('that is wrong is refused in the words of a device token', async () => {
    await using gateway = await startFakeTimeGateway();
    const request = { auth: { deviceToken: 'wrong' }, device: testDevice() };
    await expectFailure(gateway, request, DEVICE_TOKEN_MISMATCH.message, DEVICE_TOKEN_MISMATCH.details);
  });

  it('of one device, or of one role, opens nothing for another', async () => {
    await using gateway = await startTestGateway();
    const device = testDevice();
    const first = await join(gateway.url, { auth: TOKEN, device });
    const auth = { deviceToken: first.hello.auth.deviceToken };
    const other = await refused(gateway.url, { auth, device: testDevice() });
    expect(other.error).toEqual(DEVICE_TOKEN_MISMATCH);
    const node = await refused(gateway.url, { ...asNode(device), auth });
    expect(node.error).toEqual(DEVICE_TOKEN_MISMATCH);
    const bare = await refused(gateway.url, { auth });
    expect(bare.error).toEqual(DEVICE_TOKEN_MISMATCH);
    await first.peer.close();
  });
});

describe('a bootstrap token', () => {
  it('that nobody issued is refused in the words of each era, in every mode', async () => {
    for (const auth of [{ mode: 'token', token: 'test-token' }, { mode: 'none' }]) {
      await using gateway = await startFakeTimeGateway({ config: configWith({ auth }) });
      await expectFailure(
        gateway,
        { auth: { bootstrapToken: 'nope' }, device: testDevice() },
        {
          4: 'unauthorized: setup code invalid, expired, revoked, or already used (create a new code; review `openclaw devices list`)',
          3: 'unauthorized: bootstrap token invalid or expired (scan a fresh setup code)',
        },
        details('AUTH_BOOTSTRAP_TOKEN_INVALID', 'bootstrap_token_invalid', 'review_auth_configuration'),
      );
    }
  });
});

describe('auth mode trusted-proxy', () => {
  const rules = { userHeader: 'X-User', requiredHeaders: ['x-forwarded-proto'], allowLoopback: true };
  const proxied = (trustedProxy: object, more: object = {}) => ({
    config: configWith({
      auth: { mode: 'trusted-proxy', trustedProxy },
      trustedProxies: ['127.0.0.1'],
      ...more,
    }),
  });
  const good = from('198.51.100.7', { 'x-user': 'ann', 'x-forwarded-proto': 'https' });
  const unauthorized = (code: string, reason: string) => ({
    code: 'INVALID_REQUEST',
    message: 'unauthorized',
    details: details(code, reason, 'review_auth_configuration'),
  });
  const userMissing = unauthorized('AUTH_UNAUTHORIZED', 'trusted_proxy_user_missing');

  it('takes the word of the proxy for a user, and still wants the device approved', async () => {
    await using gateway = await startTestGateway(proxied(rules));
    const { error } = await refused(gateway.url, { device: testDevice() }, good);
    expect(error.details).toMatchObject({ code: 'PAIRING_REQUIRED', reason: 'not-paired' });
  });

  it('admits a user interface without a device, with no scope', async () => {
    await using gateway = await startTestGateway(
      proxied(rules, { controlUi: { allowedOrigins: ['https://claw.example'] } }),
    );
    const headers = { 'x-user': 'ann', 'x-forwarded-proto': 'https', origin: 'https://claw.example' };
    const client = { id: 'openclaw-control-ui', mode: 'webchat' };
    const { peer, hello } = await join(gateway.url, { client }, from('198.51.100.7', headers));
    expect(hello.auth).toEqual({ method: 'trusted-proxy', role: 'operator', scopes: [] });
    await peer.close();
  });

  it('refuses a request without the headers it requires, and one without a user', async () => {
    await using gateway = await startTestGateway(proxied(rules));
    const device = testDevice();
    const noProto = await refused(gateway.url, { device }, from('198.51.100.7', { 'x-user': 'ann' }));
    expect(noProto.error).toEqual(
      unauthorized('AUTH_IDENTITY_HEADER_REQUIRED', 'trusted_proxy_missing_header_x-forwarded-proto'),
    );
    const headers = { 'x-forwarded-proto': 'https' };
    const noUser = await refused(gateway.url, { device }, from('198.51.100.7', headers));
    expect(noUser.error).toEqual(userMissing);
    const blank = await refused(gateway.url, { device }, from('198.51.100.7', { ...headers, 'x-user': ' ' }));
    expect(blank.error).toEqual(userMissing);
    expect(blank.close).toEqual({ code: 1008, reason: 'unauthorized' });
  });

  it('admits only the users on its list', async () => {
    await using gateway = await startTestGateway(proxied({ ...rules, allowUsers: ['bob'] }));
    const { error } = await refused(gateway.url, { device: testDevice() }, good);
    expect(error).toEqual(unauthorized('AUTH_UNAUTHORIZED', 'trusted_proxy_user_not_allowed'));
  });

  it('does not believe a proxy on this machine unless it is told to', async () => {
    await using gateway = await startTestGateway(proxied({ ...rules, allowLoopback: false }));
    expect((await refused(gateway.url, { device: testDevice() }, good)).error).toEqual(userMissing);
  });

  it('does not believe headers that no proxy on its list has sent', async () => {
    await using gateway = await startTestGateway(proxied(rules, { trustedProxies: ['10.0.0.1'] }));
    const options = { headers: { 'x-user': 'ann' } };
    expect((await refused(gateway.url, { device: testDevice() }, options)).error).toEqual(userMissing);
  });

  it('takes no token in its place', async () => {
    await using gateway = await startTestGateway(proxied(rules));
    const { error } = await refused(gateway.url, { auth: TOKEN, device: testDevice() });
    expect(error).toMatchObject({
      message: 'unauthorized',
      details: { code: 'AUTH_IDENTITY_HEADER_REQUIRED' },
    });
  });
});

describe("the owner's token", () => {
  it('opens the gateway to direct local callers in every mode, with what they ask for and no device', async () => {
    const modes = [
      { mode: 'token', token: 'test-token' },
      { mode: 'password', password: 'test-password' },
      { mode: 'none' },
      { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } },
    ];
    for (const auth of modes) {
      await using gateway = await startTestGateway({ config: configWith({ auth }) });
      const { peer, hello } = await join(gateway.url, { auth: { token: gateway.ownerToken } });
      expect(hello.auth, auth.mode).toEqual({ method: 'token', role: 'operator', scopes: ALL_SCOPES });
      await expect(peer.request('device.pair.list')).resolves.toBeDefined();
      await peer.close();
    }
  });

  it('opens nothing to a browser, nor through a proxy', async () => {
    await using gateway = await startFakeTimeGateway({
      config: configWith({ trustedProxies: ['127.0.0.1'] }),
    });
    const request = { auth: { token: gateway.ownerToken } };
    const origin = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    for (const options of [origin, from('198.51.100.7')]) {
      const { error } = await gateway.clock.drive(refused(gateway.url, request, options));
      expect(error.details).toMatchObject({ code: 'AUTH_TOKEN_MISMATCH' });
    }
  });
});
