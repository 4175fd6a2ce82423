import type { Socket } from 'node:net';
import { join } from 'node:path';
import { findListener, listenerLine } from '../host/port-holder.ts';
import { bridge, firstWords } from '../ssh/bridge.ts';
import type { RemoteEnd, SshConnection } from '../ssh/host-connection.ts';
import { type Connected, KeptLink, type LinkState } from '../ssh/kept-link.ts';
import { type AskPassphrase, KeyVault } from '../ssh/key-vault.ts';
import { addKnownHost } from '../ssh/known-hosts-files.ts';
import { type LocalPort, listenLocally } from '../ssh/local-port.ts';
import { connectSsh } from '../ssh/ssh-connection.ts';
import { type HostKeyQuestion, SshFailure, type SshNote, sshProblem } from '../ssh/ssh-problem.ts';
import { parseSshTarget, type SshTarget } from '../ssh/ssh-target.ts';
import type { SshSurroundings } from '../ssh/surroundings.ts';
import { DEFAULT_REMOTE_PORT } from './default-port.ts';
import { GatewayCheck, type GatewayQuestion, type Proven } from './gateway-check.ts';
import type { TunnelProblem } from './remote-problem.ts';
import { remoteKey } from './remotes-file.ts';

export type TunnelState = LinkState<TunnelProblem>;

/** What only a person can vouch for. */
export type TunnelQuestion = ({ about: 'host-key' } & HostKeyQuestion) | GatewayQuestion;

export interface TunnelOptions {
  /** `[user@]host[:port]`. */
  target: string;
  /** The one key to use. */
  identity?: string | undefined;
  /** A free one when absent. */
  localPort?: number | undefined;
  /** Where the gateway listens on the far host; port 18789 of its loopback address when absent. */
  remote?: RemoteEnd | undefined;
  /** Known hosts and gateways are kept there. */
  trayDir: string;
  around: Omit<SshSurroundings, 'ownKnownHosts'>;
  /** In [0, 1). */
  random(): number;
  /** Milliseconds for each host on the way. */
  timeoutMs?: number | undefined;
  /** Milliseconds the gateway has for its proof; 10 s when absent. */
  answerMs?: number | undefined;
  askPassphrase?: AskPassphrase | undefined;
  /** Asked while the tunnel is opened, never later; a no when absent. */
  consent?: ((question: TunnelQuestion) => Promise<boolean>) | undefined;
  onState?: ((state: TunnelState) => void) | undefined;
  onNote?: ((note: SshNote) => void) | undefined;
  /** One client that could not be served, though the tunnel is there. */
  onRefused?: ((problem: TunnelProblem) => void) | undefined;
  /** Gives up while it is being opened. */
  signal?: AbortSignal | undefined;
}

/** A gateway behind SSH, at a port of this machine that stays the same until it is closed. */
export interface Tunnel {
  port: number;
  /** `ws://127.0.0.1:<port>` */
  url: string;
  /** Undefined when it could not prove itself, and was trusted all the same. */
  readonly gatewayId: string | undefined;
  readonly state: TunnelState;
  /** To be called when the machine has slept or its network has changed: tries at once instead of waiting. */
  wake(): void;
  /** Resolves when nothing is left open. */
  close(): Promise<void>;
}

export type OpenedTunnel = { ok: true; tunnel: Tunnel } | { ok: false; problem: TunnelProblem };

/** Milliseconds a client waits for a connection that is being made again. */
const HOLD_MS = 8_000;
/** Each host on the way may be a new one. */
const MOST_QUESTIONS = 10;

/**
 * Connects to the host, has the gateway behind it prove itself, and keeps both at a local port. Every client's
 * stream is proved anew before its first word goes through, so that nobody who takes the gateway's place gets any.
 * Throws STORE_UNUSABLE when what is known of remotes cannot be read.
 */
export async function openTunnel(options: TunnelOptions): Promise<OpenedTunnel> {
  const parsed = parseSshTarget(options.target);
  if (!parsed.ok) {
    const values = { target: options.target.slice(0, 200), fault: parsed.fault };
    return { ok: false, problem: sshProblem('SSH_TARGET_INVALID', values) };
  }
  const tunnel = new SshTunnel(options, parsed.target);
  const problem = await tunnel.open(options.localPort ?? 0);
  return problem ? { ok: false, problem } : { ok: true, tunnel };
}

class SshTunnel implements Tunnel {
  private readonly options: TunnelOptions;
  private readonly target: SshTarget;
  private readonly remote: RemoteEnd;
  private readonly around: SshSurroundings;
  private readonly vault: KeyVault;
  private readonly check: GatewayCheck;
  private readonly link: KeptLink<TunnelProblem>;
  private local: LocalPort | undefined;
  /** Somebody sits there only while the tunnel is being opened. */
  private mayAsk = false;

  constructor(options: TunnelOptions, target: SshTarget) {
    const { around, trayDir, random } = options;
    const { clock } = around;
    const { answerMs } = options;
    this.options = options;
    this.target = target;
    this.remote = options.remote ?? { port: DEFAULT_REMOTE_PORT };
    this.around = { ...around, ownKnownHosts: join(trayDir, 'known_hosts') };
    this.vault = new KeyVault(options.askPassphrase);
    const remote = remoteKey(target, 'port' in this.remote ? this.remote.port : this.remote.path);
    const port = 'port' in this.remote ? this.remote.port : undefined;
    this.check = new GatewayCheck({ file: join(trayDir, 'remotes.json'), remote, port, clock, answerMs });
    this.link = new KeptLink({
      connect: (signal) => this.connect(signal),
      isAlive: (connection) => this.isAlive(connection),
      lost: (connection) => connection.ended,
      clock,
      random,
      onState: (state) => this.told(state),
    });
  }

  get port(): number {
    return this.local?.port ?? 0;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get gatewayId(): string | undefined {
    return this.check.gatewayId;
  }

  get state(): TunnelState {
    return this.link.state;
  }

  async open(port: number): Promise<TunnelProblem | undefined> {
    const local = await listenLocally(port, (socket) => void this.serve(socket));
    if ('code' in local) return local.code === 'LOCAL_PORT_TAKEN' ? withHolder(port) : local;
    this.local = local;
    const giveUp = (): void => this.link.close();
    this.options.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      this.mayAsk = true;
      this.check.consent = this.options.consent;
      const problem = await this.link.start();
      if (problem) await local.close();
      return problem;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.mayAsk = false;
      this.check.consent = undefined;
      this.options.signal?.removeEventListener('abort', giveUp);
    }
  }

  wake(): void {
    this.link.wake();
  }

  async close(): Promise<void> {
    this.link.close();
    await this.local?.close();
  }

  private told(state: TunnelState): void {
    if (state.state === 'failed') void this.local?.close();
    this.options.onState?.(state);
  }

  private async connect(signal: AbortSignal): Promise<Connected<TunnelProblem>> {
    for (let asked = 0; ; asked += 1) {
      const outcome = await this.attempt(signal);
      if (outcome.ok || asked >= MOST_QUESTIONS || !(await this.isAnswered(outcome.problem, signal)))
        return outcome;
    }
  }

  private async attempt(signal: AbortSignal): Promise<Connected<TunnelProblem>> {
    const { target, vault, around } = this;
    const { identity, timeoutMs, onNote } = this.options;
    let connection: SshConnection | undefined;
    const giveUp = (): void => connection?.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      connection = await connectSsh({ target, identity, vault, around, timeoutMs, onNote }, signal);
      const proven = await this.prove(connection);
      if (proven.ok) {
        proven.stream.destroy();
        return { ok: true, connection };
      }
      connection.close();
      return proven;
    } catch (error) {
      connection?.close();
      if (error instanceof SshFailure) return { ok: false, problem: error.problem };
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  private prove(connection: SshConnection): Promise<Proven> {
    return this.check.prove(() => connection.openStream(this.remote));
  }

  /** A host that does not wait for a passphrase is connected to again once it was given. */
  private async isAnswered(problem: TunnelProblem, signal: AbortSignal): Promise<boolean> {
    const hasOpened = problem.isTransient && (await this.vault.hasOpened());
    return (hasOpened && !signal.aborted) || this.isVouchedFor(problem);
  }

  /** Only an unknown key is a question; a changed one is an answer. */
  private async isVouchedFor(problem: TunnelProblem): Promise<boolean> {
    const { consent } = this.options;
    if (problem.code !== 'HOST_KEY_UNKNOWN' || !problem.hostKey || !this.mayAsk) return false;
    if (!(await consent?.({ about: 'host-key', ...problem.hostKey }))) return false;
    await addKnownHost(this.around.ownKnownHosts, problem.hostKey);
    return true;
  }

  private isAlive(connection: SshConnection): Promise<boolean> {
    return connection.openStream(this.remote).then(
      (stream) => {
        stream.destroy();
        return true;
      },
      (error) => error instanceof SshFailure && error.problem.code === 'REMOTE_PORT_CLOSED',
    );
  }

  private async serve(socket: Socket): Promise<void> {
    const connection = (await firstWords(socket)) ? await this.link.connection(HOLD_MS) : undefined;
    if (!connection || socket.destroyed) {
      socket.destroy();
      return;
    }
    try {
      const proven = await this.prove(connection);
      if (!proven.ok) this.refuse(socket, proven.problem);
      else if (socket.destroyed) proven.stream.destroy();
      else bridge(socket, proven.stream);
    } catch (error) {
      if (!(error instanceof SshFailure)) throw error;
      this.refuse(socket, error.problem);
    }
  }

  /** Somebody in the gateway's place ends the tunnel; a gateway that is not there yet costs one client. */
  private refuse(socket: Socket, problem: TunnelProblem): void {
    socket.destroy();
    const isImpostor = problem.code.startsWith('GATEWAY_') && !problem.isTransient;
    if (isImpostor) this.link.fail(problem);
    else this.options.onRefused?.(problem);
  }
}

async function withHolder(port: number): Promise<TunnelProblem> {
  const listener = await findListener(port);
  return sshProblem('LOCAL_PORT_TAKEN', { port, holder: listener ? listenerLine(listener) : '?' });
}
