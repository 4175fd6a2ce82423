import type { Duplex } from 'node:stream';
import { gatherWrites } from './gathered-writes.ts';
import { HostConnection, type SshConnection } from './host-connection.ts';
import { hostKeyCheck } from './host-key-check.ts';
import { KeyRing } from './key-ring.ts';
import type { KeyVault } from './key-vault.ts';
import { readSshHost, type SshHost } from './ssh-config.ts';
import { shakeHands } from './ssh-handshake.ts';
import { SshFailure, type SshNote, type SshProblem, sshFailure, sshProblem } from './ssh-problem.ts';
import { parseSshTarget, type SshTarget } from './ssh-target.ts';
import type { SshSurroundings } from './surroundings.ts';
import { openTcp } from './tcp-socket.ts';

export interface SshRequest {
  target: SshTarget;
  /** The one key to use; whatever the configuration names counts when absent. */
  identity?: string | undefined;
  vault: KeyVault;
  around: SshSurroundings;
  /** Milliseconds for each host on the way; 15 s when absent. The time a person takes for a passphrase is not counted. */
  timeoutMs?: number | undefined;
  onNote?: ((note: SshNote) => void) | undefined;
}

const TIMEOUT_MS = 15_000;
const MOST_HOPS = 8;

/** Connects to a host, through others where the configuration says so. Throws SshFailure. */
export async function connectSsh(request: SshRequest, signal: AbortSignal): Promise<SshConnection> {
  return connectHop(request, signal, 0);
}

async function connectHop(request: SshRequest, signal: AbortSignal, depth: number): Promise<HostConnection> {
  const { target, around } = request;
  if (depth > MOST_HOPS) throw sshFailure('SSH_JUMP_LOOP', { host: target.host, hops: MOST_HOPS });
  const host = await readSshHost(target, around);
  let before: HostConnection | undefined;
  try {
    for (const [index, hop] of host.proxyJump.entries()) {
      before = await connectVia(
        before,
        { ...request, target: hopTarget(hop), identity: undefined },
        signal,
        depth,
        index,
      );
    }
    return await open(before, request, host, signal);
  } catch (error) {
    before?.close();
    throw error;
  }
}

/** The first hop is reached as its own configuration says, any other through the one before it. */
async function connectVia(
  before: HostConnection | undefined,
  request: SshRequest,
  signal: AbortSignal,
  depth: number,
  index: number,
): Promise<HostConnection> {
  if (before === undefined) return connectHop(request, signal, depth + 1);
  if (depth + index > MOST_HOPS)
    throw sshFailure('SSH_JUMP_LOOP', { host: request.target.host, hops: MOST_HOPS });
  return open(before, request, await readSshHost(request.target, request.around), signal);
}

function hopTarget(text: string): SshTarget {
  const parsed = parseSshTarget(text.replace(/^ssh:\/\//, ''));
  if (parsed.ok) return parsed.target;
  throw sshFailure('SSH_TARGET_INVALID', { target: text, fault: parsed.fault });
}

async function open(
  before: HostConnection | undefined,
  request: SshRequest,
  host: SshHost,
  signal: AbortSignal,
): Promise<HostConnection> {
  const { around, vault, identity, timeoutMs = TIMEOUT_MS, onNote } = request;
  const { sshLibrary: library } = await import('./ssh-library.ts');
  const ring = new KeyRing({ library, vault, around, identity, timeoutMs, signal });
  await ring.fill(host);
  for (const note of [...host.notes, ...ring.notes]) onNote?.(note);
  const check = await hostKeyCheck(host, around.ownKnownHosts);
  if (signal.aborted) throw sshFailure('SSH_LOST', { host: host.host, port: host.port, reason: 'aborted' });
  const socket = before ? await openThrough(before, host, signal) : await dial(host, request, signal);
  const client = await shakeHands({
    library,
    host,
    socket,
    ring,
    check,
    clock: around.clock,
    timeoutMs,
    isAsking: () => vault.isAsking,
    signal,
  });
  return new HostConnection({ client, socket, host, before, clock: around.clock, timeoutMs });
}

/** The host before may wait for the next one longer than anybody wants to. */
async function openThrough(before: HostConnection, host: SshHost, signal: AbortSignal): Promise<Duplex> {
  const giveUp = (): void => before.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await before.openPlace(host.host, host.port);
  } catch (error) {
    throw isUnreached(error) ? unreached(error.problem, before, host) : error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

const isUnreached = (error: unknown): error is SshFailure =>
  error instanceof SshFailure && ['REMOTE_PORT_CLOSED', 'SSH_TIMEOUT'].includes(error.problem.code);

/** It is the next host that is missing there, and no gateway. */
const unreached = (
  { values: { reason = '' } }: SshProblem,
  before: HostConnection,
  { host, port, alias }: SshHost,
): SshFailure => sshFailure('SSH_JUMP_REFUSED', { host, port, alias, jump: before.host.alias, reason });

async function dial(
  host: SshHost,
  { around, timeoutMs = TIMEOUT_MS }: SshRequest,
  signal: AbortSignal,
): Promise<Duplex> {
  const limit = new AbortController();
  const cancel = around.clock.after(timeoutMs, () => limit.abort());
  const socket = await openTcp(host, AbortSignal.any([signal, limit.signal]));
  cancel();
  if (!('code' in socket)) {
    gatherWrites(socket);
    return socket;
  }
  const values = { host: host.host, port: host.port, reason: `${timeoutMs} ms` };
  throw new SshFailure(limit.signal.aborted ? sshProblem('SSH_TIMEOUT', values) : socket);
}
