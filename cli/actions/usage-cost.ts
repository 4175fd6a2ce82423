import { asNumber, asObject, asText, type Json } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { withGateway } from '../gateway.ts';
import type { Action } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { grouped } from '../session-text.ts';
import { tellLines } from '../told-lines.ts';

interface UsageFlags extends QueryOptions {
  days: number;
  agent?: string;
  allAgents?: boolean;
}

/** Source: CLI samples, up-usage-cost. */
export const usageCost: Action<UsageFlags> = (invocation) => {
  const { output, cli, options } = invocation;
  const { days, agent, allAgents } = options;
  if (agent !== undefined && allAgents)
    throw new RpcError('BAD_ARGUMENT', 'Use either --agent or --all-agents.');
  cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: ['operator.read'] }, async ({ connection, timeLeft }) => {
    const usage = await connection.call(
      'usage.cost',
      { days, ...scopeOf(options) },
      { timeoutMs: timeLeft() },
    );
    if (output.json) output.value(usage);
    else for (const line of usageLines(usage, days)) tellLines(invocation, line);
    return 0;
  });
};

function scopeOf({ agent, allAgents }: UsageFlags): { agentId?: string; agentScope?: 'all' } {
  if (allAgents) return { agentScope: 'all' };
  return agent === undefined ? {} : { agentId: agent };
}

function usageLines(usage: Json, days: number): string[] {
  const daily = Array.isArray(usage.daily) ? usage.daily.map(asObject) : [];
  const latest = daily.findLast((day) => (asNumber(day.totalTokens) ?? 0) > 0);
  const status = asText(asObject(usage.cacheStatus).status);
  const isPartial = status !== undefined && status !== 'fresh';
  return [
    `Usage cost (${days} ${days === 1 ? 'day' : 'days'})`,
    ...(isPartial ? [`Usage totals may be incomplete (${status}). Run this command again later.`] : []),
    `Total: ${amounts(asObject(usage.totals))}`,
    ...(latest ? [`Latest day: ${String(latest.date)} · ${amounts(latest)}`] : []),
    ...unpriced(asObject(usage.totals)),
  ];
}

const amounts = ({ totalCost, totalTokens }: Json): string =>
  `${dollars(asNumber(totalCost) ?? 0)} · ${grouped(asNumber(totalTokens) ?? 0)} tokens`;

const dollars = (cost: number): string => `$${cost.toFixed(cost < 1 ? 4 : 2)}`;

function unpriced({ missingCostEntries }: Json): string[] {
  const count = asNumber(missingCostEntries) ?? 0;
  return count === 0
    ? []
    : [`${grouped(count)} ${count === 1 ? 'answer has' : 'answers have'} no known price.`];
}
