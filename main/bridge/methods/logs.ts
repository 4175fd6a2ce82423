import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** Names a file that the app has told of; no path can be said with it. */
const position = z.strictObject({ file: z.string().regex(/^\d{1,24}-\d{1,24}$/), offset: z.int().min(0) });
const time = z.int().min(0).max(8_640_000_000_000_000);

const filter = z.strictObject({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).optional(),
  subsystem: z.string().min(1).max(120).optional(),
  sinceMs: time.optional(),
  untilMs: time.optional(),
  text: z.string().min(1).max(500).optional(),
  isPattern: z.boolean().optional(),
});

const line = z.strictObject({
  at: position,
  time: z.string().optional(),
  level: z.string().optional(),
  subsystem: z.string().optional(),
  text: z.string(),
});

const page = z.strictObject({
  lines: z.array(line),
  start: position.optional(),
  end: position.optional(),
  isEnd: z.boolean(),
  scannedBytes: z.int(),
  leftBytes: z.int(),
  wasReset: z.boolean(),
  skippedBytes: z.int(),
});

/**
 * The log files of the gateway of this computer, also while it is dead; of a gateway elsewhere what it gives of its log,
 * whose positions count lines.
 */
export const logMethods = defineMethods({
  'logs.page': {
    summary:
      'Lines of the log that match, from a position on; what a page has no time for is for the next one',
    scope: 'any',
    params: z.strictObject({
      filter,
      towards: z.enum(['older', 'newer']),
      from: position.optional(),
      limit: z.int().min(1).max(2000),
      follow: z.boolean().optional(),
      /** Milliseconds to wait for lines where there are none yet. */
      waitMs: z.int().min(0).max(2000).optional(),
    }),
    result: page,
  },
  'logs.line': {
    summary: 'One line as it is in the file, up to 256 KiB of it',
    scope: 'any',
    params: z.strictObject({ at: position }),
    result: z.strictObject({ text: z.string().optional() }),
  },
});

export type LogFilter = z.infer<typeof filter>;
export type LogPosition = z.infer<typeof position>;
export type LogPage = z.infer<typeof page>;
export type ShownLine = z.infer<typeof line>;
