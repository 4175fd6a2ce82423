import type { Agent, Roster } from '../../agents/roster.ts';
import type { CatalogModel } from '../../models/catalog.ts';
import { invalidRequest } from '../../protocol/errors.ts';
import type { agentMethods } from '../../protocol/methods/agents.ts';
import type { HealthCache } from '../../status/health.ts';
import type { HandlersOf } from './handlers.ts';

export interface AgentDeps {
  now(): number;
  health: HealthCache;
  roster(): Roster;
  models(): CatalogModel[];
}

export function agentHandlers(deps: AgentDeps): HandlersOf<keyof typeof agentMethods> {
  return {
    'agents.list': () => agentsList(deps.roster()),
    'agent.identity.get': (params) => identityOf(deps.roster(), params?.agentId, params?.sessionKey),
    'models.list': () => ({ models: deps.models().map((model) => ({ ...model })) }),
    'channels.status': () => ({
      ts: deps.now(),
      channelOrder: [],
      channelLabels: {},
      channelDetailLabels: {},
      channelSystemImages: {},
      channelMeta: [],
      eventLoop: deps.health.current.eventLoop,
      channels: {},
      channelAccounts: {},
      channelDefaultAccountId: {},
      statusIssues: [],
    }),
  };
}

function agentsList(roster: Roster) {
  return {
    defaultId: roster.defaultId,
    ownership: roster.agents.length === 1 ? 'sole' : 'explicit',
    selectionRequired: false,
    mainKey: roster.mainKey,
    scope: roster.scope,
    agents: roster.agents.map(({ id, name, identity, workspace, model }) => ({
      id,
      ...(name === undefined ? {} : { name }),
      ...(identity === undefined ? {} : { identity }),
      workspace,
      ...(model === undefined ? {} : { model }),
    })),
  };
}

/** `sessionKey` names its agent as `agent:<id>:…`; any other key belongs to the default agent. */
function identityOf(roster: Roster, agentId: string | undefined, sessionKey: string | undefined) {
  const wanted = agentId ?? /^agent:([^:]+):/.exec(sessionKey ?? '')?.[1] ?? roster.defaultId;
  const agent = roster.agents.find(({ id }) => id === wanted);
  if (!agent) throw invalidRequest(`invalid agent.identity.get params: unknown agent id "${wanted}"`);
  const name = agent.identity?.name ?? agent.name;
  return {
    agentId: agent.id,
    name: name ?? 'Assistant',
    nameSource: name === undefined ? 'default' : 'config',
    avatar: avatarOf(agent, name ?? 'Assistant'),
    ...(agent.identity?.emoji === undefined ? {} : { emoji: agent.identity.emoji }),
  };
}

function avatarOf(agent: Agent, name: string): string {
  return agent.identity?.avatar ?? agent.identity?.emoji ?? [...name.trim()][0]?.toUpperCase() ?? 'A';
}
