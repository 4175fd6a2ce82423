import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { freePort } from '../testing/free-port.ts';
import { lacks } from '../testing/programs.ts';
import { startTestSshd, type TestSshd } from '../testing/sshd.ts';
import { startListener } from '../testing/tcp-listener.ts';
import type { PassphraseQuestion } from './key-vault.ts';
import { hostKeyAlgorithms } from './known-hosts.ts';
import { addKnownHost } from './known-hosts-files.ts';
import type { HostKeyQuestion } from './ssh-problem.ts';
import { attempt, surroundingsFor } from './testing/connecting.ts';
import { testSurroundings } from './testing/surroundings.ts';

const startTcp = async (serve: (socket: Socket) => void): Promise<number> =>
  (await startListener(serve)).port;

describe.skipIf(lacks('sshd', 'ssh'))('a connection to a real sshd', () => {
  let sshd: TestSshd;
  let plain: string;
  beforeAll(async () => {
    sshd = await startTestSshd({ hostKeys: ['ed25519', 'rsa'] });
    plain = sshd.makeKey('plain');
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  describe('lets in', () => {
    test.each([
      ['ed25519', 'ed25519'],
      ['rsa', 'rsa 2048'],
      ['ecdsa', 'ecdsa 256'.split(' ')[0] as string],
    ])('a key of kind %s', async (name, kind) => {
      const args = kind.startsWith('rsa') ? 'rsa' : kind;
      const identity = sshd.makeKey(`kind-${name}`, { kind: args });
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity });
      expect(outcome.problem).toBeUndefined();
    });

    test('a key of an older format', async () => {
      const identity = sshd.makeKey('pem', { kind: 'rsa', format: 'PEM' });
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity });
      expect(outcome.problem).toBeUndefined();
    });

    test.each([
      ['rsa', ''],
      ['rsa', 'behind a passphrase'],
      ['ecdsa', ''],
    ])('a key of kind %s in PKCS#8 %s', async (kind, passphrase) => {
      const identity = sshd.makeKey(`pkcs8-${kind}${passphrase.length}`, {
        kind,
        passphrase,
        format: 'PKCS8',
      });
      const answers = ['wrong', passphrase];
      using outcome = await attempt(sshd, surroundingsFor([sshd]), {
        identity,
        ask: async () => answers.shift(),
      });
      expect(outcome.problem).toBeUndefined();
    });

    test('the usual key, though the agent holds more than the host is willing to see', async () => {
      await using strict = await startTestSshd({ config: ['MaxAuthTries 3'] });
      const strangers = [1, 2, 3, 4].map((n) => strict.makeKey(`held-${n}`, { isLetIn: false }));
      const usual = strict.makeKey('usual');
      const env = await startAgent(...strangers, usual);
      const around = surroundingsFor([strict], { env });
      around.write('.ssh/id_ed25519', readFileSync(usual, 'utf8'));
      using outcome = await attempt(strict, around);
      expect(outcome.problem).toBeUndefined();
    });

    test('the key that is looked for when none is named', async () => {
      const around = surroundingsFor([sshd]);
      around.write('.ssh/id_ed25519', '');
      copyFileSync(plain, join(around.home, '.ssh/id_ed25519'));
      using outcome = await attempt(sshd, around);
      expect(outcome.problem).toBeUndefined();
    });

    test('a key behind a passphrase, which is asked for only once the host has accepted the key', async () => {
      const locked = sshd.makeKey('locked', { passphrase: 'correct horse' });
      const stranger = sshd.makeKey('stranger', { passphrase: 'never asked', isLetIn: false });
      const config = `IdentityFile ${stranger}\nIdentityFile ${locked}\n`;
      const around = surroundingsFor([sshd], { files: { '.ssh/config': config } });
      const asked: PassphraseQuestion[] = [];
      const answers = ['wrong', 'correct horse'];
      using outcome = await attempt(sshd, around, {
        ask: async (question) => {
          asked.push(question);
          return answers.shift();
        },
      });
      expect(outcome.problem).toBeUndefined();
      expect(asked).toEqual([
        { path: locked, attempt: 1 },
        { path: locked, attempt: 2 },
      ]);
    });

    test.each(['rsa', 'ed25519'])('a key of kind %s that an agent holds', async (kind) => {
      const file = sshd.makeKey(`agent-${kind}`, { kind });
      const env = await startAgent(file);
      rmSync(file);
      const around = surroundingsFor([sshd], { env });
      using outcome = await attempt(sshd, around);
      expect(outcome.problem).toBeUndefined();
    });

    test('a locked key that an agent holds, without asking for the passphrase', async () => {
      const file = sshd.makeKey('agent-locked', { passphrase: 'x12345' });
      const open = join(sshd.dir, 'agent-opened');
      copyFileSync(file, open);
      execFileSync('ssh-keygen', ['-q', '-p', '-P', 'x12345', '-N', '', '-f', open]);
      const around = surroundingsFor([sshd], { env: await startAgent(open) });
      using outcome = await attempt(sshd, around, { identity: file });
      expect(outcome.problem).toBeUndefined();
    });
  });

  describe('is refused', () => {
    test('for a key that the host does not know, and says what was shown and what would be taken', async () => {
      const identity = sshd.makeKey('unknown', { isLetIn: false });
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity });
      expect(outcome.problem).toMatchObject({
        code: 'SSH_AUTH_FAILED',
        values: { user: sshd.user, methods: 'publickey', keys: identity },
      });
    });

    test('for want of more than the key that it took', async () => {
      const config = ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'];
      await using strict = await startTestSshd({ config });
      const identity = strict.makeKey('first-factor');
      using outcome = await attempt(strict, surroundingsFor([strict]), { identity });
      expect(outcome.problem).toMatchObject({
        code: 'SSH_SECOND_FACTOR',
        values: { key: identity, user: strict.user },
      });
    });

    test('without any key', async () => {
      using outcome = await attempt(sshd, surroundingsFor([sshd]));
      expect(outcome.problem).toMatchObject({ code: 'SSH_NO_KEY', values: { methods: 'publickey' } });
    });

    test.each([
      ['three wrong passphrases', ['a', '', 'c'], 'SSH_PASSPHRASE_WRONG'],
      ['nobody to ask', [], 'SSH_PASSPHRASE_NEEDED'],
    ])('after %s', async (_, answers, code) => {
      const path = sshd.makeKey(`closed-${code}`, { passphrase: 'secret phrase' });
      using outcome = await attempt(sshd, surroundingsFor([sshd]), {
        identity: path,
        ask: async () => answers.shift(),
      });
      expect(outcome.problem).toMatchObject({ code, values: { path } });
    });

    test('with none of the usual keys, when the configuration wants none', async () => {
      const around = surroundingsFor([sshd], {
        files: { '.ssh/config': 'IdentityFile none\n', '.ssh/id_ed25519': readFileSync(plain, 'utf8') },
      });
      using outcome = await attempt(sshd, around);
      expect(outcome.problem?.code).toBe('SSH_NO_KEY');
    });

    test('for a key that others can read', async () => {
      const identity = sshd.makeKey('open');
      chmodSync(identity, 0o644);
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity });
      expect(outcome.problem).toMatchObject({ code: 'SSH_KEY_UNSAFE', values: { path: identity } });
    });

    test('for a public key whose private half is nowhere; one beside it is used', async () => {
      const lonely = join(sshd.dir, 'lonely.pub');
      copyFileSync(`${plain}.pub`, lonely);
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity: lonely });
      const path = join(sshd.dir, 'lonely');
      expect(outcome.problem).toMatchObject({ code: 'SSH_KEY_MISSING', values: { path } });
      using beside = await attempt(sshd, surroundingsFor([sshd]), { identity: `${plain}.pub` });
      expect(beside.problem).toBeUndefined();
    });

    test('for a pipe in the place of a key, which nobody waits for', async () => {
      const pipe = join(sshd.dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity: pipe });
      expect(outcome.problem).toMatchObject({ code: 'SSH_KEY_UNUSABLE', values: { reason: 'not a file' } });
    });

    test('for a key that is missing, and one that is no key', async () => {
      const around = surroundingsFor([sshd]);
      const identity = around.write('no-key', 'hello');
      using missing = await attempt(sshd, around, { identity: `${around.home}/missing` });
      using broken = await attempt(sshd, around, { identity });
      expect(missing.problem).toMatchObject({ code: 'SSH_KEY_MISSING' });
      expect(broken.problem).toMatchObject({ code: 'SSH_KEY_UNUSABLE' });
    });

    test('after more keys than the host is willing to see', async () => {
      await using strict = await startTestSshd({ config: ['MaxAuthTries 2'] });
      const keys = [1, 2, 3, 4].map((n) => strict.makeKey(`many-${n}`, { isLetIn: false }));
      const config = keys.map((key) => `IdentityFile ${key}`).join('\n');
      const around = surroundingsFor([strict], { files: { '.ssh/config': config } });
      using outcome = await attempt(strict, around);
      expect(outcome.problem).toMatchObject({ code: 'SSH_AUTH_TOO_MANY' });
    });
  });

  test('keys that cannot be used are passed over with a note, and the next is taken', async () => {
    const open = sshd.makeKey('noted-open');
    chmodSync(open, 0o640);
    writeFileSync(`${plain}-cert.pub`, 'ssh-ed25519-cert-v01@openssh.com AAAA');
    onTestFinished(() => rmSync(`${plain}-cert.pub`));
    const config = `IdentityFile ~/missing\nIdentityFile ${open}\nIdentityFile ${plain}\nIdentityAgent ~/missing.sock\n`;
    const around = surroundingsFor([sshd], { files: { '.ssh/config': config } });
    using outcome = await attempt(sshd, around);
    expect(outcome.problem).toBeUndefined();
    const found = outcome.notes.map(({ note }) => note).sort();
    expect(found).toEqual(['agent-silent', 'certificate-ignored', 'key-missing', 'key-unsafe']);
  });

  test('an agent that never answers is done without', async () => {
    const path = join(sshd.dir, 'mute-agent.sock');
    const held = new Set<Socket>();
    const mute = createServer((socket) => held.add(socket)).listen(path);
    await once(mute, 'listening');
    const clock = new FakeClock();
    const around = { ...surroundingsFor([sshd], { env: { SSH_AUTH_SOCK: path } }), clock };
    const attempted = attempt(sshd, around, { identity: plain });
    await expect.poll(() => held.size).toBe(1);
    clock.advance(5_000);
    using outcome = await attempted;
    expect(outcome.problem).toBeUndefined();
    expect(outcome.notes).toContainEqual({ note: 'agent-silent', values: { address: path } });
    for (const socket of held) socket.destroy();
    mute.close();
  });

  test('an agent that never answers does not hold up who gives up', async () => {
    const path = join(sshd.dir, 'mute-agent-2.sock');
    const giveUp = new AbortController();
    const mute = createServer((socket) => {
      socket.on('error', () => {});
      onTestFinished(() => void socket.destroy());
      giveUp.abort();
    }).listen(path);
    onTestFinished(() => void mute.close());
    await once(mute, 'listening');
    const around = { ...surroundingsFor([sshd], { env: { SSH_AUTH_SOCK: path } }), clock: new FakeClock() };
    const outcome = await attempt(sshd, around, { identity: plain, signal: giveUp.signal });
    expect(outcome.problem).toMatchObject({ code: 'SSH_LOST', values: { reason: 'aborted' } });
    expect(outcome.notes).toEqual([]);
  });

  describe('the key of the host', () => {
    const ask = (around: ReturnType<typeof surroundingsFor>) => attempt(sshd, around, { identity: plain });

    test('is shown to a person when nobody knows it, and is known once it was vouched for', async () => {
      const around = surroundingsFor([]);
      using first = await ask(around);
      const question = first.problem?.hostKey as HostKeyQuestion;
      expect(first.problem).toMatchObject({ code: 'HOST_KEY_UNKNOWN', who: 'user' });
      const [bits, fingerprint] = execFileSync('ssh-keygen', ['-lf', join(sshd.dir, 'host_ed25519.pub')], {
        encoding: 'utf8',
      }).split(' ');
      expect(question).toMatchObject({
        type: 'ssh-ed25519',
        fingerprint,
        host: '127.0.0.1',
        port: sshd.port,
      });
      expect(question.randomart[0]).toContain(`[ED25519 ${bits}]`);
      await addKnownHost(around.ownKnownHosts, question);
      using second = await ask(around);
      expect(second.problem).toBeUndefined();
    });

    test('stops everything when it has changed, and old and new are named', async () => {
      const other = `[127.0.0.1]:${sshd.port} ${sshd.hostKey('rsa')}\n`;
      await using elsewhere = await startTestSshd();
      const wrong = `# note\n[127.0.0.1]:${sshd.port} ${elsewhere.hostKey()}\n`;
      const around = surroundingsFor([], { files: { '.ssh/known_hosts': wrong } });
      using outcome = await ask(around);
      expect(outcome.problem).toMatchObject({
        code: 'HOST_KEY_CHANGED',
        hostKey: { known: [{ file: join(around.home, '.ssh/known_hosts'), line: 2 }] },
      });
      expect(other).toContain('ssh-rsa');
    });

    test('is no surprise when the host is known by a key of another kind', async () => {
      const around = surroundingsFor([], { files: { '.ssh/known_hosts': sshd.knownHosts('rsa') } });
      using outcome = await ask(around);
      expect(outcome.problem).toBeUndefined();
      expect(hostKeyAlgorithms([], { host: 'x', port: 1 })[0]).toBe('ssh-ed25519');
    });

    test('is refused when it was revoked, though it also stands there as known', async () => {
      const revoked = `@revoked * ${sshd.hostKey()}\n`;
      const around = surroundingsFor([sshd], { files: { 'etc-ssh/ssh_known_hosts': revoked } });
      using outcome = await ask(around);
      expect(outcome.problem).toMatchObject({ code: 'HOST_KEY_REVOKED' });
    });

    test('is found under the name that the configuration gives the host, whatever its port', async () => {
      const config = 'Host *\n HostKeyAlias box\n';
      const around = testSurroundings({
        '.ssh/known_hosts': `box ${sshd.hostKey()}\n`,
        '.ssh/config': config,
      });
      using outcome = await attempt(sshd, around, { identity: plain });
      expect(outcome.problem).toBeUndefined();
      using stranger = await attempt(sshd, testSurroundings({ '.ssh/config': config }), { identity: plain });
      expect(stranger.problem).toMatchObject({
        code: 'HOST_KEY_UNKNOWN',
        values: { host: '127.0.0.1', port: sshd.port },
        hostKey: { host: 'box', port: 22 },
      });
    });

    test('is found under a hashed name', async () => {
      const around = surroundingsFor([sshd]);
      const file = join(around.home, '.ssh/known_hosts');
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      using outcome = await ask(around);
      expect(outcome.problem).toBeUndefined();
    });

    test('is not vouched for by whoever signs keys', async () => {
      const known = `@cert-authority * ${sshd.hostKey()}\n`;
      using outcome = await ask(surroundingsFor([], { files: { '.ssh/known_hosts': known } }));
      expect(outcome.problem).toMatchObject({
        code: 'HOST_KEY_UNKNOWN',
        hostKey: { authorities: [{ line: 1 }] },
      });
    });
  });

  describe('through another host', () => {
    test('reaches the one behind it, and both have to be known', async () => {
      await using jump = await startTestSshd();
      const jumpKey = jump.makeKey('jump');
      const config = `Host far\n HostName 127.0.0.1\n Port ${sshd.port}\n IdentityFile ${plain}\n ProxyJump near\nHost near\n HostName 127.0.0.1\n Port ${jump.port}\n IdentityFile ${jumpKey}\n`;
      const target = { user: sshd.user, host: 'far' };
      const around = surroundingsFor([sshd, jump], { files: { '.ssh/config': config } });
      using outcome = await attempt(sshd, around, { target });
      expect(outcome.problem).toBeUndefined();
      expect(jump.log()).toMatch(/Accepted publickey/);
      const forgetful = surroundingsFor([sshd], { files: { '.ssh/config': config } });
      using refused = await attempt(sshd, forgetful, { target });
      expect(refused.problem).toMatchObject({ code: 'HOST_KEY_UNKNOWN', values: { port: jump.port } });
    });

    test.each(['127.0.0.1', 'nowhere.invalid'])(
      'that gets no connection to %s says so, and speaks of no gateway',
      async (name) => {
        const port = await freePort();
        const config = `Host far\n HostName ${name}\n Port ${port}\n ProxyJump near\nHost near\n HostName 127.0.0.1\n Port ${sshd.port}\n User ${sshd.user}\n IdentityFile ${plain}\n`;
        const around = surroundingsFor([sshd], { files: { '.ssh/config': config } });
        using outcome = await attempt(sshd, around, { target: { host: 'far' } });
        expect(outcome.problem).toMatchObject({
          code: 'SSH_JUMP_REFUSED',
          values: { host: name, port, alias: 'far', jump: 'near' },
        });
      },
    );

    test('that leads back to itself ends with a problem', async () => {
      const config = 'Host a\n ProxyJump b\nHost b\n ProxyJump a\n';
      const around = surroundingsFor([], { files: { '.ssh/config': config } });
      using outcome = await attempt(sshd, around, { target: { host: 'a' } });
      expect(outcome.problem).toMatchObject({ code: 'SSH_JUMP_LOOP' });
    });
  });

  describe('opens streams', () => {
    test('to a port of the far loopback address, and to a socket', async () => {
      const port = await startTcp((socket) => socket.end('hello'));
      const path = join(sshd.dir, 'greeter.sock');
      const server = createServer((socket) => socket.end('hello')).listen(path);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity: plain });
      for (const end of [{ port }, { path }]) {
        const stream = await outcome.connection?.openStream(end);
        expect(String(await buffer(stream as NodeJS.ReadableStream))).toBe('hello');
      }
    });

    test('but not to a port where nobody listens', async () => {
      using outcome = await attempt(sshd, surroundingsFor([sshd]), { identity: plain });
      const port = await freePort();
      await expect(outcome.connection?.openStream({ port })).rejects.toMatchObject({
        problem: { code: 'REMOTE_PORT_CLOSED', isTransient: true, values: { place: `127.0.0.1:${port}` } },
      });
    });

    test('but not where the host forbids it', async () => {
      await using strict = await startTestSshd({ config: ['AllowTcpForwarding no'] });
      const identity = strict.makeKey('key');
      using outcome = await attempt(strict, surroundingsFor([strict]), { identity });
      await expect(outcome.connection?.openStream({ port: 1 })).rejects.toMatchObject({
        problem: { code: 'FORWARDING_FORBIDDEN', who: 'host' },
      });
    });

    test('however few sessions the host allows, because it needs none', async () => {
      await using strict = await startTestSshd({ config: ['MaxSessions 0'] });
      const port = await startTcp((socket) => socket.end('hello'));
      const identity = strict.makeKey('key');
      using outcome = await attempt(strict, surroundingsFor([strict]), { identity });
      const streams = await Promise.all([1, 2, 3].map(() => outcome.connection?.openStream({ port })));
      const heard = await Promise.all(streams.map((stream) => buffer(stream as NodeJS.ReadableStream)));
      expect(heard.map(String)).toEqual(['hello', 'hello', 'hello']);
    });
  });

  test('tells when it is over, and opens nothing more', async () => {
    await using mortal = await startTestSshd();
    const identity = mortal.makeKey('key');
    using outcome = await attempt(mortal, surroundingsFor([mortal]), { identity });
    await mortal.kill();
    expect(await outcome.connection?.ended).toMatchObject({ code: 'SSH_LOST', isTransient: true });
    await expect(outcome.connection?.openStream({ port: 1 })).rejects.toMatchObject({
      problem: { code: 'SSH_LOST' },
    });
  });
});

describe('a place where no sshd answers', () => {
  const at = (port: number, host = '127.0.0.1') =>
    attempt({ port, user: 'ann' }, surroundingsFor([]), {
      target: { user: 'ann', host, port },
      timeoutMs: 300,
    });

  test('a port where nobody listens', async () => {
    using outcome = await at(await freePort());
    expect(outcome.problem).toMatchObject({ code: 'SSH_REFUSED', values: { reason: 'ECONNREFUSED' } });
  });

  test('a name that does not exist', async () => {
    using outcome = await at(22, 'no-such-host.invalid');
    expect(outcome.problem).toMatchObject({ code: 'SSH_DNS', values: { host: 'no-such-host.invalid' } });
  });

  test('a listener that never says a word', async () => {
    using outcome = await at(await startTcp(() => {}));
    expect(outcome.problem).toMatchObject({ code: 'SSH_TIMEOUT', isTransient: true });
  });

  test('a web server', async () => {
    const port = await startTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    using outcome = await at(port);
    const values = { port, reason: 'HTTP/1.1 400 Bad Request' };
    expect(outcome.problem).toMatchObject({ code: 'SSH_NOT_SSH', isTransient: false, values });
  });

  test('an sshd that is too busy to say that it is one', async () => {
    using outcome = await at(await startTcp((socket) => socket.end('Exceeded MaxStartups\r\n')));
    expect(outcome.problem).toMatchObject({ code: 'SSH_LOST', isTransient: true });
  });

  test('one that ends the connection after its version line', async () => {
    const lines = 'Welcome.\r\nSSH-2.0-test\r\n';
    using outcome = await at(await startTcp((socket) => socket.once('data', () => socket.end(lines))));
    expect(outcome.problem).toMatchObject({ code: 'SSH_LOST', isTransient: true });
  });

  test('one that hangs up', async () => {
    using outcome = await at(await startTcp((socket) => socket.destroy()));
    expect(outcome.problem).toMatchObject({ code: 'SSH_LOST' });
  });

  test('one that floods with a greeting full of control characters', async () => {
    const port = await startTcp((socket) => socket.write('\u001b[31m\u0007evil\r\n'.repeat(5000)));
    using outcome = await at(port);
    expect(outcome.problem?.code).toBe('SSH_NOT_SSH');
  });

  test('an attempt that is given up', async () => {
    const giveUp = new AbortController();
    const port = await startTcp(() => giveUp.abort());
    const outcome = await attempt({ port, user: 'ann' }, surroundingsFor([]), { signal: giveUp.signal });
    expect(outcome.problem).toMatchObject({ code: 'SSH_LOST', values: { reason: 'aborted' } });
  });
});

/** An agent that holds this key; the environment that leads to it. */
async function startAgent(...files: string[]): Promise<NodeJS.ProcessEnv> {
  const socket = `${files[0]}.agent`;
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void agent.kill());
  await once(agent.stdout, 'data');
  const env = { SSH_AUTH_SOCK: socket };
  execFileSync('ssh-add', ['-q', ...files], { env: { ...process.env, ...env } });
  return env;
}
