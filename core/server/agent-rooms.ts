import type { Roster } from '../agents/roster.ts';
import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { ConfigService } from '../config/service.ts';
import type { Clock } from '../lib/clock.ts';
import { asNumber, asText, type Json, valueAt } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import type { ToolSpec } from '../models/model.ts';
import { namedModel } from '../models/resolve.ts';
import type { Models } from '../models/runner.ts';
import { AgentService, type AgentServiceDeps } from '../runs/agent-service.ts';
import { Compactor } from '../runs/compactor.ts';
import { RunDesk } from '../runs/run-desk.ts';
import { sessionPolicy } from '../sessions/session-policy.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { Tool } from '../tools/tool.ts';
import { createTools, type Toolbox } from '../tools/toolbox.ts';
import type { Broadcaster } from './broadcast.ts';
import { RunTeller } from './run-events.ts';
import { sessionAccess } from './session-access.ts';
import { announceOperation } from './session-events.ts';
import { sessionRows } from './session-rows.ts';

/** What outlives a restart of the gateway in its process. */
export interface AgentStores {
  /** Whether the echo model, which needs no key, is offered. */
  devEcho: boolean;
  sessions: SessionStore;
  models: Models;
  approvals: ApprovalDesk;
}

export interface AgentRoomsDeps extends AgentStores {
  clock: Clock;
  log: Logger;
  env: NodeJS.ProcessEnv;
  config: ConfigService;
  /** Directories that no tool may touch. */
  closedDirs: readonly string[];
  broadcaster: Broadcaster;
  roster(): Roster;
}

/** Where agents do their work while a gateway runs. */
export interface AgentRooms {
  desk: RunDesk;
  agents: AgentService;
  compactor: Compactor;
  toolbox: Toolbox;
  /** What `sessions.list` says of a session. */
  row(entry: SessionEntry): Json;
  /** What holds for a session that says nothing else. */
  defaults(): Json;
  /** Why a session cannot be given this model; undefined when it can. */
  checkModel(model: string): string | undefined;
  /** Lets runs end within `ms`, then cuts them off; what they said is kept. */
  close(ms: number): Promise<void>;
}

const DEFAULT_TIMEOUT_SECONDS = 600;
const COMPACTION_SECONDS = 180;

export function openAgentRooms(deps: AgentRoomsDeps): AgentRooms {
  const { clock, log, env, config, sessions, models, broadcaster, roster } = deps;
  const teller = new RunTeller({
    broadcaster,
    now: () => clock.now(),
    after: (ms, task) => clock.after(ms, task),
  });
  const desk = new RunDesk({
    clock,
    log: log.child('agent'),
    announce: (run, event) => teller.tell(run, event),
  });
  const toolbox = createTools({
    config: () => config.current.config,
    env,
    clock,
    log: log.child('tools'),
    approvals: deps.approvals,
    sessions: sessionAccess({ sessions, clock, service: () => agents }),
    closedDirs: deps.closedDirs,
  });
  const compactor = openCompactor(deps);
  const agents = new AgentService(serviceDeps(deps, desk, toolbox, compactor));
  const rows = sessionRows({
    now: () => clock.now(),
    roster,
    config: () => config.current.config,
    devEcho: deps.devEcho,
    active: () => desk.active(),
    resolve: (agent, entry) => models.resolve(agent, entry),
  });
  return {
    desk,
    agents,
    compactor,
    toolbox,
    ...rows,
    checkModel: (model) => {
      const named = namedModel({ config: config.current.config, env, devEcho: deps.devEcho }, model);
      return 'error' in named ? named.error.message : undefined;
    },
    close: async (ms) => {
      await desk.close(ms);
      await agents.close();
    },
  };
}

type Asking = Pick<AgentServiceDeps, 'resolve' | 'stream'>;

const asking = ({ models }: AgentRoomsDeps): Asking => ({
  resolve: (agent, entry) => models.resolveOrOffer(agent, entry),
  stream: (chain, request) => models.streamWithFallback(chain, { ...request, tools: [...request.tools] }),
});

function openCompactor(deps: AgentRoomsDeps): Compactor {
  const { clock, config, sessions, roster, broadcaster } = deps;
  return new Compactor({
    ...asking(deps),
    clock,
    sessions,
    agent: (id) => roster().agents.find((agent) => agent.id === id),
    settings: () => {
      const compaction = valueAt(config.current.config, 'agents.defaults.compaction');
      const seconds = asNumber(valueAt(compaction, 'timeoutSeconds')) ?? COMPACTION_SECONDS;
      return { model: asText(valueAt(compaction, 'model')), timeoutMs: seconds * 1000 };
    },
    announce: (notice) => announceOperation(broadcaster, notice),
  });
}

function serviceDeps(
  deps: AgentRoomsDeps,
  desk: RunDesk,
  toolbox: Toolbox,
  compactor: Compactor,
): AgentServiceDeps {
  const { clock, config, sessions, models, roster } = deps;
  const current = () => config.current.config;
  return {
    clock,
    sessions,
    desk,
    roster,
    policy: () => sessionPolicy(current()),
    defaultTimeoutMs: () => timeoutSeconds(current()) * 1000,
    ...asking(deps),
    mayAskEarly: (model) => models.mayAskEarly(model),
    compact: (key, request) => compactor.compact(key, request),
    tools: (agentId, model) => toolbox.forAgent(agentId, model).map(toolSpec),
    callTool: (call, scope, signal) =>
      toolbox.run(call, {
        ...scope,
        signal,
        toolCallId: call.id,
        exec: execRules(sessions.get(scope.sessionKey)),
      }),
  };
}

const toolSpec = ({ name, description, parameters }: Tool): ToolSpec => ({
  name,
  description,
  parameters: { ...parameters },
});

/** What a session demands of commands beyond the configuration; it can only be stricter. */
function execRules(entry: SessionEntry | undefined): { security?: string; ask?: string } {
  return {
    ...(entry?.execSecurity ? { security: entry.execSecurity } : {}),
    ...(entry?.execAsk ? { ask: entry.execAsk } : {}),
  };
}

const timeoutSeconds = (config: unknown): number =>
  asNumber(valueAt(config, 'agents.defaults.timeoutSeconds')) ?? DEFAULT_TIMEOUT_SECONDS;
