import { type ExecPolicy, execPolicyFrom } from '../approvals/exec-policy.ts';
import { asObject, asText, asTexts, type Json } from '../lib/json.ts';

export type ToolPolicy = 'allow' | 'ask' | 'deny';
export interface PolicySubject {
  agentId: string;
  model?: { provider: string; model: string };
}

/** Groups as configurations name them, with the tools of this program in them. */
const OWN_GROUPS: Record<string, string[]> = {
  'group:fs': ['read', 'write', 'edit', 'ls'],
  'group:runtime': ['exec'],
  'group:web': ['web_fetch'],
  'group:sessions': ['sessions_list', 'sessions_history', 'sessions_send'],
};
const GROUP_TOOLS: Record<string, string[]> = {
  ...OWN_GROUPS,
  'group:openclaw': Object.values(OWN_GROUPS).flat(),
};

/** Tools of each profile; `full` stands for all. */
export type ProfileId = 'minimal' | 'coding' | 'messaging' | 'full';

export const PROFILES: { id: ProfileId; label: string; tools: string[] }[] = [
  { id: 'minimal', label: 'Minimal', tools: [] },
  { id: 'coding', label: 'Coding', tools: ['group:openclaw'] },
  { id: 'messaging', label: 'Messaging', tools: ['group:sessions'] },
  { id: 'full', label: 'Full', tools: ['*'] },
];

const ALIASES: Record<string, string> = { bash: 'exec' };

/** The row of an agent, of either era: `agents.entries.<id>` and `agents.list[]`. */
export function agentRow(config: Json, agentId: string): Json {
  const agents = asObject(config.agents);
  const entries = asObject(agents.entries);
  if (Object.hasOwn(entries, agentId)) return asObject(entries[agentId]);
  const list = Array.isArray(agents.list) ? agents.list.map(asObject) : [];
  return list.find((row) => row.id === agentId) ?? {};
}

/**
 * What holds for a tool. Each layer (`tools`, `tools.byProvider`, the same of the agent) can only take
 * away: its profile, its `allow`, its `deny`. `policy.<tool>` of agent or `tools` then decides between
 * allow, ask and deny. Undefined when nothing was said about an allowed tool.
 */
export function toolPolicy(config: Json, subject: PolicySubject, tool: string): ToolPolicy | undefined {
  const own = asObject(agentRow(config, subject.agentId).tools);
  const shared = asObject(config.tools);
  const layers = [shared, own].flatMap((tools) => [tools, ...providerLayers(tools, subject.model)]);
  const profiled = own.profile === undefined ? layers : layers.map((layer) => withoutProfile(layer, shared));
  if (!profiled.every((layer) => layerAllows(layer, tool))) return 'deny';
  if (tool === 'web_fetch' && webFetchOff(shared)) return 'deny';
  return saidPolicy(own, tool) ?? saidPolicy(shared, tool);
}

/** The profile of an agent takes the place of the general one. */
const withoutProfile = (layer: Json, shared: Json): Json =>
  layer === shared ? { ...layer, profile: undefined } : layer;

const webFetchOff = (tools: Json): boolean => asObject(asObject(tools.web).fetch).enabled === false;

function providerLayers(tools: Json, model: PolicySubject['model']): Json[] {
  const byProvider = asObject(tools.byProvider);
  if (model === undefined) return [];
  return [model.provider, `${model.provider}/${model.model}`]
    .filter((key) => Object.hasOwn(byProvider, key))
    .map((key) => asObject(byProvider[key]));
}

function layerAllows(layer: Json, tool: string): boolean {
  const also = asTexts(layer.alsoAllow);
  if (namesTool(asTexts(layer.deny), tool)) return false;
  if (!profileAllows(asText(layer.profile), tool) && !namesTool(also, tool)) return false;
  const allow = asTexts(layer.allow);
  return allow.length === 0 || namesTool([...allow, ...also], tool);
}

/** A profile nobody knows allows nothing: it was meant to take something away. */
function profileAllows(profile: string | undefined, tool: string): boolean {
  if (profile === undefined) return true;
  const known = PROFILES.find(({ id }) => id === profile);
  return known !== undefined && namesTool(known.tools, tool);
}

function namesTool(names: readonly string[], tool: string): boolean {
  return names.some((name) => {
    const plain = name.trim().toLowerCase();
    const group = Object.hasOwn(GROUP_TOOLS, plain) ? GROUP_TOOLS[plain] : undefined;
    if (group) return group.includes(tool);
    const aliased = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : plain;
    return aliased === tool || (plain.includes('*') && globMatches(plain, tool));
  });
}

function globMatches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split(/\*+/);
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function saidPolicy(tools: Json, tool: string): ToolPolicy | undefined {
  const policy = asObject(tools.policy);
  const said = Object.hasOwn(policy, tool) ? policy[tool] : undefined;
  if (said === undefined) return undefined;
  // A word nobody knows was meant to say something: a person decides.
  return (['allow', 'ask', 'deny'] as const).find((known) => known === said) ?? 'ask';
}

/** What configuration says about commands: `tools.exec` with that of the agent over it, and `policy.exec`. */
export function execLayers(
  config: Json,
  agentId: string,
  policy: ToolPolicy | undefined,
): Partial<ExecPolicy>[] {
  const shared = asObject(asObject(config.tools).exec);
  const own = asObject(asObject(agentRow(config, agentId).tools).exec);
  return [{ ...execPolicyFrom(shared), ...execPolicyFrom(own) }, POLICY_LAYER[policy ?? 'silent']];
}

const POLICY_LAYER: Record<ToolPolicy | 'silent', Partial<ExecPolicy>> = {
  allow: { security: 'full', ask: 'off' },
  ask: { security: 'allowlist', ask: 'on-miss' },
  deny: { security: 'deny' },
  silent: {},
};
