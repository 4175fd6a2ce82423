import type { Cli } from '../invocation.ts';

/** Ctrl-C while something runs that should be ended properly. */
export interface Interrupts {
  /** Somebody sees to the first Ctrl-C from now on; until then it ends everything. */
  onFirst(handle: () => void): void;
  /** As if Ctrl-C had been pressed, for terminals that hand it over as a key. */
  press(): void;
  /** Resolves to the exit status when nothing more should be waited for. */
  readonly ended: Promise<number>;
  off(): void;
}

const INTERRUPTED = 130;

export function takeInterrupts(cli: Pick<Cli, 'onInterrupt'>): Interrupts {
  let first: (() => void) | undefined;
  let end: (exitCode: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const press = (): void => {
    const handle = first;
    first = undefined;
    if (handle) handle();
    else end(INTERRUPTED);
  };
  const off = cli.onInterrupt(press);
  return {
    onFirst: (handle) => {
      first = handle;
    },
    press,
    ended,
    off,
  };
}
