import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();

export const sessionMethods = defineMethods({
  'sessions.list': {
    summary: 'Sessions, most recently used first',
    scope: 'operator.read',
    params: z
      .strictObject({
        limit: z.int().min(1).optional(),
        offset: z.int().min(0).optional(),
        activeMinutes: z.int().min(1).optional(),
        activeOnly: flag,
        requireLastInteraction: flag,
        sortBy: z.enum(['updatedAt', 'lastInteractionAt']).optional(),
        includeGlobal: flag,
        includeUnknown: flag,
        configuredAgentsOnly: flag,
        includeDerivedTitles: flag,
        includeLastMessage: flag,
        label: filled.max(512).optional(),
        boardFace: z.enum(['chat', 'dashboard']).optional(),
        creatorId: filled.optional(),
        ownerId: filled.optional(),
        ownerFirst: flag,
        involvingMe: flag,
        involvingProfileId: filled.optional(),
        includePeople: flag,
        spawnedBy: filled.optional(),
        agentId: filled.optional(),
        search: z.string().optional(),
        archived: z.union([z.boolean(), z.literal('all')]).optional(),
      })
      .optional(),
    result: z.looseObject({
      ts: z.int(),
      path: z.string(),
      count: z.int(),
      defaults: z.looseObject({}),
      sessions: z.array(z.looseObject({ key: filled })),
    }),
  },
});
