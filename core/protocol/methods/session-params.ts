import * as z from 'zod';
import type { Scope } from '../scopes.ts';

const filled = z.string().min(1);
const flag = z.boolean().optional();
const nullableText = z.string().max(512).nullable().optional();
const anything = z.unknown().optional();

export const label = filled.max(512);
export const fastMode = z.union([z.boolean(), z.literal('auto')]);

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
  fastMode: fastMode.nullable().optional(),
  responseUsage: z.enum(['off', 'tokens', 'full', 'on']).nullable().optional(),
  sendPolicy: z.enum(['allow', 'deny']).nullable().optional(),
  groupActivation: z.enum(['mention', 'always']).nullable().optional(),
};

/** What `sessions.patch` can change. */
export const patch = {
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
  ...overrides,
};

/** Known to newer gateways; here they can be cleared, which they always are, and expected to be clear, but not set. */
export const notKept = {
  permissionMode: anything,
  toolOverrides: anything,
  contextWindow: anything,
  boardFace: anything,
  attention: anything,
  ttlMinutes: anything,
  completionOwnerSessionKey: anything,
  inheritedToolPolicyVersion: anything,
  inheritedToolAllow: anything,
  inheritedToolDeny: anything,
  expectedPermissionMode: anything,
  expectedToolOverrides: anything,
  expectedMarkedUnreadAt: anything,
};

/** The same of a new session: false is fine. */
export const notMade = {
  permissionMode: anything,
  toolOverrides: anything,
  contextWindow: anything,
  incognito: anything,
  visibility: anything,
  catalogId: anything,
  fork: anything,
  forkFrom: anything,
  projectId: anything,
  projectGitUrl: anything,
  worktree: anything,
  worktreeBaseRef: anything,
  worktreeName: anything,
  execNode: anything,
  cwd: anything,
};

/** What a writer may change of a session; everything else decides what an agent may do. Source: wire, scopes of v4. */
const WRITERS_PATCH: ReadonlySet<string> = new Set([
  'key',
  'agentId',
  'expectedSessionId',
  'expectedLifecycleRevision',
  'expectedPermissionMode',
  'expectedMarkedUnreadAt',
  'label',
  'icon',
  'color',
  'category',
  'pinned',
  'archived',
  'unread',
  'model',
  'thinkingLevel',
  'fastMode',
  'permissionMode',
]);

/** `sessions.patch` needs no admin when it changes only what writers may change. */
export function patchScope(params: unknown): Scope | undefined {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, 'key')) return undefined;
  return Object.keys(params).every((name) => WRITERS_PATCH.has(name)) ? 'operator.write' : undefined;
}
