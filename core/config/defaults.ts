import { type ConfigObject, isObject, valueAtText } from './config-path.ts';

/** What applies when the file says nothing; only values that clients expect to see in `config.get`. */
const DEFAULTS: ConfigObject = {
  agents: {
    defaults: {
      maxConcurrent: 8,
      subagents: { maxConcurrent: 8, archiveAfterMinutes: 60 },
      compaction: { mode: 'safeguard' },
    },
  },
  messages: { ackReactionScope: 'group-mentions' },
  commands: { native: 'auto', nativeSkills: 'auto', restart: true },
};

/** Older clients expect this one too; newer gateways refuse it when it is written back. */
const V3_DEFAULTS: ConfigObject = { commands: { ownerDisplay: 'raw' } };

/** The configuration in use, as v3 shows it. */
export const applyV3Defaults = (source: ConfigObject): ConfigObject =>
  fill(applyDefaults(source), V3_DEFAULTS) as ConfigObject;

/** The configuration in use: what the file says, completed by the defaults. `source` stays as it was. */
export function applyDefaults(source: ConfigObject): ConfigObject {
  const filled = fill(source, DEFAULTS) as ConfigObject;
  const models = filled.models;
  return isObject(models) && isObject(models.providers)
    ? { ...filled, models: { ...models, providers: fillProviders(models.providers) } }
    : filled;
}

/** Adds the agent `main` where no agents are listed: there is always one. */
export function withMainAgent(source: ConfigObject): ConfigObject {
  const agents = isObject(source.agents) ? source.agents : {};
  const listed = isObject(agents.entries) || (Array.isArray(agents.list) && agents.list.length > 0);
  return listed ? source : { ...source, agents: { ...agents, entries: { main: {} } } };
}

/** Where the value of a dotted path comes from: the file, or a default (which may be "not set"). */
export const originOf = (source: ConfigObject, path: string): 'config' | 'default' =>
  valueAtText(source, path) === undefined ? 'default' : 'config';

function fill(value: unknown, defaults: unknown): unknown {
  if (value === undefined) return structuredClone(defaults);
  if (!isObject(value) || !isObject(defaults)) return value;
  const result: ConfigObject = { ...value };
  for (const [key, item] of Object.entries(defaults)) result[key] = fill(value[key], item);
  return result;
}

/** A model without an `api` speaks the one of its provider. */
const fillProviders = (providers: ConfigObject): ConfigObject =>
  Object.fromEntries(Object.entries(providers).map(([name, provider]) => [name, fillProvider(provider)]));

function fillProvider(provider: unknown): unknown {
  if (!isObject(provider) || typeof provider.api !== 'string' || !Array.isArray(provider.models))
    return provider;
  const models = provider.models.map((model) => (isObject(model) ? { api: provider.api, ...model } : model));
  return { ...provider, models };
}
