import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import { BEHIND_PROXY, configWith, http, join, refused, TOKEN } from './testing/server-fixtures.ts';

const ORIGIN_MESSAGE =
  'origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)';

let gateway: TestGateway;
let listed: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  const controlUi = { allowedOrigins: ['https://claw.example'] };
  listed = await startTestGateway({ config: configWith({ controlUi }) });
});
afterAll(async () => {
  await gateway.close();
  await listed.close();
});

const upgradeWith = (url: string, headers: Record<string, string>) => TestPeer.open(url, { headers });

describe('a request for a foreign host', () => {
  it('is refused with 403 on every route, known or not', async () => {
    for (const path of ['/healthz', '/readyz', '/', '/nope', '//healthz']) {
      for (const host of ['evil.example', 'localhost.evil.example', 'localhost.', '192.0.2.2']) {
        const { status, body, headers } = await http(gateway.port, path, { headers: { host } });
        expect(status).toBe(403);
        expect(JSON.parse(body)).toMatchObject({ error: { type: 'host_not_allowed' } });
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    }
  });

  it('is refused with 403 at the upgrade', async () => {
    for (const host of ['evil.example', '127.0.0.1.nip.io', '0.0.0.0']) {
      await expect(upgradeWith(gateway.url, { host })).rejects.toThrow('HTTP 403');
    }
  });

  it('is refused when name and origin agree, as they do in DNS rebinding', async () => {
    const headers = { host: `evil.example:${gateway.port}`, origin: `http://evil.example:${gateway.port}` };
    await expect(upgradeWith(gateway.url, headers)).rejects.toThrow('HTTP 403');
    expect((await http(gateway.port, '/healthz', { headers })).status).toBe(403);
  });

  it('is answered when the host is one of ours', async () => {
    for (const host of ['localhost', `127.0.0.1:${gateway.port}`, '[::1]', 'test-host', 'TEST-HOST.local']) {
      expect((await http(gateway.port, '/healthz', { headers: { host } })).status).toBe(200);
      await (await upgradeWith(gateway.url, { host })).close();
    }
    expect((await http(listed.port, '/healthz', { headers: { host: 'claw.example' } })).status).toBe(200);
  });
});

describe('a request with forwarding headers', () => {
  it('from no trusted proxy is refused with 403 and why', async () => {
    const answer = await http(gateway.port, '/healthz', { headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        message: expect.stringMatching(/^Proxy client attribution is required\. /),
        type: 'proxy_attribution_required',
      },
    });
  });

  it('from a trusted proxy is answered, without what only local callers may know', async () => {
    await using proxied = await startTestGateway({ config: BEHIND_PROXY });
    const answer = await http(proxied.port, '/readyz', { headers: { 'x-forwarded-for': '198.51.100.7' } });
    expect(answer).toMatchObject({ status: 200, body: '{"ready":true}' });
  });
});

describe('a connect request with an Origin', () => {
  const browser = { id: 'openclaw-control-ui', mode: 'webchat' };
  const refusal = (reason: string) => ({
    error: {
      code: 'INVALID_REQUEST',
      message: ORIGIN_MESSAGE,
      details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED', reason },
    },
    close: { code: 1008, reason: ORIGIN_MESSAGE.slice(0, 123) },
  });

  it('of another site is refused for every client, right credentials or not', async () => {
    for (const protocol of [4, 3]) {
      for (const client of [browser, {}, { id: 'gateway-client', mode: 'backend' }]) {
        for (const origin of ['http://evil.example', 'null', `http://localhost:${gateway.port}`]) {
          const request = { protocol, client, auth: TOKEN, device: testDevice() };
          const answer = await refused(gateway.url, request, { headers: { origin } });
          expect(answer).toEqual(refusal('origin not allowed'));
        }
      }
    }
  });

  it('is expected of clients that live in a browser', async () => {
    for (const client of [browser, { id: 'webchat-ui', mode: 'webchat' }, { id: 'cli', mode: 'webchat' }]) {
      const answer = await refused(gateway.url, { client, auth: TOKEN, device: testDevice() });
      expect(answer).toEqual(refusal('origin missing or invalid'));
    }
  });

  it('of the very host is taken to pairing, and so is a listed one', async () => {
    const own = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    const request = { client: browser, auth: TOKEN, device: testDevice() };
    expect((await refused(gateway.url, request, own)).error.details?.code).toBe('PAIRING_REQUIRED');
    const other = { headers: { origin: 'https://claw.example' } };
    expect((await refused(listed.url, request, other)).error.details?.code).toBe('PAIRING_REQUIRED');
    expect((await refused(gateway.url, request, other)).error.details?.code).toBe(
      'CONTROL_UI_ORIGIN_NOT_ALLOWED',
    );
  });

  it('gets no scopes by the shared secret alone, also for clients that would get them without it', async () => {
    const own = { headers: { origin: `http://127.0.0.1:${gateway.port}` } };
    const { peer, hello } = await join(gateway.url, { auth: TOKEN }, own);
    expect(hello.auth.scopes).toEqual([]);
    await peer.close();
  });
});
