/** Lets one holder of a name in at a time, in the order of asking. */
export interface TurnLock {
  /** Resolves with the release function; undefined when the signal aborted first. */
  enter(name: string, signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createTurnLock(): TurnLock {
  const tails = new Map<string, Promise<void>>();
  return {
    enter: async (name, signal) => {
      const before = tails.get(name) ?? Promise.resolve();
      const { promise: mine, resolve: release } = deferred();
      const tail = before.then(() => mine);
      tails.set(name, tail);
      void tail.then(() => {
        if (tails.get(name) === tail) tails.delete(name);
      });
      await Promise.race([before, abortOf(signal)]);
      if (!signal.aborted) return release;
      release();
      return undefined;
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
