import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeIssues, type Era } from './issues.ts';

function said(schema: z.ZodType, value: unknown, era: Era = 4): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('this value is good');
  return describeIssues(parsed.error.issues, value, era);
}

const text = z.string().min(2).max(4);

describe('what is wrong with a value', () => {
  it('is said of missing properties first, at their place', () => {
    const schema = z.strictObject({ a: text, b: z.strictObject({ c: text }) });
    expect(said(schema, {})).toBe("must have required property 'a'; must have required property 'b'");
    expect(said(schema, { a: 7, b: {} })).toBe(
      "at /b: must have required property 'c'; at /a: must be string",
    );
    expect(said(schema, { a: undefined, b: { c: 'ok' } })).toBe('at /a: must be string');
  });

  it('is said of types, with integers apart from numbers', () => {
    const schema = z.strictObject({
      n: z.number().optional(),
      i: z.int().optional(),
      l: z.array(z.string()).optional(),
      o: z.record(z.string(), z.boolean()).optional(),
      f: z.boolean().optional(),
    });
    expect(said(schema, { n: 'x' })).toBe('at /n: must be number');
    expect(said(schema, { i: 1.5 })).toBe('at /i: must be integer');
    expect(said(schema, { l: {} })).toBe('at /l: must be array');
    expect(said(schema, { l: ['a', 7] })).toBe('at /l/1: must be string');
    expect(said(schema, { o: [] })).toBe('at /o: must be object');
    expect(said(schema, { o: { x: 1 } })).toBe('at /o/x: must be boolean');
    expect(said(schema, { f: 0 })).toBe('at /f: must be boolean');
    expect(said(schema, null)).toBe('at root: must be object');
    expect(said(schema, [])).toBe('at root: must be object');
  });

  it('is said of every unexpected key', () => {
    const schema = z.strictObject({ a: z.strictObject({}).optional() });
    expect(said(schema, { x: 1, y: 2 })).toBe(
      "at root: unexpected property 'x'; at root: unexpected property 'y'",
    );
    expect(said(schema, { a: { z: 1 } })).toBe("at /a: unexpected property 'z'");
  });

  it('is said of lengths and bounds in the words of each era', () => {
    const schema = z.strictObject({
      t: text.optional(),
      n: z.int().min(1).max(5).optional(),
      l: z.array(z.string()).min(1).max(2).optional(),
    });
    expect(said(schema, { t: '' })).toBe('at /t: must not have fewer than 2 characters');
    expect(said(schema, { t: '' }, 3)).toBe('at /t: must NOT have fewer than 2 characters');
    expect(said(schema, { t: 'abcde' })).toBe('at /t: must not have more than 4 characters');
    expect(said(schema, { t: 'abcde' }, 3)).toBe('at /t: must NOT have more than 4 characters');
    expect(said(schema, { l: [] })).toBe('at /l: must not have fewer than 1 items');
    expect(said(schema, { l: ['a', 'b', 'c'] }, 3)).toBe('at /l: must NOT have more than 2 items');
    expect(said(schema, { n: 0 }, 3)).toBe('at /n: must be >= 1');
    expect(said(schema, { n: 6 })).toBe('at /n: must be <= 5');
  });

  it('is said of fixed values in the words of each era', () => {
    const schema = z.strictObject({ e: z.enum(['a', 'b']).optional(), k: z.literal('x').optional() });
    expect(said(schema, { e: 'c' })).toBe('at /e: must be equal to one of the allowed values');
    expect(said(schema, { e: 'c' }, 3)).toBe(
      'at /e: must be equal to constant; at /e: must match a schema in anyOf',
    );
    for (const era of [3, 4] as const)
      expect(said(schema, { k: 'y' }, era)).toBe('at /k: must be equal to constant');
  });

  it('is said of a choice of shapes as of one', () => {
    expect(said(z.strictObject({ u: z.union([z.string(), z.number()]) }), { u: true })).toBe(
      'at /u: must match a schema in anyOf',
    );
  });
});
