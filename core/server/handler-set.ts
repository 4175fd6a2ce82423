import type { AgentRooms } from './agent-rooms.ts';
import type { Listening } from './exposure.ts';
import type { GatewayDeps } from './gateway.ts';
import { agentHandlers } from './handlers/agents.ts';
import { approvalHandlers } from './handlers/approvals.ts';
import { chatHandlers } from './handlers/chat.ts';
import { configHandlers } from './handlers/config.ts';
import { deviceHandlers } from './handlers/devices.ts';
import { gatewayHandlers } from './handlers/gateway.ts';
import type { Handlers } from './handlers/handlers.ts';
import { sessionHandlers } from './handlers/sessions.ts';
import { statusHandlers } from './handlers/status.ts';
import type { LiveState } from './live-state.ts';

export interface HandlerHooks {
  listening(): Listening;
  secretsReloaded(): void;
  otherRequests(): number;
  topics: { add(connId: string, topic: string): void; remove(connId: string, topic: string): void };
}

/** Every handler of the contract, with what it needs and nothing else. */
export function handlerSet(
  deps: GatewayDeps,
  state: LiveState,
  rooms: AgentRooms,
  hooks: HandlerHooks,
): Handlers {
  const { clock, config, devices, identity, tailLog, requestRestart, version, sessions, approvals } = deps;
  const { broadcaster, health, heartbeats, presence } = state;
  const { listening, secretsReloaded, otherRequests, topics } = hooks;
  const shared = {
    now: () => clock.now(),
    health,
    roster: () => state.roster,
    sessionsOf: (agentId: string) => state.sessionsOf(agentId),
  };
  const now = { uptimeMs: () => state.uptimeMs, eventLoopNow: () => state.eventLoopNow(), listening };
  const chat = { clock, sessions, ...rooms, broadcaster, row: rooms.row, defaults: rooms.defaults };
  return {
    ...statusHandlers({ ...shared, ...now, version, presence, broadcaster, heartbeats }),
    ...agentHandlers({ ...shared, models: () => state.models() }),
    ...deviceHandlers({ clock, devices, broadcaster }),
    ...configHandlers({ clock, config, requestRestart, secretsReloaded }),
    ...gatewayHandlers({ identity, tailLog, requestRestart, otherRequests }),
    ...chatHandlers(chat),
    ...sessionHandlers({ ...shared, ...chat, checkModel: rooms.checkModel, topics }),
    ...approvalHandlers({ ...shared, approvals, toolbox: rooms.toolbox }),
  };
}
