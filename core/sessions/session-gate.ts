/**
 * Orders the work on one session: `shared` tasks (appends) run side by side and start in the order of the
 * calls; an `exclusive` one (reset, compact, delete) waits for those before it and holds back those after it.
 */
export interface SessionGate {
  shared<T>(task: () => Promise<T>): Promise<T>;
  exclusive<T>(task: () => Promise<T>): Promise<T>;
}

export function createSessionGate(): SessionGate {
  const sharing = new Set<Promise<unknown>>();
  let lastExclusive: Promise<unknown> | undefined;
  const settled = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      () => {},
    );
  return {
    shared(task) {
      const work = lastExclusive ? lastExclusive.then(task) : task();
      const tracked = settled(work).finally(() => sharing.delete(tracked));
      sharing.add(tracked);
      return work;
    },
    exclusive(task) {
      const before = [...sharing, ...(lastExclusive ? [lastExclusive] : [])];
      const work = Promise.all(before).then(task);
      const tracked = settled(work).finally(() => {
        if (lastExclusive === tracked) lastExclusive = undefined;
      });
      lastExclusive = tracked;
      return work;
    },
  };
}
