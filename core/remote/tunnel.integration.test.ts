import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../client/connect.ts';
import { systemClock } from '../lib/clock.ts';
import { surroundingsFor } from '../ssh/testing/connecting.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { freePort } from '../testing/free-port.ts';
import { lacks } from '../testing/programs.ts';
import { startTestSshd, type TestSshd } from '../testing/sshd.ts';
import { startListener } from '../testing/tcp-listener.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { prepareTls } from '../tls/own-certificate.ts';
import { type TlsFiles, tlsFilesOf } from '../tls/tls-files.ts';
import { converse, tunnelTo } from './testing/tunnels.ts';

const CLIENT = { id: 'cli', version: '1', platform: 'linux', mode: 'cli' } as const;

/** One RPC on a connection of its own. */
async function health(url: string): Promise<unknown> {
  const connection = await connect({
    url,
    auth: { token: 'test-token' },
    client: CLIENT,
    clock: systemClock,
  });
  try {
    return await connection.call('health');
  } finally {
    await connection.close();
  }
}

const openSockets = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return statSync(`/proc/self/fd/${fd}`).isSocket();
    } catch {
      return false;
    }
  }).length;

describe.skipIf(lacks('sshd', 'ssh'))('a tunnel to a gateway behind a real sshd', () => {
  let gateway: TestGateway;
  let sshd: TestSshd;
  let identity: string;
  beforeAll(async () => {
    [gateway, sshd] = await Promise.all([startTestGateway(), startTestSshd()]);
    identity = sshd.makeKey('key');
  });
  afterAll(async () => {
    await gateway.close();
    await sshd[Symbol.asyncDispose]();
  });

  const open = (
    options: Parameters<typeof tunnelTo>[2] = {},
    around = surroundingsFor([sshd]),
    server: TestSshd = sshd,
  ) => tunnelTo(server, around, { identity, remote: { port: gateway.port }, ...options });

  test('carries RPCs, and listens on the loopback address only', async () => {
    const { tunnel, states } = await open();
    expect(await health(tunnel.url)).toMatchObject({ ok: true });
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    const listeners = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
    const hex = tunnel.port.toString(16).toUpperCase().padStart(4, '0');
    const rows = listeners.split('\n').filter((row) => row.includes(`:${hex} `) && / 0A /.test(row));
    expect(rows.map((row) => row.trim().split(/\s+/)[1])).toEqual([`0100007F:${hex}`]);
  });

  test('asks about host and gateway once, and remembers both where nobody else can read', async () => {
    const around = surroundingsFor([]);
    const first = await open({}, around);
    expect(first.questions.map(({ about }) => about)).toEqual(['host-key', 'gateway']);
    const second = await open({}, around);
    expect(second.questions).toEqual([]);
    expect(second.tunnel.gatewayId).toBe(first.tunnel.gatewayId);
    for (const file of ['known_hosts', 'remotes.json']) {
      expect(statSync(join(around.home, 'tray', file)).mode & 0o777).toBe(0o600);
    }
  });

  test('is not opened when nobody vouches for host or gateway', async () => {
    const stranger = await open({ consent: async () => false }, surroundingsFor([]));
    expect(stranger.problem).toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    const noGateway = await open({ consent: async () => false });
    expect(noGateway.problem).toMatchObject({ code: 'GATEWAY_UNKNOWN', values: { pinned: '-' } });
  });

  test('is not opened to another gateway than the one that was vouched for', async () => {
    const around = surroundingsFor([sshd]);
    const { tunnel } = await open({}, around);
    const file = join(around.home, 'tray', 'remotes.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(tunnel.gatewayId as string, 'f'.repeat(64)));
    const { problem } = await open({ consent: async () => false }, around);
    expect(problem).toMatchObject({ code: 'GATEWAY_CHANGED', values: { pinned: 'f'.repeat(64) } });
    expect((await open({}, around)).questions).toMatchObject([{ about: 'gateway', pinned: 'f'.repeat(64) }]);
  });

  test('does not forget whom it knew when the file is damaged', async () => {
    const around = surroundingsFor([sshd]);
    around.write('tray/remotes.json', '{"version":1,');
    await expect(open({}, around)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });

  describe('a stranger in the place of the gateway', () => {
    /** Passes on whatever it hears to the real gateway, as somebody in between would. */
    const startRelay = () =>
      startListener((socket) => {
        const upstream = connectTcp({ host: '127.0.0.1', port: gateway.port });
        upstream.on('error', () => {});
        socket.pipe(upstream).pipe(socket);
      });

    test('that asks the real one for the proof is found out by its port', async () => {
      const relay = await startRelay();
      const { problem } = await open({ remote: { port: relay.port } });
      expect(problem).toMatchObject({
        code: 'GATEWAY_PROOF_INVALID',
        values: { reason: `port ${gateway.port}` },
      });
    });

    test('that comes later ends the tunnel, and hears nothing but the question', async () => {
      const heard: string[] = [];
      let isStranger = false;
      await using mortal = await startTestGateway();
      const listener = await startListener((socket) => {
        if (!isStranger) {
          const upstream = connectTcp({ host: '127.0.0.1', port: mortal.port });
          socket.pipe(upstream).pipe(socket);
          return;
        }
        socket.on('data', (chunk) => {
          heard.push(String(chunk));
          socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
        });
      });
      const path = join(sshd.dir, `front-${listener.port}.sock`);
      const front = createServer((socket) => {
        const upstream = connectTcp({ host: '127.0.0.1', port: listener.port });
        upstream.on('error', () => {});
        socket.on('error', () => {});
        socket.pipe(upstream).pipe(socket);
      }).listen(path);
      const { tunnel, reaches } = await open({ remote: { path } });
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      isStranger = true;
      const said = await converse(tunnel.port, 'GET / HTTP/1.1\r\nauthorization: Bearer secret\r\n\r\n');
      await reaches('failed');
      expect(tunnel.state).toMatchObject({ problem: { code: 'GATEWAY_CHANGED' } });
      expect(said).toBe('');
      expect(heard.join('')).toMatch(/^GET \/identity\?nonce=/);
      expect(heard.join('')).not.toContain('secret');
      front.close();
    });

    test.each([
      [
        'a web server that knows no such page',
        'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
        'HTTP 404',
      ],
      [
        'a web server that says yes to everything',
        'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
        'HTTP 200',
      ],
      ['no web server', 'SSH-2.0-x\r\n', 'not HTTP'],
      ['an endless answer', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`, 'not HTTP'],
    ])('that is %s is trusted only by explicit consent', async (_, answer, reason) => {
      const listener = await startListener((socket) => socket.once('data', () => socket.write(answer)));
      const remote = { port: listener.port };
      expect((await open({ remote, consent: async () => false })).problem).toMatchObject({
        code: 'GATEWAY_UNPROVEN',
        values: { reason },
      });
      const { tunnel, questions } = await open({ remote });
      expect(questions).toMatchObject([{ about: 'unproven-gateway', reason, pinned: undefined }]);
      expect(tunnel.gatewayId).toBeUndefined();
    });

    test('that claims to be it without its key is refused', async () => {
      const known = await open();
      const body = JSON.stringify({
        ok: true,
        gatewayId: known.tunnel.gatewayId,
        publicKey: 'A'.repeat(43),
        port: 1,
        signature: 'A'.repeat(86),
      });
      const listener = await startListener((socket) =>
        socket.once('data', () =>
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
        ),
      );
      const { problem } = await open({ remote: { port: listener.port } });
      expect(problem).toMatchObject({ code: 'GATEWAY_PROOF_INVALID', values: { reason: 'key' } });
    });

    test('that says nothing is not waited for by who gives up', async () => {
      const giveUp = new AbortController();
      const listener = await startListener((socket) => socket.once('data', () => giveUp.abort()));
      const around = { ...surroundingsFor([sshd]), clock: new FakeClock() };
      const remote = { port: listener.port };
      const { problem, states } = await open({ remote, signal: giveUp.signal }, around);
      expect(problem).toMatchObject({ code: 'SSH_LOST' });
      expect(states.at(-1)).toEqual({ state: 'closed' });
    });

    test('that hangs up is silent', async () => {
      const listener = await startListener((socket) => socket.destroy());
      const { problem } = await open({ remote: { port: listener.port } });
      expect(problem).toMatchObject({ code: 'GATEWAY_SILENT', isTransient: true });
    });
  });

  describe('to a gateway that speaks TLS', () => {
    const certificate = async () => {
      const dir = mkdtempSync(join(sshd.dir, 'tls-'));
      const files = tlsFilesOf({ gateway: { tls: { enabled: true } } }, { home: dir, trayDir: dir });
      const { check } = await prepareTls(files as TlsFiles, ['localhost'], Date.now());
      if (!check.ok) throw new Error(check.problem.code);
      return check.identity;
    };

    test('has it prove its identity and its certificate, and carries RPCs', async () => {
      await using secure = await startTestGateway({ tls: await certificate() });
      const { tunnel, questions } = await open({ remote: { port: secure.port } });
      expect(questions).toMatchObject([{ about: 'gateway', gatewayId: tunnel.gatewayId }]);
      expect(tunnel.url).toBe(`ws://127.0.0.1:${tunnel.port}`);
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      secure.gateway.setTls(await certificate());
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
    });

    test('finds out who ends its encryption on the way, and says nothing to him', async () => {
      const own = await certificate();
      await using secure = await startTestGateway({ tls: own });
      const theirs = await certificate();
      const heard: string[] = [];
      const relay = createTlsServer({ cert: theirs.cert, key: theirs.key }, (socket) => {
        const upstream = connectTls({ port: secure.port, host: '127.0.0.1', rejectUnauthorized: false });
        socket.on('data', (chunk) => heard.push(String(chunk)));
        for (const one of [socket, upstream]) one.on('error', () => {});
        socket.pipe(upstream).pipe(socket);
      }).listen(join(sshd.dir, 'tls-front.sock'));
      const { problem } = await open({ remote: { path: join(sshd.dir, 'tls-front.sock') } });
      expect(problem).toMatchObject({ code: 'GATEWAY_PROOF_INVALID', values: { reason: 'certificate' } });
      expect(heard.join('')).toMatch(
        /^GET \/identity\?nonce=[^\r]+\r\nHost: [^\r]+\r\nAccept: [^\r]+\r\n\r\n$/,
      );
      relay.close();
    });

    test('ends with nothing said when somebody else takes its place', async () => {
      const secure = await startTestGateway({ tls: await certificate() });
      const { port } = secure;
      const { tunnel, reaches } = await open({ remote: { port } });
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      await secure.close();
      const theirs = await certificate();
      const heard: string[] = [];
      const stranger = createTlsServer({ cert: theirs.cert, key: theirs.key }, (socket) => {
        socket.on('error', () => {});
        socket.on('data', (chunk) => {
          heard.push(String(chunk));
          socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
        });
      });
      await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
      const said = await converse(tunnel.port, 'GET / HTTP/1.1\r\nauthorization: Bearer secret\r\n\r\n');
      await reaches('failed');
      expect(tunnel.state).toMatchObject({ problem: { code: 'GATEWAY_CHANGED' } });
      expect(said).toBe('');
      expect(heard.join('')).toContain('GET /identity?nonce=');
      expect(heard.join('')).not.toContain('secret');
      stranger.close();
    });

    test('goes on with one that was started again without TLS', async () => {
      const listener = { port: 0 };
      await using secure = await startTestGateway({ tls: await certificate() });
      await using plain = await startTestGateway({ identityOf: secure });
      listener.port = secure.port;
      const path = join(sshd.dir, 'tongue.sock');
      const front = createServer((socket) => {
        const upstream = connectTcp({ host: '127.0.0.1', port: listener.port });
        for (const one of [socket, upstream]) one.on('error', () => {});
        socket.pipe(upstream).pipe(socket);
      }).listen(path);
      const { tunnel } = await open({ remote: { path } });
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      listener.port = plain.port;
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
      front.close();
    });
  });

  test('says who holds the port that was asked for', async () => {
    const listener = await startListener(() => {});
    const { problem } = await open({ localPort: listener.port });
    expect(problem).toMatchObject({
      code: 'LOCAL_PORT_TAKEN',
      values: { port: listener.port, holder: expect.stringContaining(`pid ${process.pid}`) },
    });
  });

  test.each(['-oProxyCommand=touch x', 'a b@c', ''])('is not even tried for %j', async (target) => {
    const { problem } = await open({ target });
    expect(problem).toMatchObject({ code: 'SSH_TARGET_INVALID' });
  });

  test('serves what it can after a client that only knocked, and leaves no socket behind', async () => {
    const before = openSockets();
    const { tunnel } = await open();
    const knocks = await Promise.all(
      Array.from(
        { length: 20 },
        () =>
          new Promise<ReturnType<typeof connectTcp>>((resolve) => {
            const socket = connectTcp({ host: '127.0.0.1', port: tunnel.port }, () => resolve(socket));
          }),
      ),
    );
    expect(await health(tunnel.url)).toMatchObject({ ok: true });
    for (const knock of knocks) knock.destroy();
    await tunnel.close();
    await expect.poll(openSockets).toBe(before);
    expect(tunnel.state).toEqual({ state: 'closed' });
  });

  test('carries far more than fits into any buffer, through a slow line as well', async () => {
    const size = 8_000_000;
    const listener = await startListener((socket) =>
      socket.on('data', (chunk) => {
        const isProof = String(chunk).includes('/identity');
        if (isProof) socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
        else {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\nconnection: close\r\n\r\n`);
          socket.end(Buffer.alloc(size, 'x'));
        }
      }),
    );
    // Hands on at most 64 kB a turn, in both directions.
    const slow = await startListener((socket) => {
      const upstream = connectTcp({ host: '127.0.0.1', port: sshd.port });
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        from.on('data', (chunk: Buffer) => {
          from.pause();
          to.write(chunk);
          setImmediate(() => from.resume());
        });
      }
    });
    const known = `[127.0.0.1]:${slow.port} ${sshd.hostKey()}\n`;
    const around = surroundingsFor([], { files: { '.ssh/known_hosts': known } });
    const { tunnel } = await tunnelTo({ ...sshd, port: slow.port }, around, {
      identity,
      remote: { port: listener.port },
    });
    const length = await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: tunnel.port, agent: false }, (response) => {
        let sum = 0;
        response.on('data', (chunk: Buffer) => {
          sum += chunk.length;
        });
        response.on('end', () => resolve(sum));
      }).on('error', reject);
    });
    expect(length).toBe(size);
  });

  test('is opened although the host hangs up on who thinks about a passphrase', async () => {
    await using impatient = await startTestSshd({ config: ['LoginGraceTime 1'] });
    const locked = impatient.makeKey('locked', { passphrase: 'secret' });
    let isAsked = 0;
    const { tunnel, problem } = await open(
      {
        identity: locked,
        askPassphrase: async () => {
          isAsked += 1;
          await expect.poll(() => impatient.sessions().length, { timeout: 10_000 }).toBe(0);
          return 'secret';
        },
      },
      surroundingsFor([impatient]),
      impatient,
    );
    expect(problem).toBeUndefined();
    expect(isAsked).toBe(1);
    expect(await health(tunnel.url)).toMatchObject({ ok: true });
  });
});

describe.skipIf(lacks('sshd', 'ssh'))('a tunnel whose host comes and goes', () => {
  const setUp = async (clock = systemClock as typeof systemClock | FakeClock) => {
    const gateway = await startTestGateway();
    const sshd = await startTestSshd();
    const identity = sshd.makeKey('key');
    const around = { ...surroundingsFor([sshd]), clock };
    const opened = await tunnelTo(sshd, around, { identity, remote: { port: gateway.port } });
    const close = async (): Promise<void> => {
      await opened.tunnel.close();
      await gateway.close();
      await sshd[Symbol.asyncDispose]();
    };
    return { gateway, sshd, around, ...opened, [Symbol.asyncDispose]: close };
  };

  test('answers RPCs again after each of fifty deaths, at the same port and without a socket more', {
    timeout: 120_000,
  }, async () => {
    await using parts = await setUp();
    const { sshd, tunnel, reaches, states } = parts;
    const { port } = tunnel;
    await health(tunnel.url);
    const before = openSockets();
    for (let round = 0; round < 50; round += 1) {
      await sshd.kill();
      await reaches('reconnecting');
      await sshd.start();
      expect(await health(tunnel.url)).toMatchObject({ ok: true });
    }
    expect(tunnel.port).toBe(port);
    expect(states.filter(({ state }) => state === 'connected')).toHaveLength(51);
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });

  test('ends its streams in the middle of a word, and says so', async () => {
    await using parts = await setUp();
    const { sshd, tunnel, reaches } = parts;
    const connection = await connect({
      url: tunnel.url,
      auth: { token: 'test-token' },
      client: CLIENT,
      clock: systemClock,
    });
    await sshd.kill();
    await connection.closed;
    await reaches('reconnecting');
    expect(tunnel.state).toMatchObject({ attempt: expect.any(Number), problem: { isTransient: true } });
  });

  test('stops for good when the host comes back with another key', async () => {
    await using parts = await setUp();
    const { sshd, tunnel, reaches } = parts;
    await sshd.kill();
    sshd.changeHostKey();
    await sshd.start();
    await reaches('failed');
    expect(tunnel.state).toMatchObject({ problem: { code: 'HOST_KEY_CHANGED' } });
    expect(await converse(tunnel.port, 'hello')).toBe('');
  });

  test('waits for a gateway that is started again after its host', async () => {
    await using parts = await setUp();
    const { gateway, sshd, tunnel, reaches } = parts;
    await gateway.close();
    await sshd.kill();
    await sshd.start();
    await expect.poll(() => tunnel.state).toMatchObject({ problem: { code: 'REMOTE_PORT_CLOSED' } });
    await reaches('reconnecting');
  });

  test('looks after its line when the clock has jumped, as it does after sleep', async () => {
    const clock = new FakeClock();
    await using parts = await setUp(clock);
    const { sshd, tunnel, reaches } = parts;
    // Frozen, not ended: the line looks well from here, and nobody will ever answer.
    const frozen = [...sshd.sessions()];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    clock.advance(2_000);
    const sleep = clock.now;
    clock.now = () => sleep.call(clock) + 3_600_000;
    clock.advance(2_000);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_000);
    await reaches('reconnecting');
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    expect(tunnel.state.state).toBe('reconnecting');
  });

  test('is closed while nobody answers, and leaves nothing running', async () => {
    await using parts = await setUp();
    await parts.sshd.kill();
    await parts.reaches('reconnecting');
    await parts.tunnel.close();
    expect(parts.tunnel.state).toEqual({ state: 'closed' });
    expect(await freePort()).toBeGreaterThan(0);
  });
});
