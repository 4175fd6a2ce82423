import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeIssues } from './issues.ts';
import { parseWith } from './parse.ts';

const schema = z.strictObject({
  text: z.string().min(1).max(9).optional(),
  list: z.array(z.string()).max(2).optional(),
});

describe('what a peer has sent', () => {
  it('is given back when it fits, and described when it does not', () => {
    expect(parseWith(schema, { text: 'a' })).toEqual({ ok: true, value: { text: 'a' } });
    const parsed = parseWith(schema, { text: 7 });
    expect(!parsed.ok && describeIssues(parsed.issues, { text: 7 }, 4)).toBe('at /text: must be string');
  });

  it.each(['{"toString":null}', '{"valueOf":1,"toString":2}', '[[]]', '"x"'])(
    'is refused and does not throw when it claims a length of %s',
    (length) => {
      for (const key of ['text', 'list']) {
        const value = JSON.parse(`{"${key}":{"length":${length}}}`);
        const parsed = parseWith(schema, value);
        expect(parsed.ok).toBe(false);
        expect(!parsed.ok && describeIssues(parsed.issues, value, 4)).toMatch(/must be/);
      }
    },
  );
});
