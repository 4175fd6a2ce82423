import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const ms = z.int().min(0);
const orNull = z.string().nullish();
const security = z.enum(['deny', 'allowlist', 'full']);
const ask = z.enum(['off', 'on-miss', 'always']);
const decision = z.enum(['allow-once', 'allow-always', 'deny']);

const ruleDefaults = {
  security: z.string().optional(),
  ask: z.string().optional(),
  askFallback: z.string().optional(),
  autoAllowSkills: z.boolean().optional(),
};

const allowRule = z.strictObject({
  id: filled.optional(),
  pattern: z.string(),
  source: z.literal('allow-always').optional(),
  commandText: z.string().optional(),
  argPattern: z.string().optional(),
  lastUsedAt: z.number().min(0).optional(),
  lastUsedCommand: z.string().optional(),
  lastResolvedPath: z.string().optional(),
});

const toolRule = z.strictObject({
  server: z.string().regex(/\S/),
  tool: z.string().regex(/\S/),
  source: z.literal('allow-always'),
  addedAt: z.number().min(0),
  lastUsedAt: z.number().min(0).optional(),
});

/** The rules about commands, as they are in the file. Source: protocol.schema.json, ExecApprovalsSetParams. */
const approvalsFile = z.strictObject({
  version: z.literal(1),
  socket: z.strictObject({ path: z.string().optional(), token: z.string().optional() }).optional(),
  defaults: z.strictObject(ruleDefaults).optional(),
  agents: z
    .record(
      z.string(),
      z.strictObject({
        ...ruleDefaults,
        allowlist: z.array(allowRule).optional(),
        mcpTools: z.array(toolRule).optional(),
      }),
    )
    .optional(),
});

/** A file that was written by hand may hold more than a client may send. */
const snapshot = z.strictObject({
  path: filled,
  exists: z.boolean(),
  hash: filled,
  file: z.looseObject({ version: z.literal(1) }),
  resolvedDefaults: z.strictObject({ security, ask, askFallback: security, autoAllowSkills: z.boolean() }),
});

/** What a node means to run, prepared by the node itself. */
const systemRunPlan = z.strictObject({
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  commandText: z.string(),
  commandPreview: orNull,
  agentId: z.string().nullable(),
  sessionKey: z.string().nullable(),
  policySnapshot: z
    .strictObject({
      security,
      ask,
      askFallback: security,
      autoAllowSkills: z.boolean(),
      allowlistRules: z.array(
        z.strictObject({
          pattern: z.string(),
          argPattern: z.string().optional(),
          source: z.literal('allow-always').optional(),
        }),
      ),
    })
    .optional(),
  mutableFileOperand: z
    .strictObject({ argvIndex: z.int().min(0), path: z.string(), sha256: z.string() })
    .nullish(),
});

const shortText = z.string().min(1).max(128);

const effectScope = z.union([
  z.strictObject({
    kind: z.literal('message-send'),
    target: shortText,
    recipientCount: z.int().min(1).max(1_000_000),
    recipients: z.array(shortText).max(5).optional(),
    audience: z.enum(['internal', 'external']).optional(),
  }),
  z.strictObject({
    kind: z.literal('payment'),
    amount: z.string().min(1).max(40),
    currency: z.string().min(1).max(12),
    target: shortText,
  }),
  z.strictObject({
    kind: z.literal('external-post'),
    target: shortText,
    visibility: z.enum(['public', 'restricted']),
  }),
  z.strictObject({
    kind: z.literal('standing-grant'),
    automation: shortText,
    command: z.string().min(1).max(256),
    expiresInDays: z.int().min(1).max(3650).optional(),
  }),
]);

const request = z.strictObject({
  id: filled.optional(),
  command: filled.optional(),
  commandArgv: z.array(z.string()).optional(),
  systemRunPlan: systemRunPlan.optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: orNull,
  nodeId: filled.nullish(),
  host: orNull,
  security: orNull,
  ask: orNull,
  warningText: orNull,
  scope: effectScope.optional(),
  unavailableDecisions: z.array(z.literal('allow-always')).min(1).max(1).optional(),
  commandSpans: z.array(z.strictObject({ startIndex: z.int().min(0), endIndex: z.int().min(1) })).optional(),
  agentId: orNull,
  resolvedPath: orNull,
  sessionKey: orNull,
  sessionId: orNull,
  runId: orNull,
  toolCallId: orNull,
  turnSourceChannel: orNull,
  turnSourceTo: orNull,
  turnSourceAccountId: orNull,
  turnSourceThreadId: z.union([z.string(), z.number()]).nullish(),
  approvalReviewerDeviceIds: z.array(filled).optional(),
  requireDeliveryRoute: z.boolean().optional(),
  suppressDelivery: z.boolean().optional(),
  deliverToApprovalClientsOnly: z.boolean().optional(),
  timeoutMs: z.int().min(1).optional(),
  twoPhase: z.boolean().optional(),
});

/** `decision` is null when nobody decided: the time was up, or the run that asked is over. */
const answered = {
  id: filled,
  decision: decision.nullable(),
  createdAtMs: ms,
  expiresAtMs: ms,
};

const profile = z.enum(['minimal', 'coding', 'messaging', 'full']);

export const approvalMethods = defineMethods({
  'exec.approvals.get': {
    summary: 'The rules about commands that agents run',
    scope: 'operator.admin',
    params: z.strictObject({}).optional(),
    result: snapshot,
  },
  'exec.approvals.set': {
    summary: 'Replace the rules about commands that agents run',
    scope: 'operator.admin',
    params: z.strictObject({ file: approvalsFile, baseHash: filled.optional() }),
    result: snapshot,
  },
  'exec.approval.request': {
    summary: 'Ask people whether a command may run, and wait for the decision',
    scope: 'operator.approvals',
    params: request,
    result: z.union([
      z.strictObject(answered),
      z.strictObject({ status: z.literal('accepted'), id: filled, createdAtMs: ms, expiresAtMs: ms }),
    ]),
  },
  'exec.approval.waitDecision': {
    summary: 'Wait for the decision about a command',
    scope: 'operator.approvals',
    params: z.looseObject({ id: z.unknown().optional() }),
    result: z.strictObject({ ...answered, terminalReason: z.enum(['user', 'timeout', 'run-aborted']) }),
  },
  'exec.approval.resolve': {
    summary: 'Decide about a command: allow-once, allow-always or deny',
    scope: 'operator.approvals',
    params: z.strictObject({
      id: filled,
      decision: filled,
      reviewer: z.strictObject({ channel: filled, accountId: filled, senderId: filled }).optional(),
      grantExpiresInDays: z.int().min(1).max(3650).optional(),
    }),
    result: z.strictObject({ ok: z.literal(true) }),
  },
  'exec.approval.list': {
    summary: 'The commands that wait for a decision',
    scope: 'operator.approvals',
    params: z.looseObject({}).optional(),
    result: z.array(
      z.strictObject({
        approvalKind: z.literal('exec'),
        id: filled,
        request: z.looseObject({ command: filled, allowedDecisions: z.array(decision) }),
        createdAtMs: ms,
        expiresAtMs: ms,
      }),
    ),
  },
  'exec.approval.get': {
    summary: 'One command that waits for a decision',
    scope: 'operator.approvals',
    params: z.strictObject({ id: filled }),
    result: z.strictObject({
      id: filled,
      commandText: filled,
      commandPreview: z.string().nullable(),
      allowedDecisions: z.array(decision),
      host: z.string().nullable(),
      nodeId: z.string().nullable(),
      agentId: z.string().nullable(),
      expiresAtMs: ms,
    }),
  },
  'tools.catalog': {
    summary: 'The tools that agents can have',
    scope: 'operator.read',
    params: z.strictObject({ agentId: filled.optional(), includePlugins: z.boolean().optional() }).optional(),
    result: z.strictObject({
      agentId: filled,
      profiles: z.array(z.strictObject({ id: profile, label: filled })),
      groups: z.array(
        z.strictObject({
          id: filled,
          label: filled,
          source: z.literal('core'),
          tools: z.array(
            z.strictObject({
              id: filled,
              label: filled,
              description: z.string(),
              source: z.literal('core'),
              defaultProfiles: z.array(profile),
            }),
          ),
        }),
      ),
    }),
  },
});
