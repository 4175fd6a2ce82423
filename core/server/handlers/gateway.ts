import { asText } from '../../lib/json.ts';
import type { gatewayMethods } from '../../protocol/methods/gateway.ts';
import type { RestartRequest, RestartTicket } from './config.ts';
import type { HandlersOf } from './handlers.ts';

export interface LogTailRequest {
  cursor?: number | undefined;
  limit?: number | undefined;
  maxBytes?: number | undefined;
  sinceMs?: number | undefined;
}

export interface LogTail {
  file: string;
  cursor: number;
  size: number;
  lines: string[];
  truncated: boolean;
  reset: boolean;
  skippedBytes?: number;
}

export interface GatewayMethodDeps {
  identity: { deviceId: string; publicKey: string };
  tailLog(request: LogTailRequest): Promise<LogTail>;
  requestRestart(request: RestartRequest): RestartTicket;
  /** Requests being answered now, the asking one not counted. */
  otherRequests(): number;
}

export function gatewayHandlers(deps: GatewayMethodDeps): HandlersOf<keyof typeof gatewayMethods> {
  return {
    'logs.tail': (params) => deps.tailLog(params ?? {}),
    'gateway.identity.get': () => ({ deviceId: deps.identity.deviceId, publicKey: deps.identity.publicKey }),
    'gateway.restart.request': (params) => {
      const preflight = restartPreflight(deps.otherRequests());
      const reason = asText(params?.reason) ?? 'gateway.restart.safe';
      const restart = deps.requestRestart({ reason, delayMs: 0 });
      return {
        ok: true,
        status: preflight.safe ? 'scheduled' : 'deferred',
        preflight,
        restart: { ...restart },
      };
    },
  };
}

/** A restart waits for running requests; this says which. */
function restartPreflight(rootRequests: number) {
  const message = `${rootRequests} active gateway request(s)`;
  const safe = rootRequests === 0;
  return {
    safe,
    counts: { rootRequests, totalActive: rootRequests },
    blockers: safe ? [] : [{ kind: 'root-request', count: rootRequests, message }],
    summary: safe ? 'safe to restart now' : `restart deferred: ${message}`,
  };
}
