import * as z from 'zod';
import { defineMethods } from '../define.ts';
import type { Scope } from '../scopes.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();
const words = filled.optional();
const anything = z.unknown().optional();
const ms = z.int().min(0);

/** A file sent along; `content` is base64, or a data URL. */
export const attachment = z.looseObject({
  type: z.string().optional(),
  mimeType: z.string().optional(),
  fileName: z.string().optional(),
  content: z.unknown().optional(),
  sizeBytes: z.number().optional(),
});

const started = z.looseObject({ runId: filled, status: z.enum(['started', 'in_flight', 'ok', 'error']) });

/** Fields of newer clients that say nothing to this gateway are taken and not acted on. */
const carried = {
  intent: anything,
  fastMode: anything,
  fastAutoOnSeconds: anything,
  queueMode: anything,
  originatingChannel: z.string().optional(),
  originatingTo: z.string().optional(),
  originatingAccountId: z.string().optional(),
  originatingThreadId: z.string().optional(),
  replyToId: z.string().optional(),
  toolBindings: anything,
  systemInputProvenance: anything,
  systemProvenanceReceipt: z.string().optional(),
  suppressCommandInterpretation: flag,
  expectedLeafEntryId: z.string().nullable().optional(),
  expectedSessionRoutingContract: z.string().optional(),
  expectedPermissionMode: anything,
  expectedToolOverrides: anything,
};

const carriedByAgent = {
  provider: words,
  model: words,
  replyTo: words,
  expectedExistingSessionId: words,
  replyChannel: words,
  accountId: words,
  replyAccountId: words,
  threadId: words,
  groupId: words,
  groupChannel: words,
  groupSpace: words,
  bestEffortDeliver: flag,
  lane: words,
  cwd: words,
  cleanupBundleMcpOnRunEnd: flag,
  modelRun: flag,
  promptMode: words,
  bootstrapContextMode: words,
  bootstrapContextRunKind: words,
  internalEvents: anything,
  inputProvenance: anything,
  suppressPromptPersistence: flag,
  sessionEffects: words,
  sourceReplyDeliveryMode: words,
  disableMessageTool: flag,
  voiceWakeTrigger: z.string().optional(),
  spawnedBy: words,
};

/** To start a session over is for admins, who alone may call `sessions.reset`. Source: wire, scopes of v4. */
function agentScope(params: unknown): Scope | undefined {
  const message = typeof params === 'object' && params !== null && 'message' in params ? params.message : '';
  return /^\s*\/(new|reset)(\s|$)/i.test(String(message)) ? 'operator.admin' : undefined;
}

export const chatMethods = defineMethods({
  'chat.send': {
    summary: 'Send a message to a session; the answer comes as events',
    scope: 'operator.write',
    params: z.strictObject({
      sessionKey: filled.max(512),
      agentId: words,
      sessionId: words,
      message: z.string(),
      thinking: z.string().optional(),
      deliver: flag,
      attachments: z.array(attachment).optional(),
      timeoutMs: ms.optional(),
      idempotencyKey: filled,
      ...carried,
    }),
    result: started,
  },
  'chat.history': {
    summary: 'The newest messages of a session, oldest first',
    scope: 'operator.read',
    params: z.strictObject({
      sessionKey: filled,
      agentId: words,
      cursor: words,
      limit: z.int().min(1).max(1000).optional(),
      offset: z.int().min(0).optional(),
      pendingBefore: z.int().min(1).optional(),
      inputRunIds: z.array(filled.max(256)).max(50).optional(),
      messageId: words,
      sessionId: words,
      maxChars: z.int().min(1).max(500_000).optional(),
    }),
    result: z.looseObject({ sessionKey: filled, messages: z.array(z.unknown()) }),
  },
  'chat.abort': {
    summary: 'End the running answers of a session, or one of them; what was said is kept',
    scope: 'operator.write',
    params: z.strictObject({ sessionKey: filled, agentId: words, runId: words, preserveSideRuns: flag }),
    result: z.looseObject({ ok: z.literal(true), aborted: z.boolean(), runIds: z.array(z.string()) }),
  },
  'chat.inject': {
    summary: 'Put a message into a session as if the agent had said it',
    scope: 'operator.admin',
    params: z.strictObject({
      sessionKey: filled,
      agentId: words,
      message: filled,
      label: z.string().max(100).optional(),
    }),
    result: z.strictObject({ ok: z.literal(true), messageId: filled }),
  },
  agent: {
    summary: 'Run an agent on a message; answers twice: accepted, then the result',
    scope: 'operator.write',
    scopeFor: agentScope,
    params: z.strictObject({
      message: filled,
      agentId: words,
      to: words,
      sessionId: words,
      sessionKey: words,
      thinking: words,
      deliver: flag,
      attachments: z.array(attachment).optional(),
      channel: words,
      timeout: ms.optional(),
      extraSystemPrompt: words,
      idempotencyKey: filled,
      label: filled.max(512).optional(),
      ...carriedByAgent,
    }),
    result: z.looseObject({ runId: filled, status: z.enum(['accepted', 'in_flight', 'ok', 'error']) }),
  },
  'agent.wait': {
    summary: 'Wait until a run has ended',
    scope: 'operator.write',
    params: z.strictObject({ runId: filled, timeoutMs: ms.optional() }),
    result: z.looseObject({ runId: filled, status: z.enum(['ok', 'error', 'timeout']) }),
  },
});
