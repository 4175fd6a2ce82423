import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shortCode } from '../lib/short-code.ts';
import { signaturePayload } from '../protocol/device-auth.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { openDeviceTokenStore } from './device-token-store.ts';
import { clientOptions } from './testing/client-options.ts';
import { CHALLENGE, HELLO, type Peer, startScriptedGateway } from './testing/scripted-gateway.ts';
import { createTestIdentity } from './testing/test-identity.ts';

const greet = (peer: Peer) => peer.greet();

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function tokenStore() {
  const dir = await mkdtemp(join(tmpdir(), 'client-tokens-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return openDeviceTokenStore(join(dir, 'tokens.json'));
}

describe('the handshake', () => {
  it('says only what gateways of both eras know', async () => {
    const gateway = await startScriptedGateway(greet);
    const client = {
      ...{ id: 'cli', version: '1.0.0', platform: 'linux', mode: 'cli', deviceFamily: 'Linux' },
      ...{ instanceId: 'i', displayName: 'me', buildId: 'v4 only', timeZone: 'v4 only' },
    } as ConnectOptions['client'];
    const connection = await connect(clientOptions(gateway.url, { client, caps: ['tool-events'] }));
    expect(gateway.peers[0]?.connect).toEqual({
      minProtocol: 3,
      maxProtocol: 4,
      client: {
        ...{ id: 'cli', version: '1.0.0', platform: 'linux', mode: 'cli', deviceFamily: 'Linux' },
        ...{ instanceId: 'i', displayName: 'me' },
      },
      role: 'operator',
      scopes: ['operator.read'],
      caps: ['tool-events'],
      auth: { token: 't' },
    });
    expect(connection.hello).toEqual(HELLO);
  });

  it.each([2, 5, 99])(
    'fails when the gateway takes protocol %i, which it was not offered',
    async (protocol) => {
      const gateway = await startScriptedGateway((peer) => peer.greet({ protocol }));
      await expect(connect(clientOptions(gateway.url))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: protocol },
      });
    },
  );

  it.each([
    ['a token', { token: 't' }, 't'],
    ['a device token', { deviceToken: 'd' }, 'd'],
    ['no password', { password: 'p' }, undefined],
  ])('signs the challenge of the gateway with %s', async (_, auth, signedToken) => {
    const gateway = await startScriptedGateway(greet);
    const device = createTestIdentity();
    const connection = await connect(clientOptions(gateway.url, { device, auth }));
    const proof = gateway.peers[0]?.connect?.device;
    const payload = signaturePayload('v3', {
      deviceId: device.deviceId,
      clientId: 'cli',
      clientMode: 'cli',
      role: 'operator',
      scopes: ['operator.read'],
      signedAt: CHALLENGE.ts,
      token: signedToken,
      nonce: CHALLENGE.nonce,
      platform: 'linux',
    });
    expect(proof).toMatchObject({ id: device.deviceId, publicKey: device.publicKey, signedAt: CHALLENGE.ts });
    expect(device.verify(payload, proof?.signature ?? '')).toBe(true);
    await connection.close();
  });

  it('completes the hello of an older gateway, which holds no scopes it does not name', async () => {
    const { auth: _, ...hello } = HELLO;
    const gateway = await startScriptedGateway(async (peer) => {
      peer.answer(await peer.introduce(), {
        ...hello,
        protocol: 3,
        server: { version: '2026.3.13', connId: 'c' },
      });
    });
    const connection = await connect(clientOptions(gateway.url));
    expect(connection.hello).toMatchObject({
      protocol: 3,
      auth: { role: 'operator', scopes: [] },
      server: { bootId: '' },
    });
  });

  it('ignores frames that are not for it while it waits for the hello', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      const request = await peer.introduce();
      peer.event('tick', { ts: 1 });
      peer.send('no json');
      peer.answer({ ...request, id: 'other' }, {});
      peer.answer(request, HELLO);
    });
    expect((await connect(clientOptions(gateway.url))).hello.protocol).toBe(4);
  });

  it('rejects with what the gateway says is wrong', async () => {
    const details = { code: 'PAIRING_REQUIRED', requestId: 'r1' };
    const gateway = await startScriptedGateway((peer) =>
      peer.turnAway({ code: 'NOT_PAIRED', message: 'pairing required', details }),
    );
    await expect(connect(clientOptions(gateway.url))).rejects.toMatchObject({
      code: 'NOT_PAIRED',
      message: 'pairing required',
      details,
    });
  });

  it('makes the code that people compare of its own key, whatever the other side says', async () => {
    const details = { code: 'PAIRING_REQUIRED', requestId: 'r1', pairingCode: '000 000' };
    const gateway = await startScriptedGateway((peer) =>
      peer.turnAway({ code: 'NOT_PAIRED', message: 'pairing required', details }),
    );
    const device = createTestIdentity();
    await expect(connect(clientOptions(gateway.url, { device }))).rejects.toMatchObject({
      details: { ...details, pairingCode: shortCode(device.publicKey, 'r1') },
    });
  });

  it('asks for a plain upgrade: no compression, no origin, no credentials', async () => {
    const gateway = await startScriptedGateway(greet);
    await connect(clientOptions(gateway.url));
    expect(gateway.peers[0]?.headers).toEqual({
      host: `127.0.0.1:${gateway.port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': expect.any(String),
      'sec-websocket-version': '13',
    });
  });

  it('hangs up when refused, whether the gateway does or not', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      peer.refuse(await peer.introduce(), { code: 'INVALID_REQUEST', message: 'no' });
    });
    const connecting = connect(clientOptions(gateway.url));
    const closed = once((await gateway.peer(0)).socket, 'close');
    await expect(connecting).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: 'no' });
    await closed;
  });

  it.each([
    ['the challenge', (peer: Peer) => peer.socket.close(1013, 'gateway starting')],
    [
      'the hello',
      async (peer: Peer) => {
        await peer.introduce();
        peer.socket.close(1013, 'gateway starting');
      },
    ],
  ])('rejects with the close reason when the gateway closes before %s', async (_, script) => {
    const gateway = await startScriptedGateway(script);
    await expect(connect(clientOptions(gateway.url))).rejects.toMatchObject({
      code: 'GATEWAY_TRANSPORT',
      message: 'gateway closed (1013): gateway starting',
      details: { closeCode: 1013 },
    });
  });

  it.each([
    ['text', 'hello there'],
    ['another event', { type: 'event', event: 'tick', payload: {} }],
    ['an empty nonce', { type: 'event', event: 'connect.challenge', payload: { nonce: '', ts: 1 } }],
  ])('tells a program that greets with %s from a gateway, and sends it nothing', async (_, frame) => {
    const gateway = await startScriptedGateway((peer) => peer.send(frame));
    await expect(connect(clientOptions(gateway.url))).rejects.toMatchObject({
      code: 'GATEWAY_TRANSPORT',
      message: expect.stringContaining('does not answer like an OpenClaw gateway'),
    });
    expect(gateway.peers[0]?.connect).toBeUndefined();
  });

  it.each([
    ['no challenge', () => {}],
    ['no hello', async (peer: Peer) => void (await peer.introduce())],
  ])('ends at its deadline when there is %s, and leaves no socket', async (_, script) => {
    const gateway = await startScriptedGateway(script);
    const clock = new FakeClock();
    const connecting = connect(clientOptions(gateway.url, { clock, timeoutMs: 3_000 }));
    const peer = await gateway.peer(0);
    const closed = once(peer.socket, 'close');
    clock.advance(3_000);
    await expect(connecting).rejects.toMatchObject({
      code: 'GATEWAY_TIMEOUT',
      details: { timeoutMs: 3_000 },
    });
    await closed;
  });

  it('ends at its deadline when the upgrade is never answered', async () => {
    const server = createServer();
    const clock = new FakeClock();
    const connecting = connect(clientOptions(`ws://127.0.0.1:${await listen(server)}`, { clock }));
    const [socket] = await once(server, 'connection');
    const closed = once(socket.on('error', () => {}).resume(), 'close');
    clock.advance(10_000);
    await expect(connecting).rejects.toMatchObject({ code: 'GATEWAY_TIMEOUT' });
    await closed;
  });

  it('ends with the reason of its signal, before and during', async () => {
    const gateway = await startScriptedGateway(() => {});
    await expect(connect(clientOptions(gateway.url, { signal: AbortSignal.abort('early') }))).rejects.toBe(
      'early',
    );
    const abort = new AbortController();
    const connecting = connect(clientOptions(gateway.url, { signal: abort.signal }));
    const peer = await gateway.peer(0);
    const closed = once(peer.socket, 'close');
    abort.abort('enough');
    await expect(connecting).rejects.toBe('enough');
    await closed;
    expect(gateway.peers).toHaveLength(1);
  });
});

describe('an address without a gateway', () => {
  it('is told with the code of the system', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    await expect(connect(clientOptions(`ws://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'GATEWAY_TRANSPORT',
      message: `Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED).`,
      details: { kind: 'closed', reason: `connect ECONNREFUSED 127.0.0.1:${port}` },
    });
  });

  it('is told when another kind of server answers, with its wish to be left alone for a while', async () => {
    const server = createHttpServer((_, response) => response.writeHead(429, { 'Retry-After': '7' }).end());
    await expect(connect(clientOptions(`ws://127.0.0.1:${await listen(server)}`))).rejects.toMatchObject({
      message: expect.stringContaining('(HTTP 429)'),
      retryAfterMs: 7_000,
    });
  });

  it('is not followed to where it redirects', async () => {
    const target = await startScriptedGateway(greet);
    const server = createHttpServer((_, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${target.port}/` }).end();
    });
    await expect(connect(clientOptions(`ws://127.0.0.1:${await listen(server)}`))).rejects.toMatchObject({
      message: expect.stringContaining('(HTTP 302)'),
    });
    expect(target.peers).toHaveLength(0);
  });
});

describe('device tokens', () => {
  const issue = {
    ...HELLO,
    auth: { role: 'operator', scopes: ['operator.read'], deviceToken: 'issued', issuedAtMs: 5 },
  };
  const mismatch = (code: string, more: object = {}) => ({
    code: 'INVALID_REQUEST',
    message: `unauthorized: ${code}`,
    details: { code, ...more },
  });

  it('are kept when issued and used when nothing else is given', async () => {
    const gateway = await startScriptedGateway(async (peer) => peer.answer(await peer.introduce(), issue));
    const options = clientOptions(gateway.url, { device: createTestIdentity(), tokens: await tokenStore() });
    await (await connect(options)).close();
    await (await connect({ ...options, auth: undefined })).close();
    expect(gateway.peers.map((peer) => peer.connect?.auth)).toEqual([
      { token: 't' },
      { deviceToken: 'issued' },
    ]);
  });

  it('never go to an endpoint that did not issue them', async () => {
    const issuer = await startScriptedGateway(async (peer) => peer.answer(await peer.introduce(), issue));
    const stranger = await startScriptedGateway((peer) =>
      peer.turnAway(mismatch('AUTH_TOKEN_MISMATCH', { canRetryWithDeviceToken: true })),
    );
    const options = { device: createTestIdentity(), tokens: await tokenStore() };
    await (await connect(clientOptions(issuer.url, options))).close();
    await expect(connect(clientOptions(stranger.url, options))).rejects.toMatchObject({
      details: { code: 'AUTH_TOKEN_MISMATCH' },
    });
    await expect(connect(clientOptions(stranger.url, { ...options, auth: undefined }))).rejects.toThrow();
    expect(stranger.peers.map((peer) => peer.connect?.auth)).toEqual([{ token: 't' }, undefined]);
  });

  it('are tried once when the gateway refuses an explicit token and invites them', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      const request = await peer.introduce();
      if (request.params.auth?.deviceToken === 'issued') peer.answer(request, issue);
      else peer.refuse(request, mismatch('AUTH_TOKEN_MISMATCH', { canRetryWithDeviceToken: true }));
    });
    const options = clientOptions(gateway.url, { device: createTestIdentity(), tokens: await tokenStore() });
    await options.tokens?.put(
      { endpoint: gateway, deviceId: options.device?.deviceId ?? '', role: 'operator' },
      { token: 'issued', scopes: ['operator.read'] },
    );
    expect((await connect(options)).hello.auth.deviceToken).toBe('issued');
    expect(gateway.peers).toHaveLength(2);
  });

  it('are forgotten when the gateway no longer knows them, and the user hears of the token given', async () => {
    const gateway = await startScriptedGateway(async (peer) => {
      const request = await peer.introduce();
      const code = request.params.auth?.deviceToken ? 'AUTH_DEVICE_TOKEN_MISMATCH' : 'AUTH_TOKEN_MISMATCH';
      peer.refuse(request, mismatch(code, { canRetryWithDeviceToken: true }));
    });
    const tokens = await tokenStore();
    const device = createTestIdentity();
    const key = { endpoint: gateway, deviceId: device.deviceId, role: 'operator' };
    await tokens.put(key, { token: 'revoked', scopes: ['operator.read'] });
    await expect(connect(clientOptions(gateway.url, { device, tokens }))).rejects.toMatchObject({
      details: { code: 'AUTH_TOKEN_MISMATCH' },
    });
    expect(await tokens.get(key)).toBeUndefined();
    expect(gateway.peers).toHaveLength(2);
  });

  it('that cannot be stored do not stand in the way of the connection', async () => {
    const gateway = await startScriptedGateway(async (peer) => peer.answer(await peer.introduce(), issue));
    const dir = await mkdtemp(join(tmpdir(), 'client-tokens-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await writeFile(join(dir, 'file'), '');
    const tokens = openDeviceTokenStore(join(dir, 'file', 'tokens.json'));
    const connection = await connect(clientOptions(gateway.url, { device: createTestIdentity(), tokens }));
    expect(connection.hello.auth.deviceToken).toBe('issued');
  });
});
