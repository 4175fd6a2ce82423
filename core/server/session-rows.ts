import type { Agent, Roster } from '../agents/roster.ts';
import type { Json } from '../lib/json.ts';
import { type CatalogModel, modelCatalog } from '../models/catalog.ts';
import type { ModelRef } from '../models/model.ts';
import type { ModelChain } from '../models/resolve.ts';
import type { RunIdentity } from '../runs/run-event.ts';
import { kindOfKey, mainSessionKey } from '../sessions/session-key.ts';
import { type SessionEntry, TOLD_FIELDS } from '../sessions/session-types.ts';

export interface RowDeps {
  now(): number;
  roster(): Roster;
  /** The configuration as it is now: the same object until it changes. */
  config(): Json;
  devEcho: boolean;
  /** Runs that have not ended. */
  active(): readonly RunIdentity[];
  resolve(agent: Agent | undefined, entry: SessionEntry | undefined): ModelChain;
}

export interface SessionRows {
  /** What `sessions.list` says of a session, in v4's shape. */
  row(entry: SessionEntry): Json;
  /** What holds for a session of the default agent that says nothing else. */
  defaults(): Json;
}

/** How much a model can be told to think. One that does not reason only knows `off`. */
export const THINKING_LEVELS: readonly string[] = [
  'off',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'adaptive',
  'max',
];
const NO_THINKING: readonly string[] = ['off'];

const RUNTIME = {
  id: 'auto',
  cloudPlacementSupported: false,
  devicePlacementSupported: false,
  source: 'implicit',
};

/** Facts about the model that answers, in the fields of a row. */
interface ModelFacts {
  modelProvider: string | null;
  model: string | null;
  contextTokens: number | null;
  agentRuntime: Json;
  thinkingLevels: { id: string; label: string }[];
  thinkingOptions: readonly string[];
  thinkingDefault?: string;
}

interface Known {
  config: Json;
  catalog: Map<string, CatalogModel>;
  /** By agent, for sessions without a model of their own. */
  facts: Map<string, ModelFacts>;
}

/** Rows of sessions. What the configuration says about models is worked out once, until it changes. */
export function sessionRows(deps: RowDeps): SessionRows {
  let known: Known | undefined;
  const current = (): Known => {
    const config = deps.config();
    if (known?.config !== config) {
      const models = modelCatalog(config, deps.devEcho);
      const catalog = new Map(models.map((model) => [`${model.provider}/${model.id}`, model]));
      known = { config, catalog, facts: new Map() };
    }
    return known;
  };
  const factsOf = (agentId: string, entry: SessionEntry | undefined): ModelFacts => {
    const { catalog, facts } = current();
    const isOwn = entry?.modelOverride !== undefined;
    const remembered = isOwn ? undefined : facts.get(agentId);
    if (remembered) return remembered;
    const agent = deps.roster().agents.find(({ id }) => id === agentId);
    const resolved = deps.resolve(agent, isOwn ? entry : undefined);
    const ref = 'chain' in resolved ? resolved.chain[0] : namedBy(resolved.error);
    const made = modelFacts(ref, catalog, agent);
    if (!isOwn) facts.set(agentId, made);
    return made;
  };
  return {
    row: (entry) => rowOf(entry, deps, factsOf(entry.agentId, entry)),
    defaults: () => ({ ...factsOf(deps.roster().defaultId, undefined), modelSelectionTarget: 'session' }),
  };
}

/** A model that nobody has is told as the one that the next run will ask for in vain. */
const namedBy = ({ provider, model }: ModelRef): ModelRef | undefined =>
  provider === '' ? undefined : { provider, model };

/** What a model is taken to remember when the configuration does not say. */
const DEFAULT_CONTEXT_TOKENS = 128_000;

function modelFacts(
  ref: ModelRef | undefined,
  catalog: ReadonlyMap<string, CatalogModel>,
  agent: Agent | undefined,
): ModelFacts {
  const model = ref && catalog.get(`${ref.provider}/${ref.model}`);
  const options = ref && model?.reasoning !== true ? NO_THINKING : THINKING_LEVELS;
  const thinkingDefault = options === NO_THINKING ? 'off' : agent?.thinkingDefault;
  return {
    modelProvider: ref?.provider ?? null,
    model: ref?.model ?? null,
    contextTokens: model?.contextWindow ?? (ref ? DEFAULT_CONTEXT_TOKENS : null),
    agentRuntime: RUNTIME,
    thinkingLevels: options.map((id) => ({ id, label: id })),
    thinkingOptions: options,
    ...(thinkingDefault === undefined ? {} : { thinkingDefault }),
  };
}

const STATUS: Partial<Record<NonNullable<SessionEntry['status']>, string>> = {
  running: 'running',
  done: 'done',
  error: 'failed',
  timeout: 'timeout',
  interrupted: 'killed',
};

function rowOf(entry: SessionEntry, deps: RowDeps, facts: ModelFacts): Json {
  const { key, agentId } = entry;
  const isMain = key === mainSessionKey(deps.roster(), agentId);
  const runs = deps.active().filter(({ sessionKey }) => sessionKey === key);
  const row: Json = {
    key,
    kind: kindOfKey(key),
    classification: isMain ? 'main' : 'custom',
    agentId,
    isMain,
    isBackground: false,
    visibility: 'shared',
    permissionModePending: false,
    runtimeSelectionLocked: false,
    chatType: entry.chatType,
    createdAt: entry.createdAt,
    updatedAt: entry.updatedAt,
    archived: entry.archived === true,
    pinned: entry.pinned === true,
    unread: entry.unread === true,
    sessionId: entry.sessionId,
    systemSent: entry.systemSent,
    abortedLastRun: entry.abortedLastRun,
    ...modelFields(entry, facts),
    displayName: entry.displayName ?? entry.label,
    channel: entry.lastChannel,
    estimatedCostUsd: entry.costUsd,
    status: statusOf(entry),
    hasActiveRun: runs.length > 0,
    activeRunIds: runs.map(({ runId }) => runId),
    snapshotAt: deps.now(),
  };
  for (const field of TOLD_FIELDS) if (entry[field] !== undefined) row[field] = entry[field];
  return row;
}

/** What was aborted did not get done. */
function statusOf({ status, abortedLastRun }: SessionEntry): string | undefined {
  if (status === undefined) return undefined;
  return status === 'done' && abortedLastRun ? 'killed' : STATUS[status];
}

const modelFields = (entry: SessionEntry, facts: ModelFacts): Json => ({
  ...facts,
  modelProvider: facts.modelProvider ?? undefined,
  model: facts.model ?? undefined,
  contextTokens: facts.contextTokens ?? undefined,
  modelOverrideSource: entry.modelOverride === undefined ? null : 'user',
});

/** An entry as clients see it: all but what is between this gateway and a command line backend. */
export function wireEntry({ cliSessions: _, ...entry }: SessionEntry): Omit<SessionEntry, 'cliSessions'> {
  return entry;
}

/** The model that answers the next message, as answers to changes of a session name it. */
export function resolvedModel({ modelProvider, model, agentRuntime }: Json): Json {
  return { modelProvider: modelProvider ?? null, model: model ?? null, agentRuntime };
}
