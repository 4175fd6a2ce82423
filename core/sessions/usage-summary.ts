import type { Json } from '../lib/json.ts';
import type { SessionEntry } from './session-types.ts';
import {
  addTo,
  addUsage,
  latencyOf,
  type MessageCounts,
  type ModelUsage,
  noTotals,
  noUsage,
  type UsageSum,
  type UsageTotals,
} from './usage-totals.ts';

/** What one transcript or archive has used within a range. */
export interface CountedFile {
  path: string;
  sessionId: string;
  agentId: string;
  key: string | undefined;
  channel: string | undefined;
  /** Day → what was used on it. */
  days: Map<string, UsageSum>;
  sum: UsageSum;
}

export interface UsageAggregates {
  sessionCount: number;
  messages: MessageCounts;
  tools: { totalCalls: number; uniqueTools: number; tools: { name: string; count: number }[] };
  byModel: ModelUsage[];
  byProvider: { provider: string; count: number; totals: UsageTotals }[];
  byAgent: { agentId: string; totals: UsageTotals }[];
  byChannel: { channel: string; totals: UsageTotals }[];
  latency?: Json;
  dailyLatency: Json[];
  modelDaily: Json[];
  costDaily: ({ date: string } & UsageTotals)[];
  daily: Json[];
}

/** The `usage` of one session in the answer to `sessions.usage`. */
export function sessionUsageOf(entry: SessionEntry, file: CountedFile): Json {
  const { sum } = file;
  const days = sortedDays(file.days);
  const latency = latencyOf(sum.latencies);
  return {
    sessionId: entry.sessionId,
    sessionFile: file.path,
    firstActivity: sum.firstAt,
    lastActivity: sum.lastAt,
    durationMs: sum.lastAt - sum.firstAt,
    activityDates: days.map(([date]) => date),
    dailyBreakdown: days.map(([date, { totals }]) => ({
      date,
      tokens: totals.totalTokens,
      cost: totals.totalCost,
    })),
    dailyMessageCounts: days.map(([date, { messages }]) => ({ date, ...messages })),
    dailyLatency: dailyLatencies(days),
    dailyModelUsage: dailyModels(days),
    messageCounts: sum.messages,
    ...(sum.tools.size > 0 ? { toolUsage: toolUsage(sum) } : {}),
    modelUsage: byCost([...sum.models.values()]),
    ...(latency ? { latency } : {}),
    ...sum.totals,
  };
}

export function aggregatesOf(files: readonly CountedFile[]): UsageAggregates {
  const used = files.filter(({ sum }) => sum.messages.total > 0);
  const all = used.reduce((sum, file) => addUsage(sum, file.sum), noUsage());
  const merged = new Map<string, UsageSum>();
  for (const { days } of used) {
    for (const [date, sum] of days) merged.set(date, addUsage(merged.get(date) ?? noUsage(), sum));
  }
  const days = sortedDays(merged);
  const latency = latencyOf(all.latencies);
  const providers = groupTotals([...all.models.values()], ({ provider }) => provider);
  return {
    sessionCount: new Set(used.map(({ sessionId }) => sessionId)).size,
    messages: all.messages,
    tools: toolUsage(all),
    byModel: byCost([...all.models.values()]),
    byProvider: byCost(providers.map(({ name, count, totals }) => ({ provider: name, count, totals }))),
    byAgent: byCost(
      totalsBy(used, ({ agentId }) => agentId).map(([agentId, totals]) => ({ agentId, totals })),
    ),
    byChannel: byCost(
      totalsBy(used, ({ channel }) => channel).map(([channel, totals]) => ({ channel, totals })),
    ),
    ...(latency ? { latency: { ...latency } } : {}),
    dailyLatency: dailyLatencies(days),
    modelDaily: dailyModels(days),
    costDaily: days.map(([date, { totals }]) => ({ date, ...totals })),
    daily: days.map(([date, { totals, messages }]) => ({
      date,
      tokens: totals.totalTokens,
      cost: totals.totalCost,
      messages: messages.total,
      toolCalls: messages.toolCalls,
      errors: messages.errors,
    })),
  };
}

const sortedDays = (days: Map<string, UsageSum>): [string, UsageSum][] =>
  [...days].sort(([a], [b]) => (a < b ? -1 : 1));

const byCost = <T extends { totals: UsageTotals }>(rows: T[]): T[] =>
  rows.sort((a, b) => b.totals.totalCost - a.totals.totalCost || b.totals.totalTokens - a.totals.totalTokens);

function toolUsage({ tools, messages }: UsageSum): UsageAggregates['tools'] {
  const rows = [...tools].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  return { totalCalls: messages.toolCalls, uniqueTools: tools.size, tools: rows };
}

function dailyLatencies(days: readonly [string, UsageSum][]): Json[] {
  return days.flatMap(([date, { latencies }]) => {
    const latency = latencyOf(latencies);
    return latency ? [{ date, ...latency }] : [];
  });
}

function dailyModels(days: readonly [string, UsageSum][]): Json[] {
  return days.flatMap(([date, { models }]) =>
    byCost([...models.values()]).map(({ provider, model, count, totals }) => {
      const { totalTokens: tokens, totalCost: cost } = totals;
      return { date, provider, model, tokens, cost, count };
    }),
  );
}

function groupTotals(models: readonly ModelUsage[], nameOf: (model: ModelUsage) => string) {
  const groups = new Map<string, { name: string; count: number; totals: UsageTotals }>();
  for (const model of models) {
    const name = nameOf(model);
    const group = groups.get(name) ?? { name, count: 0, totals: noTotals() };
    group.count += model.count;
    addTo(group.totals, model.totals);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function totalsBy(
  files: readonly CountedFile[],
  nameOf: (file: CountedFile) => string | undefined,
): [string, UsageTotals][] {
  const groups = new Map<string, UsageTotals>();
  for (const file of files) {
    const name = nameOf(file);
    if (name !== undefined) groups.set(name, addTo(groups.get(name) ?? noTotals(), file.sum.totals));
  }
  return [...groups];
}
