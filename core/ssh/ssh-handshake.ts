import type { Duplex } from 'node:stream';
import type { AuthHandlerMiddleware, Client } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import type { HostKeyCheck } from './host-key-check.ts';
import type { KeyRing } from './key-ring.ts';
import type { SshHost } from './ssh-config.ts';
import type { SshLibrary } from './ssh-library.ts';
import { SshFailure, type SshProblem, sshProblem } from './ssh-problem.ts';

export interface HandshakeParts {
  library: SshLibrary;
  host: SshHost;
  socket: Duplex;
  ring: KeyRing;
  check: HostKeyCheck;
  clock: Clock;
  timeoutMs: number;
  /** While it is true, a person is being waited for, and not the host. */
  isAsking(): boolean;
  signal: AbortSignal;
}

/** Milliseconds between two signs of life, and how many may be missing. */
const KEEP_ALIVE = { keepaliveInterval: 5_000, keepaliveCountMax: 3 };

/** What the library says of an error, beyond its message. */
type LibraryError = Error & { level?: string; code?: unknown };

/** Proves both sides to each other over `socket`. Throws SshFailure; the socket is closed then. */
export async function shakeHands(parts: HandshakeParts): Promise<Client> {
  const { check } = parts;
  const client = new parts.library.Client();
  const methods: string[] = [];
  const limit = startLimit(parts);
  const greeting = listenForGreeting(parts.socket);
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (problem: SshProblem): void =>
        reject(new SshFailure(greeting.isOther() ? notSsh(problem, greeting.line()) : problem));
      limit.onEnd = fail;
      client.on('error', (error: LibraryError) => {
        // An agent that does not sign is passed over; the next key has its turn.
        if (error.level !== 'agent') fail(problemOf(error, parts, methods));
      });
      client.once('close', () => fail(sshProblem('SSH_LOST', { ...placeOf(parts), reason: 'closed' })));
      client.once('ready', resolve);
      client.connect({
        sock: parts.socket,
        username: parts.host.user,
        hostVerifier: check.accepts,
        algorithms: { serverHostKey: check.algorithms },
        authHandler: authentication(parts, methods),
        readyTimeout: 0,
        ...KEEP_ALIVE,
      } as Parameters<Client['connect']>[0]);
    });
    return client;
  } catch (error) {
    client.destroy();
    parts.socket.destroy();
    throw error;
  } finally {
    limit.stop();
    greeting.stop();
  }
}

const MOST_GREETING = 64 * 1024;
/** OpenSSH ends a connection with one of these before it has said that it speaks SSH. */
const BUSY = /^(Exceeded MaxStartups|Not allowed at this time)/;

/** What the host says before its version line, and whether that line came; RFC 4253, section 4.2. */
function listenForGreeting(socket: Duplex) {
  let text = '';
  const isSsh = (): boolean => /^SSH-/m.test(text);
  const hear = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (isSsh() || text.length > MOST_GREETING) stop();
  };
  // Whoever listens first makes the socket give away what it has heard: so not before the library does.
  const join = (event: string): void => {
    if (event !== 'data') return;
    socket.off('newListener', join);
    socket.on('data', hear);
  };
  const stop = (): void => void socket.off('newListener', join).off('data', hear);
  socket.on('newListener', join);
  return {
    line: (): string => text.slice(0, 200).split(/\r?\n/)[0] ?? '',
    isOther: (): boolean => text !== '' && !isSsh() && !BUSY.test(text),
    stop,
  };
}

/** The library only says that the connection was lost, or that its time is over. */
const notSsh = ({ values: { host = '', port = 0 } }: SshProblem, reason: string): SshProblem =>
  sshProblem('SSH_NOT_SSH', { host, port, reason });

const placeOf = ({ host: { host, port } }: HandshakeParts) => ({ host, port });

function startLimit({ clock, timeoutMs, isAsking, signal, ...parts }: HandshakeParts) {
  const place = { host: parts.host.host, port: parts.host.port };
  const limit = { onEnd: (_: SshProblem): void => {}, stop: (): void => {} };
  const abort = (): void => limit.onEnd(sshProblem('SSH_LOST', { ...place, reason: 'aborted' }));
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(timeoutMs, () => {
      if (isAsking()) arm();
      else limit.onEnd(sshProblem('SSH_TIMEOUT', { ...place, reason: `${timeoutMs} ms` }));
    });
  };
  arm();
  signal.addEventListener('abort', abort, { once: true });
  limit.stop = () => {
    cancel();
    signal.removeEventListener('abort', abort);
  };
  return limit;
}

/** First nothing is shown, to hear what the host would take; then the keys; then it is over. */
function authentication({ ring, host }: HandshakeParts, methods: string[]): AuthHandlerMiddleware {
  const steps = [
    { type: 'none', username: host.user },
    { type: 'agent', username: host.user, agent: ring.agent() },
  ];
  return (left) => {
    if (left) methods.splice(0, methods.length, ...left);
    const takesKeys = methods.length === 0 || methods.includes('publickey');
    const next = steps.shift();
    return (
      next && (takesKeys || next.type === 'none') && !(next.type === 'agent' && ring.isEmpty) ? next : false
    ) as never;
  };
}

function problemOf(error: LibraryError, parts: HandshakeParts, methods: readonly string[]): SshProblem {
  const place = placeOf(parts);
  const reason = String(error.message).slice(0, 200);
  if (parts.check.problem) return parts.check.problem;
  if (/too many authentication failures/i.test(reason)) {
    return sshProblem('SSH_AUTH_TOO_MANY', {
      ...place,
      user: parts.host.user,
      keys: parts.ring.shown.length,
    });
  }
  if (error.level === 'client-authentication') return authProblem(parts, methods);
  if (/no matching/.test(reason)) return sshProblem('SSH_NO_COMMON_ALGORITHM', { ...place, reason });
  if (/connection lost/i.test(reason)) return sshProblem('SSH_LOST', { ...place, reason: 'closed' });
  if (error.level === 'protocol' || /identification|header/i.test(reason)) {
    return sshProblem('SSH_NOT_SSH', { ...place, reason });
  }
  return sshProblem('SSH_LOST', { ...place, reason: typeof error.code === 'string' ? error.code : reason });
}

function authProblem({ host, ring }: HandshakeParts, methods: readonly string[]): SshProblem {
  if (ring.obstacle) return ring.obstacle;
  const place = { host: host.host, port: host.port, alias: host.alias, user: host.user };
  const [taken] = ring.taken;
  if (taken !== undefined) return sshProblem('SSH_SECOND_FACTOR', { ...place, key: taken });
  const values = { ...place, methods: methods.join(', ') || '-' };
  if (ring.isEmpty) return sshProblem('SSH_NO_KEY', values);
  const keys = ring.shown.join(', ') || '-';
  return sshProblem('SSH_AUTH_FAILED', { ...values, keys, ...(ring.firstFile && { file: ring.firstFile }) });
}
