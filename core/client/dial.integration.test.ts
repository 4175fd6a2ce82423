import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from './connect.ts';
import type { ResolveName } from './dial.ts';
import { clientOptions } from './testing/client-options.ts';
import { startScriptedGateway } from './testing/scripted-gateway.ts';
import { TEST_CERT, TEST_KEY } from './testing/tls-fixture.ts';

const fingerprint = new X509Certificate(TEST_CERT).fingerprint256;
const otherFingerprint = `sha256:${'AB:'.repeat(31)}AB`;

const resolvesTo =
  (...addresses: string[]): ResolveName =>
  (_host, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

/** A TLS server that notes every byte it gets after the TLS handshake. */
async function listeningEar() {
  const heard: Buffer[] = [];
  const server = createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, (socket) => {
    socket.on('data', (data) => heard.push(data)).on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // Of the TCP socket below: a client may leave before the server's side of the TLS handshake is through.
  const firstGone = once(server, 'connection').then(([socket]) => once(socket, 'close'));
  return { url: `wss://127.0.0.1:${port}`, heard, firstGone };
}

describe('a pinned certificate', () => {
  it.each([fingerprint, `sha256:${fingerprint}`, fingerprint.replaceAll(':', '').toLowerCase()])(
    'is accepted as %s although no authority vouches for it',
    async (tlsFingerprint) => {
      const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
      const connection = await connect(clientOptions(gateway.url, { tlsFingerprint }));
      expect(connection.hello.protocol).toBe(4);
      await connection.close();
    },
  );

  it('that differs ends the attempt for good, before a single byte was sent', async () => {
    const ear = await listeningEar();
    await expect(connect(clientOptions(ear.url, { tlsFingerprint: otherFingerprint }))).rejects.toMatchObject(
      {
        code: 'GATEWAY_TRANSPORT',
        retryable: false,
        details: { kind: 'tls-pin', actual: fingerprint.replaceAll(':', '').toLowerCase() },
      },
    );
    await ear.firstGone;
    expect(Buffer.concat(ear.heard)).toHaveLength(0);
  });

  it('makes no sense for ws://, which is said instead of ignored', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    await expect(connect(clientOptions(gateway.url, { tlsFingerprint: fingerprint }))).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    });
    expect(gateway.peers).toHaveLength(0);
  });
});

it('A certificate nobody vouches for is refused without a pin, with the way out', async () => {
  const gateway = await startScriptedGateway((peer) => peer.greet(), { tls: true });
  await expect(connect(clientOptions(gateway.url))).rejects.toMatchObject({
    code: 'GATEWAY_TRANSPORT',
    message: expect.stringContaining('pin it by its SHA-256 fingerprint'),
  });
  expect(gateway.peers).toHaveLength(0);
});

describe('plain ws://', () => {
  const insecure = { code: 'BAD_ARGUMENT', details: { code: 'INSECURE_URL' } };

  it('does not go to a remote address', async () => {
    await expect(connect(clientOptions('ws://192.0.2.77:1234'))).rejects.toMatchObject({
      ...insecure,
      message: expect.stringMatching(
        /^SECURITY ERROR: Gateway URL "ws:\/\/192\.0\.2\.77:1234" uses plaintext ws:\/\/ to a non-loopback address\.\n/,
      ),
    });
  });

  it.each(['127.evil.com', 'localhost.evil', 'gateway.example'])(
    'does not go to %s when that leads to a remote address',
    async (host) => {
      const resolveName = resolvesTo('192.0.2.77', '2001:db8::1');
      await expect(connect(clientOptions(`ws://${host}:1234`, { resolveName }))).rejects.toMatchObject(
        insecure,
      );
    },
  );

  it('goes to a name only where its address is near, and nowhere else it resolves to', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    const resolveName = resolvesTo('192.0.2.77', '127.0.0.1');
    const connection = await connect(clientOptions(`ws://gateway.test:${gateway.port}`, { resolveName }));
    expect(connection.hello.protocol).toBe(4);
    await connection.close();
  });

  it('does not trust localhost when that leads away from this host', async () => {
    const resolveName = resolvesTo('10.0.0.1');
    await expect(connect(clientOptions('ws://localhost:1234', { resolveName }))).rejects.toMatchObject({
      code: 'GATEWAY_TRANSPORT',
      details: { reason: 'localhost does not resolve to a loopback address' },
    });
  });

  it('goes anywhere when the user insists', async () => {
    const gateway = await startScriptedGateway((peer) => peer.greet());
    // A remote name that, for the test, leads back here by an address that is not loopback to the parser.
    const resolveName = resolvesTo('0.0.0.0');
    const url = `ws://gateway.test:${gateway.port}`;
    await expect(connect(clientOptions(url, { resolveName }))).rejects.toMatchObject(insecure);
    expect((await connect(clientOptions(url, { resolveName, allowInsecure: true }))).hello.protocol).toBe(4);
  });
});
