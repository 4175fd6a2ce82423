import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();
const agentId = filled.optional();

const usageRange = {
  startDate: z.string().optional(),
  endDate: z.string().optional(),
  mode: z.enum(['utc', 'gateway', 'specific']).optional(),
  utcOffset: z.string().optional(),
  timeZone: z.string().optional(),
  range: z.enum(['7d', '30d', '90d', '1y', 'all']).optional(),
};

export const usageMethods = defineMethods({
  'sessions.usage': {
    summary: 'Tokens and cost by session, model, agent and day',
    scope: 'operator.read',
    params: z
      .strictObject({
        key: filled.optional(),
        agentId,
        agentScope: z.literal('all').optional(),
        ...usageRange,
        groupBy: z.enum(['instance', 'family']).optional(),
        includeHistorical: flag,
        limit: z.int().min(1).optional(),
        includeContextWeight: flag,
      })
      .optional(),
    result: z.looseObject({
      updatedAt: z.int(),
      sessions: z.array(z.looseObject({})),
      totals: z.looseObject({}),
    }),
  },
  'sessions.usage.timeseries': {
    summary: 'Tokens and cost of one session over time',
    scope: 'operator.read',
    params: z.strictObject({ key: filled, agentId }),
    result: z.looseObject({ points: z.array(z.looseObject({})) }),
  },
  'sessions.usage.logs': {
    summary: 'The messages of one session with what each cost',
    scope: 'operator.read',
    params: z.strictObject({ key: filled, agentId, limit: z.int().min(1).optional() }),
    result: z.looseObject({ logs: z.array(z.looseObject({})) }),
  },
  'usage.cost': {
    summary: 'Tokens and cost by day',
    scope: 'operator.read',
    params: z
      .strictObject({
        days: z.int().min(1).max(3650).optional(),
        agentId,
        agentScope: z.literal('all').optional(),
        ...usageRange,
      })
      .optional(),
    result: z.looseObject({
      updatedAt: z.int(),
      days: z.int(),
      daily: z.array(z.looseObject({})),
      totals: z.looseObject({}),
    }),
  },
  'usage.status': {
    summary: 'Limits that model providers report',
    scope: 'operator.read',
    params: z.strictObject({}).optional(),
    result: z.strictObject({ updatedAt: z.int(), providers: z.array(z.unknown()) }),
  },
});
