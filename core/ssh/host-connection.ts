import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import type { SshHost } from './ssh-config.ts';
import { SshFailure, type SshProblem, sshProblem } from './ssh-problem.ts';

/** Where a stream leads on the far host: a port of its loopback address, or a socket in its file system. */
export type RemoteEnd = { port: number } | { path: string };

/** A connection to a host that has proved to be the one that is known, and that let us in. */
export interface SshConnection {
  /** Throws SshFailure: FORWARDING_FORBIDDEN, REMOTE_PORT_CLOSED, SSH_TIMEOUT or SSH_LOST. */
  openStream(end: RemoteEnd): Promise<Duplex>;
  /** Resolves when the connection is over, with why. */
  readonly ended: Promise<SshProblem>;
  /** Ends it, and those to the hosts it leads through. */
  close(): void;
}

interface Parts {
  client: Client;
  /** What the client talks over. */
  socket: Duplex;
  host: SshHost;
  /** The host it leads through. */
  before: HostConnection | undefined;
  clock: Clock;
  /** Milliseconds the host has for each stream. */
  timeoutMs: number;
}

type StreamDone = (error: Error | undefined, stream: Duplex) => void;

/** Whoever uses a stream hears of its end by `close`. */
const ignore = (): void => {};

/** What the host answers to the wish for a stream; RFC 4254, 5.1. */
const PROHIBITED = [1, 3];

export class HostConnection implements SshConnection {
  readonly ended: Promise<SshProblem>;
  private readonly parts: Parts;
  private lastError = 'closed';

  constructor(parts: Parts) {
    const { client, before } = parts;
    this.parts = parts;
    client.removeAllListeners('error').removeAllListeners('close');
    client.on('error', (error: Error) => {
      this.lastError = String(error.message).slice(0, 200);
      parts.socket.destroy();
    });
    this.ended = new Promise((resolve) => {
      client.once('close', () => {
        before?.close();
        resolve(this.lost());
      });
    });
  }

  get host(): SshHost {
    return this.parts.host;
  }

  openStream(end: RemoteEnd): Promise<Duplex> {
    if ('port' in end) return this.openPlace('127.0.0.1', end.port);
    const { client } = this.parts;
    return this.opened(end.path, (done) => client.openssh_forwardOutStreamLocal(end.path, done));
  }

  openPlace(host: string, port: number): Promise<Duplex> {
    const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const { client } = this.parts;
    return this.opened(place, (done) => client.forwardOut('127.0.0.1', 0, host, port, done));
  }

  close(): void {
    // The farewell is written; nobody waits for one in return, because nobody may be there any more.
    this.parts.client.end();
    this.parts.socket.destroy();
    this.parts.before?.close();
  }

  private lost(): SshProblem {
    const { host, port } = this.parts.host;
    return sshProblem('SSH_LOST', { host, port, reason: this.lastError });
  }

  private async opened(place: string, ask: (done: StreamDone) => void): Promise<Duplex> {
    const { clock, timeoutMs, host } = this.parts;
    let cancel = (): void => {};
    try {
      return await new Promise<Duplex>((resolve, reject) => {
        const fail = (problem: SshProblem): void => reject(new SshFailure(problem));
        let isLate = false;
        cancel = clock.after(timeoutMs, () => {
          isLate = true;
          fail(sshProblem('SSH_TIMEOUT', { host: host.host, port: host.port, reason: `${timeoutMs} ms` }));
        });
        ask((error, stream) => {
          if (isLate) stream?.destroy();
          else if (error) fail(this.refused(error, place));
          else resolve(stream.on('error', ignore));
        });
      });
    } catch (error) {
      // The library throws when the connection has ended already.
      throw error instanceof SshFailure ? error : new SshFailure(this.lost());
    } finally {
      cancel();
    }
  }

  private refused({ reason, message }: Error & { reason?: unknown }, place: string): SshProblem {
    if (reason === undefined) return this.lost();
    const { host } = this.parts.host;
    if (PROHIBITED.includes(Number(reason))) return sshProblem('FORWARDING_FORBIDDEN', { host, place });
    const said = message.replace(/^.*Channel open failure: /, '').slice(0, 200);
    return sshProblem('REMOTE_PORT_CLOSED', { host, place, reason: said });
  }
}
