export type HostRequest =
  | { kind: 'stop'; signal: NodeJS.Signals }
  /** `manual` ones come from a person with a shell, and `commands.restart` may forbid them. */
  | { kind: 'restart'; why: string; manual: boolean };

/**
 * What the running gateway is asked to do, from wherever it comes. Nothing is lost while it starts or restarts: a stop
 * is served before everything else, and one restart serves all of its kind that wait.
 */
export class HostRequests {
  private readonly waiting: HostRequest[] = [];
  private wake: (() => void) | undefined;

  add(request: HostRequest): void {
    if (this.waiting.some((other) => isSame(other, request))) return;
    this.waiting.push(request);
    this.wake?.();
  }

  async next(): Promise<HostRequest> {
    while (this.waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.wake = undefined;
    const stop = this.waiting.findIndex(({ kind }) => kind === 'stop');
    const [request] = this.waiting.splice(Math.max(stop, 0), 1);
    return request as HostRequest;
  }
}

function isSame(one: HostRequest, other: HostRequest): boolean {
  if (one.kind === 'stop' || other.kind === 'stop') return one.kind === other.kind;
  return one.manual === other.manual;
}
