import { join } from 'node:path';
import { commandName } from '../../core/config/command-name.ts';
import { asText } from '../../core/lib/json.ts';
import { DEFAULT_REMOTE_PORT } from '../../core/remote/default-port.ts';
import type { TunnelProblem } from '../../core/remote/remote-problem.ts';
import { unpinGateway } from '../../core/remote/remotes-file.ts';
import { type OpenedTunnel, openTunnel, type Tunnel, type TunnelState } from '../../core/remote/tunnel.ts';
import { removeKnownHost } from '../../core/ssh/known-hosts-files.ts';
import { sshMachine } from '../../core/ssh/machine.ts';
import { type Evidence, ok } from '../../core/verdict/evidence.ts';
import { damagedStore, noTunnel } from '../../core/verdict/tunnel-words.ts';
import type { ConnectionBook } from '../connection-book.ts';
import type { SshDestination } from '../destination.ts';
import { destinationKey } from '../destination.ts';
import { introduction, LOOK_MS, networkOf, type Surroundings } from '../gateway-route.ts';
import type { PromptDesk } from '../prompt-desk.ts';
import type { FoundGateway, Reach, SessionRoute, Way } from '../reach.ts';
import type { SecretVault } from '../secret-vault.ts';
import { GatewaySecret } from './gateway-secret.ts';
import { configuredAuth } from './remote-config.ts';
import { lookFrom, notThere, retryDelay } from './remote-look.ts';
import { sshQuestions, stopOf } from './ssh-questions.ts';

export interface RemoteParts {
  surroundings: Surroundings;
  book: ConnectionBook;
  prompts: PromptDesk;
  vault: SecretVault;
  /** Way or gateway may be another now: somebody should look. */
  onChange(): void;
}

/** A gateway behind SSH: the way is opened, kept open and, where a person has to decide, asked about. */
export class SshReach implements Reach {
  readonly destination: SshDestination;
  readonly #parts: RemoteParts;
  readonly #secret: GatewaySecret;
  #way: Way = { kind: 'disconnected' };
  #end = new AbortController();
  #tunnel: Tunnel | undefined;
  #fault: Evidence | undefined;
  /** Why a client was last sent away, although the way is open. */
  #refusal: TunnelProblem | undefined;
  #wasOpen = false;
  #failures = 0;
  #cancelRetry = (): void => {};

  constructor(destination: SshDestination, parts: RemoteParts) {
    const { prompts, vault, surroundings } = parts;
    this.destination = destination;
    this.#parts = parts;
    const configured = () => configuredAuth(destination, surroundings);
    const [key, label] = [destinationKey(destination), destination.target];
    this.#secret = new GatewaySecret({ key, label, prompts, vault, configured });
  }

  get way(): Way {
    return this.#way;
  }

  get localUrl(): string | undefined {
    return this.#tunnel?.url;
  }

  get gatewayId(): string | undefined {
    return this.#tunnel?.gatewayId;
  }

  connect(): void {
    this.#secret.again();
    if (this.#tunnel) {
      this.#parts.onChange();
      return;
    }
    this.#leave();
    this.#end = new AbortController();
    this.#set({ kind: 'connecting' });
    void this.#open(this.#end.signal);
  }

  disconnect(): void {
    void this.close();
    this.#wasOpen = false;
    this.#fault = undefined;
    this.#set({ kind: 'disconnected' });
  }

  wake(): void {
    this.#tunnel?.wake();
    if (this.#way.kind === 'failed' && this.#failures > 0) this.connect();
  }

  async close(): Promise<void> {
    const tunnel = this.#tunnel;
    this.#leave();
    await tunnel?.close();
  }

  async askSecret(): Promise<void> {
    const { signal } = this.#end;
    if (await this.#secret.ask(false, this.gatewayId, signal)) this.#parts.onChange();
  }

  async look(): Promise<FoundGateway> {
    const { clock, env, paths } = this.#parts.surroundings;
    const command = commandName(paths, env);
    const tunnel = this.#tunnel;
    if (!tunnel || this.#way.kind !== 'open') {
      const url = tunnel?.url ?? '';
      return this.#fault
        ? lookFrom({ way: this.#fault, command, url }, clock)
        : notThere(command, url, tunnel);
    }
    const route = this.#route(tunnel);
    const way = ok('tunnel', this.destination.target);
    const network = networkOf(route, clock);
    this.#refusal = undefined;
    const found = await lookFrom({ way, network, command, url: tunnel.url, timeoutMs: LOOK_MS }, clock);
    if (!found.look.ok && this.#refusal) return { ...(await this.#refused(this.#refusal, found)), route };
    this.#askWhenWanted(found, tunnel);
    return { ...found, route };
  }

  /** Our own end of the way has hung up: only the far one knows why. The session waits for the gateway all the same. */
  async #refused(problem: TunnelProblem, { look, url }: FoundGateway): Promise<FoundGateway> {
    const way = noTunnel({ problem, target: this.destination.target });
    const told = await lookFrom({ way, command: look.fix.command, url }, this.#parts.surroundings.clock);
    return { ...told, look: { ...told.look, isRunning: look.isRunning } };
  }

  #askWhenWanted({ look }: FoundGateway, { gatewayId }: Tunnel): void {
    const { signal } = this.#end;
    const { onChange } = this.#parts;
    void this.#secret
      .askWhenWanted(look.finding?.code, gatewayId, signal)
      .then((given) => given && onChange());
  }

  #route(tunnel: Tunnel): SessionRoute {
    return {
      ...introduction(this.#parts.surroundings, {}),
      url: tunnel.url,
      renewAuth: () => this.#secret.auth(tunnel.gatewayId),
    };
  }

  async #open(signal: AbortSignal): Promise<void> {
    const opened = await this.#tried(signal);
    if (signal.aborted) {
      if ('ok' in opened && opened.ok) await opened.tunnel.close();
      return;
    }
    if (!('ok' in opened)) return this.#fail(opened);
    if (!opened.ok) return this.#failed(opened.problem);
    this.#tunnel = opened.tunnel;
    this.#tunnelState(opened.tunnel.state);
  }

  /** What cannot even be tried is evidence already. */
  async #tried(signal: AbortSignal): Promise<OpenedTunnel | Evidence> {
    const { book, surroundings, prompts, vault } = this.#parts;
    const { target, identityFile, remotePort = DEFAULT_REMOTE_PORT } = this.destination;
    const around = sshMachine(surroundings);
    try {
      return await openTunnel({
        ...sshQuestions({ place: target, prompts, vault, signal }),
        target,
        identity: identityFile?.replace(/^~(?=[\\/])/, () => around.home),
        localPort: await book.portFor(this.destination),
        remote: { port: remotePort },
        trayDir: surroundings.paths.trayDir,
        around,
        random: Math.random,
        onState: (state) => {
          if (this.#tunnel && !signal.aborted) this.#tunnelState(state);
        },
        onRefused: (problem) => {
          this.#refusal = problem;
        },
        signal,
      });
    } catch (error) {
      return damagedStore(error);
    }
  }

  #tunnelState(state: TunnelState): void {
    if (state.state === 'connected') {
      this.#wasOpen = true;
      this.#failures = 0;
      this.#fault = undefined;
      this.#set({ kind: 'open' });
    } else if (state.state === 'reconnecting') {
      this.#set({ kind: 'reconnecting', attempt: state.attempt });
    } else if (state.state === 'failed') this.#failed(state.problem);
  }

  #failed(problem: TunnelProblem): void {
    this.#fail(noTunnel({ problem, target: this.destination.target }));
    const { signal } = this.#end;
    const stop = stopOf(problem, this.destination.target, this.#ownKnownHosts());
    if (stop) void this.#stopped(stop, problem, signal);
    else if (problem.code === 'LOCAL_PORT_TAKEN') void this.#portTaken(problem, signal);
    else if (problem.isTransient) this.#retry();
  }

  #fail(fault: Evidence): void {
    this.#tunnel = undefined;
    this.#fault = fault;
    this.#set(
      this.#wasOpen && this.#failures > 0
        ? { kind: 'reconnecting', attempt: this.#failures }
        : { kind: 'failed' },
    );
  }

  /** The next attempt may succeed although nobody does anything. */
  #retry(): void {
    const { clock } = this.#parts.surroundings;
    const { signal } = this.#end;
    this.#failures += 1;
    this.#cancelRetry = clock.after(retryDelay(this.#failures), () => void this.#open(signal));
  }

  /** Somebody else answers than before. Nothing goes on before a person has taken away what was known. */
  async #stopped(
    stop: NonNullable<ReturnType<typeof stopOf>>,
    problem: TunnelProblem,
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await this.#parts.prompts.ask(stop, signal);
    if (answer.do !== 'remove') return;
    const { trayDir } = this.#parts.surroundings.paths;
    if ('hostKey' in problem && problem.hostKey) {
      const fingerprints = problem.hostKey.known.map(({ fingerprint }) => fingerprint);
      await removeKnownHost(this.#ownKnownHosts(), problem.hostKey, fingerprints);
    } else {
      const { remote, pinned } = problem.values;
      await unpinGateway(join(trayDir, 'remotes.json'), String(remote), String(pinned));
    }
    this.connect();
  }

  async #portTaken({ values }: TunnelProblem, signal: AbortSignal): Promise<void> {
    const { book, prompts } = this.#parts;
    const free = await book.freePort();
    const holder = asText(values.holder) ?? '?';
    const place = this.destination.target;
    const question = { kind: 'port-taken', place, port: Number(values.port), holder, free } as const;
    if ((await prompts.ask(question, signal)).do !== 'accept') return;
    await book.keepPort(this.destination, free);
    this.connect();
  }

  #ownKnownHosts(): string {
    return join(this.#parts.surroundings.paths.trayDir, 'known_hosts');
  }

  #leave(): void {
    this.#end.abort();
    this.#cancelRetry();
    this.#tunnel = undefined;
    this.#failures = 0;
  }

  #set(way: Way): void {
    this.#way = way;
    this.#parts.onChange();
  }
}
