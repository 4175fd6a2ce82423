import { asNumber, asObject, type Json } from '../lib/json.ts';

/** Tokens, and what they cost in US dollars. */
export interface UsageTotals {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  totalTokens: number;
  totalCost: number;
  inputCost: number;
  outputCost: number;
  cacheReadCost: number;
  cacheWriteCost: number;
  /** Answers that used tokens but whose model has no price. */
  missingCostEntries: number;
}

export interface MessageCounts {
  total: number;
  user: number;
  assistant: number;
  toolCalls: number;
  toolResults: number;
  errors: number;
}

export interface ModelUsage {
  provider: string;
  model: string;
  count: number;
  totals: UsageTotals;
}

export const noTotals = (): UsageTotals => ({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 0,
  totalCost: 0,
  inputCost: 0,
  outputCost: 0,
  cacheReadCost: 0,
  cacheWriteCost: 0,
  missingCostEntries: 0,
});

export const noCounts = (): MessageCounts => ({
  total: 0,
  user: 0,
  assistant: 0,
  toolCalls: 0,
  toolResults: 0,
  errors: 0,
});

/** Adds the numbers of `more` to those of `sum`, in place. */
export function addTo<T extends object>(sum: T, more: T): T {
  const into = sum as Record<string, number>;
  for (const [field, value] of Object.entries(more)) into[field] = (into[field] ?? 0) + value;
  return sum;
}

/** The totals of the `usage` of one assistant message. */
export function totalsOf(usage: Json): UsageTotals {
  const number = (value: unknown): number => Math.max(0, asNumber(value) ?? 0);
  const cost = asObject(usage.cost);
  const [input, output] = [number(usage.input), number(usage.output)];
  const [cacheRead, cacheWrite] = [number(usage.cacheRead), number(usage.cacheWrite)];
  const parts = [cost.input, cost.output, cost.cacheRead, cost.cacheWrite].map(number);
  const [inputCost = 0, outputCost = 0, cacheReadCost = 0, cacheWriteCost = 0] = parts;
  const totalTokens = number(usage.totalTokens) || input + output + cacheRead + cacheWrite;
  const totalCost = number(cost.total) || inputCost + outputCost + cacheReadCost + cacheWriteCost;
  const missingCostEntries = totalTokens > 0 && asNumber(cost.total) === undefined ? 1 : 0;
  const costs = { totalCost, inputCost, outputCost, cacheReadCost, cacheWriteCost, missingCostEntries };
  return { input, output, cacheRead, cacheWrite, totalTokens, ...costs };
}

/** Everything that is counted, for a stretch of time. */
export interface UsageSum {
  firstAt: number;
  lastAt: number;
  totals: UsageTotals;
  messages: MessageCounts;
  /** By provider and model. */
  models: Map<string, ModelUsage>;
  /** Name → calls. */
  tools: Map<string, number>;
  /** Milliseconds from a user's message to each answer. */
  latencies: number[];
}

export const noUsage = (): UsageSum => ({
  firstAt: Number.POSITIVE_INFINITY,
  lastAt: 0,
  totals: noTotals(),
  messages: noCounts(),
  models: new Map(),
  tools: new Map(),
  latencies: [],
});

export function addModel(
  models: Map<string, ModelUsage>,
  { provider, model, count, totals }: ModelUsage,
): void {
  const name = `${provider}\n${model}`;
  const known = models.get(name) ?? { provider, model, count: 0, totals: noTotals() };
  known.count += count;
  addTo(known.totals, totals);
  models.set(name, known);
}

export function addUsage(sum: UsageSum, more: UsageSum): UsageSum {
  sum.firstAt = Math.min(sum.firstAt, more.firstAt);
  sum.lastAt = Math.max(sum.lastAt, more.lastAt);
  addTo(sum.totals, more.totals);
  addTo(sum.messages, more.messages);
  for (const model of more.models.values()) addModel(sum.models, model);
  for (const [name, calls] of more.tools) sum.tools.set(name, (sum.tools.get(name) ?? 0) + calls);
  for (const latency of more.latencies) sum.latencies.push(latency);
  return sum;
}

export interface LatencySummary {
  count: number;
  avgMs: number;
  p95Ms: number;
  minMs: number;
  maxMs: number;
}

export function latencyOf(samples: readonly number[]): LatencySummary | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  const [minMs] = sorted;
  if (minMs === undefined) return undefined;
  const count = sorted.length;
  const at = (share: number): number => sorted[Math.min(count - 1, Math.ceil(share * count) - 1)] ?? minMs;
  const avgMs = sorted.reduce((sum, each) => sum + each, 0) / count;
  return { count, avgMs, p95Ms: at(0.95), minMs, maxMs: at(1) };
}
