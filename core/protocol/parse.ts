import type * as z from 'zod';

type Issues = readonly z.core.$ZodIssue[];
export type Parsed<S extends z.ZodType> = { ok: true; value: z.output<S> } | { ok: false; issues: Issues };

const UNUSABLE: Issues = [{ code: 'custom', path: [], message: 'unusable', input: undefined }];

/**
 * Checks a value that a peer has sent; never throws. `safeParse` alone would: zod compares the `length` of whatever
 * stands in the place of a text or list, and an object such as `{"length":{"toString":null}}` makes that fail.
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown): Parsed<S> {
  try {
    const parsed = schema.safeParse(value);
    return parsed.success ? { ok: true, value: parsed.data } : { ok: false, issues: parsed.error.issues };
  } catch {
    return { ok: false, issues: UNUSABLE };
  }
}
