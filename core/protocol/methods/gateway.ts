import * as z from 'zod';
import { defineMethods } from '../define.ts';

export const gatewayMethods = defineMethods({
  'logs.tail': {
    summary: 'Lines of the log file from a cursor, or the newest ones',
    scope: 'operator.read',
    params: z
      .strictObject({
        cursor: z.int().min(0).optional(),
        limit: z.int().min(1).max(5000).optional(),
        maxBytes: z.int().min(1).max(1_000_000).optional(),
        /** Milliseconds: only lines at most this old. */
        sinceMs: z.int().min(0).optional(),
      })
      .optional(),
    result: z.strictObject({
      file: z.string(),
      cursor: z.int().min(0),
      size: z.int().min(0),
      lines: z.array(z.string()),
      truncated: z.boolean(),
      reset: z.boolean(),
      skippedBytes: z.int().min(0).optional(),
    }),
  },
  'gateway.identity.get': {
    summary: 'The device id and public key of the gateway itself',
    scope: 'operator.read',
    params: z.strictObject({}).optional(),
    result: z.strictObject({ deviceId: z.string().min(1), publicKey: z.string().min(1) }),
  },
  'gateway.restart.request': {
    summary: 'Restart the gateway in place',
    scope: 'operator.admin',
    idempotent: true,
    params: z
      .looseObject({ reason: z.string().optional(), idempotencyKey: z.string().optional() })
      .optional(),
    result: z.strictObject({
      ok: z.literal(true),
      status: z.enum(['scheduled', 'deferred']),
      preflight: z.strictObject({
        safe: z.boolean(),
        counts: z.record(z.string(), z.int().min(0)),
        blockers: z.array(z.strictObject({ kind: z.string(), count: z.int(), message: z.string() })),
        summary: z.string(),
      }),
      restart: z.looseObject({ ok: z.literal(true), pid: z.int(), delayMs: z.int(), coalesced: z.boolean() }),
    }),
  },
});
