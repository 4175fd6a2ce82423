import type { HostRequests } from './host-requests.ts';

const STOPS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Both mean restart: older and newer releases differ in which one they use. */
const RESTARTS = ['SIGUSR1', 'SIGUSR2'] as const;

/**
 * Turns the signals a gateway obeys into requests; returns what ends that. A listener on SIGUSR1 also keeps Node
 * from opening its inspector on it, so this comes first of all.
 */
export function listenToSignals(requests: HostRequests): () => void {
  const installed = new Map<NodeJS.Signals, () => void>();
  const install = (signal: NodeJS.Signals, handler: () => void): void => {
    process.on(signal, handler);
    installed.set(signal, handler);
  };
  for (const signal of STOPS) install(signal, () => requests.add({ kind: 'stop', signal }));
  if (process.platform !== 'win32') {
    for (const signal of RESTARTS) {
      install(signal, () => requests.add({ kind: 'restart', why: signal, manual: true }));
    }
  }
  return () => {
    for (const [signal, handler] of installed) process.removeListener(signal, handler);
  };
}
