export type HostRequest = { kind: 'stop'; signal: NodeJS.Signals } | { kind: 'restart'; why: string };

type Listener = (request: HostRequest) => void;

/**
 * The signals a gateway obeys. SIGUSR1 and SIGUSR2 both mean restart: older and newer releases differ.
 * A listener on SIGUSR1 also keeps Node from opening its inspector on it, so this is installed first of all.
 * Requests that come before anybody listens are kept.
 */
export class HostSignals {
  private readonly installed = new Map<NodeJS.Signals, () => void>();
  private readonly early: HostRequest[] = [];
  private listener: Listener | undefined;

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      this.install(signal, { kind: 'stop', signal });
    }
    if (process.platform === 'win32') return;
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const)
      this.install(signal, { kind: 'restart', why: signal });
  }

  listen(listener: Listener): void {
    this.listener = listener;
    for (const request of this.early.splice(0)) listener(request);
  }

  /** Requests are kept again until somebody listens. */
  pause(): void {
    this.listener = undefined;
  }

  close(): void {
    for (const [signal, handler] of this.installed) process.removeListener(signal, handler);
    this.installed.clear();
  }

  private install(signal: NodeJS.Signals, request: HostRequest): void {
    const handler = (): void => {
      if (this.listener) this.listener(request);
      else this.early.push(request);
    };
    process.on(signal, handler);
    this.installed.set(signal, handler);
  }
}
