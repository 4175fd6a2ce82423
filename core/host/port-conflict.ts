import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import { readInstanceLock } from './instance-lock.ts';
import { endListener } from './listener-end.ts';
import { findListener, type Listener } from './port-holder.ts';

/** Milliseconds a listener has to leave after being asked to. */
const GRACE_MS = 10_000;

/** Says who holds the port, and what to do about it; `command` is how ours begin. */
export async function portConflict(port: number, command: string, error: unknown): Promise<RpcError> {
  const listener = await findListener(port);
  const held = listener
    ? describe(listener, port, command)
    : ['- The program that holds it could not be identified.'];
  const message = [`Gateway failed to start: port ${port} is already in use.`, ...held].join('\n');
  return new RpcError('PORT_IN_USE', message, { port, pid: listener?.pid }, { cause: error });
}

function describe(listener: Listener, port: number, command: string): string[] {
  const who = `- pid ${listener.pid ?? 'unknown'} ${listener.user ?? ''}: ${listener.commandLine ?? listener.program ?? 'unknown program'} (${listener.addresses.join(', ')})`;
  if (!listener.gateway)
    return [who, '- Another program is listening on this port. Choose another with --port.'];
  return [
    who,
    `- It is an OpenClaw gateway. Use it (\`${command} gateway health --port ${port}\`), stop it, replace it with --force, or choose another port with --port.`,
  ];
}

/**
 * Ends the gateway that listens on the port, and nothing else; one that hangs is known by the lock in `trayDir`. Returns
 * what was done, for the log.
 */
export async function freePort(port: number, trayDir: string, clock: Clock): Promise<string | undefined> {
  const listener = await findListener(port, { lock: readInstanceLock(trayDir) });
  if (!listener) return undefined;
  const outcome = await endListener(listener, { clock, graceMs: GRACE_MS });
  if (outcome.ended)
    return `force: ended pid ${listener.pid} (${listener.program ?? 'gateway'}) on port ${port}`;
  throw new RpcError('PORT_IN_USE', `--force did not free port ${port}: ${outcome.reason}`, { port });
}
