import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ask } from '../bridge.ts';
import { LogFeed, type LogShown } from './log-feed.ts';

const PAUSE_MS = 2_000;

/** A feed for as long as the component is shown; what changes within one frame is drawn once. */
export function useLogFeed(): { feed: LogFeed; shown: LogShown } {
  const listener = useRef<() => void>(() => {});
  const [feed] = useState(() => {
    let isDue = false;
    return new LogFeed({
      page: (params) => ask('logs.page', params),
      seen: whenSeen,
      pause: () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)),
      changed() {
        if (isDue) return;
        isDue = true;
        requestAnimationFrame(() => {
          isDue = false;
          listener.current();
        });
      },
    });
  });
  const shown = useSyncExternalStore(
    (changed) => {
      listener.current = changed;
      return () => {
        listener.current = () => {};
      };
    },
    () => feed.shown,
  );
  useEffect(() => () => feed.close(), [feed]);
  return { feed, shown };
}

/** Nobody looks at a window that is hidden, so nothing is read for it. */
const whenSeen = (): Promise<void> =>
  document.hidden
    ? new Promise((resolve) => document.addEventListener('visibilitychange', () => resolve(), { once: true }))
    : Promise.resolve();
