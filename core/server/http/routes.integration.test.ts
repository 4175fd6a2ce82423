import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import { TestPeer } from '../../testing/test-peer.ts';
import {
  configWith,
  http,
  rawExchange,
  startFakeTimeGateway,
  untilLetGo,
} from '../testing/server-fixtures.ts';
import { ROUTES } from './routes.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': expect.stringContaining('camera=()'),
  'x-frame-options': 'DENY',
  'content-security-policy': expect.stringContaining("default-src 'none'"),
};

const get = (path: string, headers: string[] = []): string =>
  [`GET ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n');

describe('the liveness routes', () => {
  for (const path of ['/healthz', '/health']) {
    it(`answer ${path}, with a query or without`, async () => {
      for (const query of ['', '?', '?probe=1#x']) {
        const { status, headers, body } = await http(gateway.port, path + query);
        expect({ status, body }).toEqual({ status: 200, body: '{"ok":true,"status":"live"}' });
        expect(headers).toMatchObject({
          ...SECURITY,
          'cache-control': 'no-store',
          'content-type': 'application/json; charset=utf-8',
        });
      }
    });
  }
});

describe('the readiness routes', () => {
  for (const path of ['/readyz', '/ready']) {
    it(`answer ${path} with details for callers on this machine`, async () => {
      const { status, body, headers } = await http(gateway.port, path);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        ready: true,
        failing: [],
        uptimeMs: expect.any(Number),
        eventLoop: { degraded: expect.any(Boolean) },
      });
      expect(headers).toMatchObject({ ...SECURITY, 'cache-control': 'no-store' });
    });
  }
});

describe('every route', () => {
  for (const path of Object.keys(ROUTES)) {
    it(`${path} refuses to be written to`, async () => {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const sent = { method, headers: { 'content-length': 100_000 }, body: 'x'.repeat(100_000) };
        const { status, headers, body } = await http(gateway.port, path, sent);
        expect({ status, body }).toEqual({ status: 405, body: 'Method Not Allowed' });
        expect(headers).toMatchObject({ ...SECURITY, allow: 'GET, HEAD' });
      }
    });

    it(`${path} answers HEAD with the head of GET`, async () => {
      const head = await http(gateway.port, path, { method: 'HEAD' });
      const whole = await http(gateway.port, path);
      expect(head.body).toBe('');
      expect(head.status).toBe(whole.status);
      expect(Number(head.headers['content-length'])).toBeGreaterThan(10);
      expect(head.headers['content-type']).toBe(whole.headers['content-type']);
    });
  }

  it('says that transport is to be secure when the configuration says so', async () => {
    const strictTransportSecurity = 'max-age=31536000';
    await using secure = await startTestGateway({
      config: configWith({ http: { securityHeaders: { strictTransportSecurity } } }),
    });
    for (const path of ['/healthz', '/nope']) {
      const { headers } = await http(secure.port, path);
      expect(headers['strict-transport-security']).toBe(strictTransportSecurity);
    }
  });
});

describe('any other path', () => {
  const odd = [
    '/',
    '/nope',
    '/favicon.ico',
    '//healthz',
    '/healthz/',
    '/HEALTHZ',
    '/healthz%00',
    '/%68ealthz',
    '/./healthz',
    '/x/../healthz',
    '/..%2fhealthz',
    '/healthz;x',
    '/healthz\\',
    '/__proto__',
    '/constructor',
    '/toString',
    'http://localhost/healthz',
    '*',
  ];
  for (const path of odd) {
    it(`is not found: ${path}`, async () => {
      const answer = await rawExchange(gateway.port, get(path));
      expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
      expect(answer).toContain('x-content-type-options: nosniff');
      expect(answer).toMatch(/\r\n\r\nNot Found$/);
    });
  }

  it('is not found for other methods either, so that a route cannot be told from none by its method', async () => {
    for (const method of ['POST', 'DELETE', 'HEAD']) {
      expect((await http(gateway.port, '/nope', { method })).status).toBe(404);
    }
  });
});

describe('bytes that are no request', () => {
  it('leave nothing half open', async () => {
    await untilLetGo(gateway.port, 'nonsense\r\n\r\n');
  });

  it('are answered and the connection ended, though the client would keep it', async () => {
    const head = 'GET / HTTP/1.1\r\nhost: localhost\r\n';
    expect(await rawExchange(gateway.port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rawExchange(gateway.port, '\0\x01\x02\x03\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rawExchange(gateway.port, `${head}content-length: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rawExchange(gateway.port, `${head}x: ${'y'.repeat(70_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(await rawExchange(gateway.port, `GET /${'y'.repeat(70_000)} HTTP/1.1\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

const upgrade = (path: string, headers: string[] = []): string =>
  [
    `GET ${path} HTTP/1.1`,
    'host: localhost',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '',
    '',
  ].join('\r\n');

describe('an upgrade', () => {
  it('is refused on any path but the root and that of the user interface', async () => {
    for (const path of ['/nope', '/healthz', '//', '/../', '/%2e', '/ui']) {
      expect(await rawExchange(gateway.port, upgrade(path))).toMatch(/^HTTP\/1\.1 404 /);
    }
    const config = configWith({ controlUi: { basePath: '/ui/' } });
    await using based = await startTestGateway({ config });
    for (const path of ['/ui', '/ui/', '/', '/?x=1']) {
      const socket = connect({ host: '127.0.0.1', port: based.port });
      socket.write(upgrade(path));
      const [chunk] = await once(socket, 'data');
      expect(String(chunk)).toMatch(/^HTTP\/1\.1 101 /);
      socket.destroy();
    }
  });

  it('that names two hosts is refused, whichever of them a proxy before us may have looked at', async () => {
    const two = upgrade('/', ['host: evil.example']);
    expect(await rawExchange(gateway.port, two)).toMatch(/^HTTP\/1\.1 403 /);
    const plain = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    expect(await rawExchange(gateway.port, plain)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('that is refused leaves no socket behind, though the client would keep it', async () => {
    await untilLetGo(gateway.port, upgrade('/nope'));
    const open = await Promise.all([
      rawExchange(gateway.port, upgrade('/nope')),
      rawExchange(gateway.port, upgrade('/', ['x-forwarded-for: 1.1.1.1'])),
      rawExchange(gateway.port, upgrade('/').replace('localhost', 'evil.example')),
      rawExchange(gateway.port, upgrade('/').replace('version: 13', 'version: 7')),
      rawExchange(gateway.port, upgrade('/').replace('dGhl', '')),
    ]);
    expect(open.map((answer) => answer.slice(9, 12))).toEqual(['404', '403', '403', '400', '400']);
    expect(gateway.gateway.connections()).toBe(0);
  });

  it('accepts no compression', async () => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port });
    socket.write(upgrade('/', ['sec-websocket-extensions: permessage-deflate']));
    const [chunk] = await once(socket, 'data');
    expect(String(chunk)).not.toMatch(/sec-websocket-extensions/i);
    socket.destroy();
  });
});

describe('a socket that does not say who it is', () => {
  it('is closed when its time is over, and not before', async () => {
    await using waiting = await startFakeTimeGateway();
    const peer = await TestPeer.open(waiting.url);
    waiting.clock.advance(14_999);
    expect(peer.socket.readyState).toBe(peer.socket.OPEN);
    waiting.clock.advance(1);
    expect(await peer.closed).toEqual({ code: 1000, reason: '' });
  });

  it('shares its address with at most 63 others, and the next is told to wait', async () => {
    await using proxied = await startTestGateway({ config: configWith({ trustedProxies: ['127.0.0.1'] }) });
    const far = { headers: { 'x-forwarded-for': '198.51.100.7' } };
    const peers = await Promise.all(Array.from({ length: 64 }, () => TestPeer.open(proxied.url, far)));
    await expect(TestPeer.open(proxied.url, far)).rejects.toThrow('HTTP 503');
    const elsewhere = await TestPeer.open(proxied.url, { headers: { 'x-forwarded-for': '198.51.100.8' } });
    const local = await TestPeer.open(proxied.url);
    await peers[0]?.close();
    const again = await TestPeer.open(proxied.url, far);
    await Promise.all([...peers.slice(1), elsewhere, local, again].map((peer) => peer.close()));
  });

  it('shares its IPv6 network with at most 63 others, however many addresses they have', async () => {
    await using proxied = await startTestGateway({ config: configWith({ trustedProxies: ['127.0.0.1'] }) });
    const at = (host: number) => ({ headers: { 'x-forwarded-for': `2001:db8::${host}` } });
    const peers = await Promise.all(
      Array.from({ length: 64 }, (_, host) => TestPeer.open(proxied.url, at(host + 1))),
    );
    await expect(TestPeer.open(proxied.url, at(65))).rejects.toThrow('HTTP 503');
    await Promise.all(peers.map((peer) => peer.close()));
  });

  it('counts until it has closed, though it was refused and only does not answer the close', async () => {
    await using proxied = await startTestGateway({ config: configWith({ trustedProxies: ['127.0.0.1'] }) });
    const lingering = Array.from({ length: 64 }, async () => {
      const socket = connect({ host: '127.0.0.1', port: proxied.port });
      socket.write(upgrade('/', ['x-forwarded-for: 198.51.100.7']));
      const heard: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => heard.push(chunk));
      await once(socket, 'data');
      socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]));
      await expect.poll(() => Buffer.concat(heard).subarray(-4)).toEqual(Buffer.from([0x88, 2, 3, 0xe8]));
      return socket;
    });
    const sockets = await Promise.all(lingering);
    const far = { headers: { 'x-forwarded-for': '198.51.100.7' } };
    await expect(TestPeer.open(proxied.url, far)).rejects.toThrow('HTTP 503');
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => TestPeer.open(proxied.url, far).then((peer) => peer.close())).toBeUndefined();
  });
});
