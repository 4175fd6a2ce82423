import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();

const key = filled.max(512);
const agentId = filled.optional();
const nullableText = z.string().nullable().optional();
const label = filled.max(512);
const anything = z.unknown().optional();

/** Empty text or null clears an override. */
const overrides = {
  thinkingLevel: nullableText,
  verboseLevel: nullableText,
  traceLevel: nullableText,
  reasoningLevel: nullableText,
  elevatedLevel: nullableText,
  execHost: nullableText,
  execSecurity: nullableText,
  execAsk: nullableText,
  execNode: nullableText,
  model: nullableText,
  fastMode: z
    .union([z.boolean(), z.literal('auto')])
    .nullable()
    .optional(),
  responseUsage: z.enum(['off', 'tokens', 'full', 'on']).nullable().optional(),
  sendPolicy: z.enum(['allow', 'deny']).nullable().optional(),
  groupActivation: z.enum(['mention', 'always']).nullable().optional(),
};

const patch = {
  label: label.nullable().optional(),
  icon: nullableText,
  color: nullableText,
  category: label.nullable().optional(),
  archived: flag,
  pinned: flag,
  unread: flag,
  statusNote: z.string().max(120).nullable().optional(),
  spawnedBy: nullableText,
  spawnDepth: z.int().min(0).nullable().optional(),
  permissionMode: anything,
  contextWindow: nullableText,
  ...overrides,
};

const entryResult = z.looseObject({
  ok: z.literal(true),
  key: filled,
  entry: z.looseObject({ sessionId: filled }),
});

const usageRange = {
  startDate: z.string().optional(),
  endDate: z.string().optional(),
  mode: z.enum(['utc', 'gateway', 'specific']).optional(),
  utcOffset: z.string().optional(),
  timeZone: z.string().optional(),
  range: z.enum(['7d', '30d', '90d', '1y', 'all']).optional(),
};

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
  'sessions.get': {
    summary: 'One session with its newest messages',
    scope: 'operator.read',
    params: z.strictObject({ key, agentId, limit: z.int().min(1).max(1000).optional() }),
    result: z.looseObject({ messages: z.array(z.unknown()) }),
  },
  'sessions.preview': {
    summary: 'The last lines of several sessions',
    scope: 'operator.read',
    params: z.strictObject({
      keys: z.array(filled).min(1),
      limit: z.int().min(1).optional(),
      maxChars: z.int().min(20).optional(),
    }),
    result: z.strictObject({
      ts: z.int(),
      previews: z.array(
        z.strictObject({
          key: z.string(),
          status: z.enum(['ok', 'empty', 'missing', 'error']),
          items: z.array(z.strictObject({ role: z.string(), text: z.string() })),
        }),
      ),
    }),
  },
  'sessions.resolve': {
    summary: 'Find the key of a session by id, label or key',
    scope: 'operator.read',
    params: z.strictObject({
      key: filled.optional(),
      sessionId: filled.optional(),
      label: label.optional(),
      shortId: filled.optional(),
      reference: filled.optional(),
      slugHint: filled.optional(),
      agentId,
      spawnedBy: filled.optional(),
      includeGlobal: flag,
      includeUnknown: flag,
      allowMissing: flag,
    }),
    result: z.looseObject({ ok: z.boolean() }),
  },
  'sessions.create': {
    summary: 'Make a session, with a first message if one is given',
    scope: 'operator.write',
    idempotent: true,
    params: z.looseObject({
      key: key.optional(),
      idempotencyKey: filled.optional(),
      agentId,
      label: label.optional(),
      displayName: filled.max(500).optional(),
      model: filled.optional(),
      thinkingLevel: filled.optional(),
      parentSessionKey: filled.optional(),
      task: z.string().optional(),
      message: z.string().optional(),
    }),
    result: z.looseObject({ ok: z.literal(true), key: filled }),
  },
  'sessions.send': {
    summary: 'Send a message to a session; the answer comes as events',
    scope: 'operator.write',
    params: z.strictObject({
      key,
      agentId,
      message: z.string(),
      thinking: z.string().optional(),
      attachments: z.array(z.looseObject({})).optional(),
      timeoutMs: z.int().min(0).optional(),
      idempotencyKey: filled.optional(),
    }),
    result: z.looseObject({ runId: filled, status: z.string() }),
  },
  'sessions.abort': {
    summary: 'End the running answers of a session, or one run',
    scope: 'operator.write',
    params: z.strictObject({ key: key.optional(), runId: filled.optional(), agentId, clearQueued: flag }),
    result: z.looseObject({ ok: z.literal(true), status: z.enum(['aborted', 'no-active-run']) }),
  },
  'sessions.patch': {
    summary: 'Change the label and the overrides of a session',
    scope: 'operator.write',
    params: z.strictObject({
      key,
      agentId,
      expectedSessionId: filled.optional(),
      expectedLifecycleRevision: filled.optional(),
      ...patch,
    }),
    result: entryResult,
  },
  'sessions.reset': {
    summary: 'Begin a session anew; its transcript is archived',
    scope: 'operator.admin',
    params: z.strictObject({ key, agentId, reason: z.enum(['new', 'reset']).optional() }),
    result: entryResult,
  },
  'sessions.delete': {
    summary: 'Delete a session; its transcript is archived',
    scope: 'operator.admin',
    params: z.strictObject({
      key,
      agentId,
      deleteTranscript: flag,
      emitLifecycleHooks: flag,
      archivedOnly: flag,
      expectedSessionId: filled.optional(),
      expectedLifecycleRevision: filled.optional(),
      expectedSessionUpdatedAt: z.number().min(0).optional(),
    }),
    result: z.looseObject({
      ok: z.literal(true),
      key: filled,
      deleted: z.boolean(),
      archived: z.array(z.string()),
    }),
  },
  'sessions.compact': {
    summary: 'Keep only the newest messages of a session; the old transcript is archived',
    scope: 'operator.admin',
    params: z.strictObject({ key, agentId, maxLines: z.int().min(1).optional() }),
    result: z.looseObject({ ok: z.boolean(), key: filled, compacted: z.boolean() }),
  },
  'sessions.subscribe': {
    summary: 'Be told when sessions change',
    scope: 'operator.read',
    params: z.looseObject({}).optional(),
    result: z.strictObject({ subscribed: z.boolean() }),
  },
  'sessions.unsubscribe': {
    summary: 'No longer be told when sessions change',
    scope: 'operator.read',
    params: z.looseObject({}).optional(),
    result: z.strictObject({ subscribed: z.boolean() }),
  },
  'sessions.messages.subscribe': {
    summary: 'Be told of each message of a session',
    scope: 'operator.read',
    params: z.strictObject({ key, agentId, includeApprovals: z.literal(true).optional() }),
    result: z.strictObject({ subscribed: z.boolean(), key: filled }),
  },
  'sessions.messages.unsubscribe': {
    summary: 'No longer be told of the messages of a session',
    scope: 'operator.read',
    params: z.strictObject({ key, agentId }),
    result: z.strictObject({ subscribed: z.boolean(), key: filled }),
  },
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
