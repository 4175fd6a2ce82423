import * as z from 'zod';
import { defineMethods } from '../define.ts';

const filled = z.string().min(1);
const issue = z.strictObject({ path: z.string(), message: z.string() });
const reloadKind = z.enum(['restart', 'hot', 'none']);

const write = {
  raw: filled,
  baseHash: z.string().optional(),
  sessionKey: z.string().optional(),
  deliveryContext: z
    .strictObject({
      channel: z.string().optional(),
      to: z.string().optional(),
      accountId: z.string().optional(),
      threadId: z.union([z.string(), z.number()]).optional(),
    })
    .optional(),
  note: z.string().optional(),
  restartDelayMs: z.int().min(0).optional(),
};

const written = z.looseObject({
  ok: z.literal(true),
  path: z.string(),
  hash: z.string(),
  config: z.record(z.string(), z.unknown()),
});

const applied = written.extend({
  changedPaths: z.array(z.string()).optional(),
  sentinel: z.looseObject({ persisted: z.boolean(), payload: z.looseObject({ kind: z.string() }) }),
});

const schemaChild = z.looseObject({
  key: z.string(),
  path: z.string(),
  required: z.boolean(),
  hasChildren: z.boolean(),
  reloadKind: reloadKind.optional(),
});

export const configMethods = defineMethods({
  'config.get': {
    summary: 'The configuration as written, resolved and in use; secrets are redacted',
    scope: 'operator.read',
    params: z.strictObject({}).optional(),
    result: z.looseObject({
      path: z.string(),
      exists: z.boolean(),
      raw: z.string().nullable(),
      parsed: z.unknown(),
      resolved: z.unknown(),
      valid: z.boolean(),
      config: z.record(z.string(), z.unknown()),
      hash: z.string(),
      issues: z.array(issue),
      warnings: z.array(issue),
      legacyIssues: z.array(issue),
    }),
  },
  'config.schema': {
    summary: 'JSON Schema of the configuration, with hints for editors',
    scope: 'operator.read',
    params: z.strictObject({}).optional(),
    result: z.strictObject({
      schema: z.unknown(),
      uiHints: z.record(z.string(), z.unknown()),
      version: z.string(),
      generatedAt: z.string(),
    }),
  },
  'config.schema.lookup': {
    summary: 'One key of the configuration schema and its children',
    scope: 'operator.read',
    params: z.strictObject({ path: filled.max(1024) }),
    result: z.looseObject({ path: z.string(), schema: z.unknown(), children: z.array(schemaChild) }),
  },
  'config.set': {
    summary: 'Replace the text of the configuration file',
    scope: 'operator.admin',
    params: z.strictObject({ raw: write.raw, baseHash: write.baseHash }),
    result: written,
  },
  'config.patch': {
    summary: 'Merge an object into the configuration; null deletes a key',
    scope: 'operator.admin',
    params: z.strictObject({ ...write, replacePaths: z.array(z.string()).max(256).optional() }),
    result: applied,
  },
  'config.apply': {
    summary: 'Replace the text of the configuration file and restart when that is needed',
    scope: 'operator.admin',
    params: z.strictObject(write),
    result: applied,
  },
  'secrets.reload': {
    summary: 'Resolve every secret of the configuration again',
    scope: 'operator.admin',
    params: z.strictObject({}).optional(),
    result: z.strictObject({ ok: z.literal(true), warningCount: z.int().min(0) }),
  },
});
