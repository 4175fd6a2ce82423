import { describe, expect, it } from 'vitest';
import { type ArgumentSchema, checkArguments } from './argument-schema.ts';

const schema: ArgumentSchema = {
  type: 'object',
  required: ['path'],
  properties: {
    path: { type: 'string', minLength: 1, maxLength: 5 },
    count: { type: 'integer', minimum: 1, maximum: 3 },
    ratio: { type: 'number' },
    deep: { type: 'boolean' },
    kind: { type: 'string', enum: ['a', 'b'] },
    names: { type: 'array', items: { type: 'string' }, maxItems: 2 },
    env: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

describe('arguments of a call', () => {
  it('are copied when they fit, and null counts as absent', () => {
    const args = { path: 'a', count: 2, ratio: 0.5, deep: true, kind: 'b', names: ['x'], env: { A: '1' } };
    expect(checkArguments(schema, args)).toEqual({ ok: true, value: args });
    expect(checkArguments(schema, { path: 'a', count: null })).toEqual({ ok: true, value: { path: 'a' } });
  });

  it.each([
    [undefined, 'path is required'],
    [null, 'path is required'],
    [[], 'must be an object'],
    ['{"path":"a"}', 'must be an object'],
    [{}, 'path is required'],
    [{ path: null }, 'path is required'],
    [{ path: '' }, 'must not be empty'],
    [{ path: 'aaaaaa' }, 'may have 5'],
    [{ path: { toString: 'a' } }, 'must be a text'],
    [{ path: 'a', count: 1.5 }, 'whole number'],
    [{ path: 'a', count: 4 }, 'between 1 and 3'],
    [{ path: 'a', count: '2' }, 'whole number'],
    [{ path: 'a', ratio: Number.NaN }, 'must be a number'],
    [{ path: 'a', deep: 'yes' }, 'true or false'],
    [{ path: 'a', kind: 'c' }, 'one of a, b'],
    [{ path: 'a', names: ['x', 'y', 'z'] }, '0 to 2 items'],
    [{ path: 'a', names: [1] }, 'must be a text'],
    [{ path: 'a', env: { A: 1 } }, 'must be a text'],
    [{ path: 'a', other: 1 }, 'not an argument'],
    [JSON.parse('{"path":"a","__proto__":{"count":1}}'), 'not an argument'],
    [{ path: 'a', constructor: 1 }, 'not an argument'],
  ])('%j are refused', (args, part) => {
    expect(checkArguments(schema, args)).toEqual({ ok: false, reason: expect.stringContaining(part) });
  });

  it('never pollute anything', () => {
    const checked = checkArguments(schema, JSON.parse('{"path":"a","env":{"__proto__":"x"}}'));
    expect(checked.ok).toBe(true);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
