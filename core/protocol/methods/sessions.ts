import * as z from 'zod';
import { defineMethods } from '../define.ts';
import { attachment } from './chat.ts';
import { fastMode, label, notKept, notMade, patch, patchScope } from './session-params.ts';
import { usageMethods } from './usage.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();

const key = filled.max(512);
const agentId = filled.optional();
const expected = {
  expectedSessionId: filled.optional(),
  expectedLifecycleRevision: filled.optional(),
};

const entryResult = z.looseObject({
  ok: z.literal(true),
  key: filled,
  entry: z.looseObject({ sessionId: filled }),
});

const found = {
  key: filled,
  agentId: filled,
  displayName: z.string().optional(),
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
        requireLastInteraction: flag,
        sortBy: z.enum(['updatedAt', 'lastInteractionAt']).optional(),
        includeGlobal: flag,
        includeUnknown: flag,
        configuredAgentsOnly: flag,
        includeDerivedTitles: flag,
        includeLastMessage: flag,
        label: label.optional(),
        boardFace: z.enum(['chat', 'dashboard']).optional(),
        creatorId: filled.optional(),
        ownerId: filled.optional(),
        ownerFirst: flag,
        involvingMe: flag,
        involvingProfileId: filled.optional(),
        includePeople: flag,
        spawnedBy: filled.optional(),
        agentId,
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
  'sessions.search': {
    summary: 'Messages with all words of a text',
    scope: 'operator.read',
    params: z.strictObject({
      query: filled.max(4096),
      limit: z.int().min(1).max(25).optional(),
      agentId,
      sessionKeys: z.array(filled).min(1).max(200).optional(),
    }),
    result: z.strictObject({
      results: z.array(
        z.strictObject({
          sessionKey: filled,
          sessionId: filled,
          messageId: filled,
          role: z.enum(['user', 'assistant']),
          timestamp: z.int(),
          snippet: z.string(),
          score: z.number(),
        }),
      ),
      truncated: z.boolean().optional(),
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
    result: z.union([
      z.strictObject({ ok: z.literal(true), ...found }),
      z.strictObject({
        ok: z.literal(false),
        candidates: z.array(z.strictObject(found)).max(10).optional(),
      }),
    ]),
  },
  'sessions.create': {
    summary: 'Make a session, with a first message if one is given',
    scope: 'operator.write',
    idempotent: true,
    params: z.strictObject({
      key: key.optional(),
      idempotencyKey: filled.optional(),
      agentId,
      label: label.optional(),
      displayName: filled.max(500).optional(),
      category: label.optional(),
      model: filled.max(512).optional(),
      thinkingLevel: filled.max(512).optional(),
      fastMode: fastMode.optional(),
      parentSessionKey: key.optional(),
      spawnDepth: z.int().min(1).optional(),
      emitCommandHooks: flag,
      succeedsParent: flag,
      task: z.string().optional(),
      message: z.string().optional(),
      attachments: z.array(attachment).optional(),
      ...notMade,
    }),
    result: z.looseObject({
      ok: z.literal(true),
      key: filled,
      sessionId: filled,
      entry: z.looseObject({}),
      runStarted: z.boolean(),
      runId: filled.optional(),
      messageSeq: z.int().min(1).optional(),
      runError: z.looseObject({ code: filled, message: filled }).optional(),
    }),
  },
  'sessions.send': {
    summary: 'Send a message to a session; the answer comes as events',
    scope: 'operator.write',
    params: z.strictObject({
      key,
      agentId,
      message: z.string(),
      thinking: z.string().optional(),
      attachments: z.array(attachment).optional(),
      timeoutMs: z.int().min(0).optional(),
      idempotencyKey: filled.optional(),
    }),
    result: z.looseObject({ runId: filled, status: z.string() }),
  },
  'sessions.abort': {
    summary: 'End the running answer of a session, or one run; `clearQueued` ends what waits behind it too',
    scope: 'operator.write',
    params: z.strictObject({ key: key.optional(), runId: filled.optional(), agentId, clearQueued: flag }),
    result: z.looseObject({
      ok: z.literal(true),
      abortedRunId: z.string().nullable(),
      status: z.enum(['aborted', 'no-active-run']),
    }),
  },
  'sessions.patch': {
    summary: 'Change the label and the overrides of a session',
    scope: 'operator.admin',
    scopeFor: patchScope,
    params: z.strictObject({ key, agentId, ...expected, ...patch, ...notKept }),
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
      ...expected,
      expectedSessionUpdatedAt: z.number().min(0).optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      key: filled,
      deleted: z.boolean(),
      archived: z.array(z.string()),
    }),
  },
  'sessions.compact': {
    summary:
      'Put a summary by the model, or with `maxLines` nothing, in the place of older messages, which are archived',
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
  ...usageMethods,
});
