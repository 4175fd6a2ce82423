import type { Clock } from '../core/lib/clock.ts';

/** A process that the app has started. */
export interface HostedProcess {
  readonly pid: number | undefined;
  /** Called once, with the exit status. */
  onExit(listener: (exitCode: number) => void): void;
  /** Asks it to end; `force` does not wait for what it has in hand. */
  end(force: boolean): void;
  /** The last lines it wrote to stderr. */
  lastWords(): string;
}

/** The gateway that the app itself runs, or has taken over; one that runs without the app is none of it. */
export type HostState =
  | { kind: 'idle' }
  | { kind: 'starting'; pid: number | undefined }
  | { kind: 'running'; pid: number | undefined /** It was started without the app. */; isAdopted?: true }
  | { kind: 'stopping' }
  /** It ended by itself and is started again. */
  | { kind: 'crashed'; exitCode: number /** Epoch milliseconds. */; retryAtMs: number }
  /** It did not get as far as listening, and said why. */
  | { kind: 'refused'; reason: string };

export interface GatewayHost {
  readonly state: HostState;
  start(): void;
  /** Takes over what somebody else has started; nothing happens while there is a process of its own. */
  adopt(process: HostedProcess): void;
  /** Resolves when its process is gone; at once when there is none. */
  stop(): Promise<void>;
  /** To be called when the gateway with this process id answers. */
  serves(pid: number): void;
}

export interface GatewayHostOptions {
  clock: Clock;
  spawn(): HostedProcess;
  onState(state: HostState): void;
}

/** Milliseconds: a gateway is back within a second, and one that keeps falling is not asked more than once a minute. */
const RETRY = { firstMs: 500, longestMs: 60_000, steadyAfterMs: 60_000 } as const;
/** Milliseconds for what it has in hand, its own limit being 5 s. */
const END_MS = 15_000;

export function createGatewayHost(options: GatewayHostOptions): GatewayHost {
  return new Host(options);
}

class Host implements GatewayHost {
  state: HostState = { kind: 'idle' };
  readonly #options: GatewayHostOptions;
  #process: HostedProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #cancelRetry: () => void = () => {};
  #failures = 0;
  #servesSince = 0;

  constructor(options: GatewayHostOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#process) return;
    this.#cancelRetry();
    const process = this.#options.spawn();
    this.#hold(process);
    this.#set({ kind: 'starting', pid: process.pid });
  }

  adopt(process: HostedProcess): void {
    if (this.#process) return;
    this.#cancelRetry();
    this.#hold(process);
    this.#set({ kind: 'running', pid: process.pid, isAdopted: true });
  }

  #hold(process: HostedProcess): void {
    this.#process = process;
    this.#gone = new Promise((resolve) => {
      process.onExit((exitCode) => {
        this.#process = undefined;
        this.#set(this.#afterExit(process, exitCode));
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    this.#cancelRetry();
    const process = this.#process;
    if (!process) return this.#set({ kind: 'idle' });
    this.#set({ kind: 'stopping' });
    process.end(false);
    const cancel = this.#options.clock.after(END_MS, () => process.end(true));
    await this.#gone;
    cancel();
  }

  serves(pid: number): void {
    if (this.state.kind !== 'starting' || pid !== this.#process?.pid) return;
    this.#servesSince = this.#options.clock.now();
    this.#set({ kind: 'running', pid });
  }

  #afterExit(process: HostedProcess, exitCode: number): HostState {
    if (this.state.kind === 'stopping' || exitCode === 0) return { kind: 'idle' };
    if (this.state.kind === 'starting') {
      return { kind: 'refused', reason: process.lastWords() || `exit ${exitCode}` };
    }
    const { clock } = this.#options;
    const wasSteady = clock.now() - this.#servesSince >= RETRY.steadyAfterMs;
    this.#failures = wasSteady ? 1 : this.#failures + 1;
    const delay = Math.min(RETRY.firstMs * 2 ** Math.min(this.#failures - 1, 16), RETRY.longestMs);
    this.#cancelRetry = clock.after(delay, () => this.start());
    return { kind: 'crashed', exitCode, retryAtMs: clock.now() + delay };
  }

  #set(state: HostState): void {
    this.state = state;
    this.#options.onState(state);
  }
}
