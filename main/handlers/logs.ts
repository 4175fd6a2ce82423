import type { BridgeHandlers } from '../bridge/serve.ts';
import type { LogDesk } from '../log-desk.ts';
import type { RemoteLog } from '../remote-log.ts';

/** `isRemote`: the app is about a gateway elsewhere, whose log is wanted then. */
export function logHandlers(
  desk: LogDesk,
  remote: RemoteLog,
  isRemote: () => boolean,
): Pick<BridgeHandlers, 'logs.page' | 'logs.line'> {
  return {
    'logs.page': ({ waitMs = 0, ...request }) => (isRemote() ? remote : desk).page(request, waitMs),
    'logs.line': async ({ at }) => ({ text: await (isRemote() ? remote : desk).line(at) }),
  };
}
