import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);

export const agentMethods = defineMethods({
  'agents.list': {
    summary: 'The configured agents',
    scope: 'operator.read',
    params: z.strictObject({}).optional(),
    result: z.looseObject({
      defaultId: z.string(),
      mainKey: z.string(),
      scope: z.enum(['per-sender', 'global']),
      agents: z.array(z.looseObject({ id: filled })),
    }),
  },
  'agent.identity.get': {
    summary: 'Name and avatar of an agent',
    scope: 'operator.read',
    params: z.strictObject({ agentId: filled.optional(), sessionKey: filled.optional() }).optional(),
    result: z.looseObject({ agentId: filled, name: z.string(), avatar: z.string() }),
  },
  'models.list': {
    summary: 'The models of the configuration',
    scope: 'operator.read',
    params: z
      .strictObject({
        agentId: filled.optional(),
        includeProviderCapabilities: z.boolean().optional(),
        preparedOnly: z.boolean().optional(),
        refresh: z.boolean().optional(),
        view: z.enum(['default', 'configured', 'provider-config', 'all']).optional(),
      })
      .optional(),
    result: z.looseObject({
      models: z.array(z.looseObject({ id: filled, name: filled, provider: filled })),
    }),
  },
  'channels.status': {
    summary: 'State of the message channels',
    scope: 'operator.read',
    params: z
      .strictObject({
        probe: z.boolean().optional(),
        timeoutMs: z.int().min(0).optional(),
        channel: filled.optional(),
      })
      .optional(),
    result: z.looseObject({
      ts: z.int(),
      channelOrder: z.array(z.string()),
      channelLabels: z.record(z.string(), z.string()),
      channels: z.record(z.string(), z.unknown()),
      channelAccounts: z.record(z.string(), z.array(z.unknown())),
      channelDefaultAccountId: z.record(z.string(), z.string()),
    }),
  },
});
