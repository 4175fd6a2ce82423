import type { BridgeHandlers } from '../bridge/serve.ts';
import type { LogDesk } from '../log-desk.ts';

export function logHandlers(desk: LogDesk): Pick<BridgeHandlers, 'logs.page' | 'logs.line'> {
  return {
    'logs.page': ({ waitMs = 0, ...request }) => desk.page(request, waitMs),
    'logs.line': async ({ at }) => ({ text: await desk.line(at) }),
  };
}
