import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface TestSshdOptions {
  /** Further lines of sshd_config; the first value of a keyword counts. */
  config?: readonly string[];
  /** Kinds of host key; ed25519 unless given. */
  hostKeys?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
}

export interface TestSshd {
  port: number;
  /** Who is let in. */
  user: string;
  dir: string;
  /** Creates a key pair; it is let in unless told. Returns the path of the private half. */
  makeKey(
    name: string,
    options?: { kind?: string; passphrase?: string; isLetIn?: boolean; format?: string },
  ): string;
  /** Takes another host key of the same kind. */
  changeHostKey(): void;
  /** Public host key as `type base64`. */
  hostKey(kind?: string): string;
  /** A line for known_hosts. */
  knownHosts(kind?: string): string;
  /** Ends the listener and every session at once, as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ids of the processes that serve sessions. */
  sessions(): number[];
  log(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real OpenSSH server on a free port of the loopback address, with keys of its own. */
export async function startTestSshd(options: TestSshdOptions = {}): Promise<TestSshd> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-sshd-'));
  const port = await freePort();
  const kinds = options.hostKeys ?? ['ed25519'];
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  for (const kind of kinds) keygen(join(dir, `host_${kind}`), kind);
  writeFileSync(join(dir, 'authorized'), '', { mode: 0o600 });
  writeFileSync(join(dir, 'config'), configText(dir, port, kinds, options.config ?? []));
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = spawn('/usr/sbin/sshd', ['-D', '-f', join(dir, 'config'), '-E', join(dir, 'log')], {
      stdio: 'ignore',
    });
    const gone = once(child, 'exit').then(() => {
      throw new Error(`sshd ended: ${readFileSync(join(dir, 'log'), 'utf8')}`);
    });
    gone.catch(() => {});
    await Promise.race([gone, untilOpen(port)]);
  };
  const sessions = (): number[] => descendants(child?.pid);
  const kill = async (): Promise<void> => {
    const listener = child;
    if (!listener || listener.exitCode !== null || listener.signalCode !== null) return;
    const all = descendants(listener.pid);
    const gone = once(listener, 'exit');
    for (const pid of [...all, listener.pid as number]) endProcess(pid);
    await gone;
  };
  // A test that never ends leaves no server behind.
  const endWithUs = (): void => void child?.kill('SIGKILL');
  process.once('exit', endWithUs);
  await start();
  return {
    port,
    user: userInfo().username,
    dir,
    start,
    kill,
    sessions,
    makeKey(name, { kind = 'ed25519', passphrase = '', isLetIn = true, format } = {}) {
      const file = join(dir, name);
      keygen(file, kind, passphrase, format);
      if (isLetIn) writeFileSync(join(dir, 'authorized'), readFileSync(`${file}.pub`), { flag: 'a' });
      return file;
    },
    changeHostKey() {
      for (const kind of kinds) {
        rmSync(join(dir, `host_${kind}`));
        keygen(join(dir, `host_${kind}`), kind);
      }
    },
    hostKey: (kind = kinds[0] ?? '') => hostKeyOf(dir, kind),
    knownHosts: (kind = kinds[0] ?? '') => `[127.0.0.1]:${port} ${hostKeyOf(dir, kind)}\n`,
    log: () => readFileSync(join(dir, 'log'), 'utf8'),
    async [Symbol.asyncDispose]() {
      process.off('exit', endWithUs);
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const hostKeyOf = (dir: string, kind: string): string =>
  readFileSync(join(dir, `host_${kind}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');

function configText(dir: string, port: number, kinds: readonly string[], extra: readonly string[]): string {
  const lines = [
    ...extra,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...kinds.map((kind) => `HostKey ${join(dir, `host_${kind}`)}`),
    `AuthorizedKeysFile ${join(dir, 'authorized')}`,
    `PidFile ${join(dir, 'pid')}`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 1000:30:2000',
    'LogLevel VERBOSE',
  ];
  return `${lines.join('\n')}\n`;
}

function keygen(file: string, kind: string, passphrase = '', format?: string): void {
  const [type = '', ...bits] = kind.split(' ');
  const shape = format ? ['-m', format] : [];
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...bits,
    ...shape,
    '-N',
    passphrase,
    '-C',
    'test',
    '-f',
    file,
  ]);
}

/** The processes that have this one as their parent; Linux. */
function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

const descendants = (pid: number | undefined): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function untilOpen(port: number): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
