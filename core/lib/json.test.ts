import { describe, expect, it } from 'vitest';
import { asNumber, asObject, asText, asTexts, valueAt } from './json.ts';

describe('reading what may hold anything', () => {
  it('takes objects for objects and nothing else', () => {
    const object = { a: 1 };
    expect(asObject(object)).toBe(object);
    for (const value of [null, undefined, [], 'x', 7, true]) expect(asObject(value)).toEqual({});
  });

  it('takes texts that say something, finite numbers, and the texts of a list', () => {
    expect([asText('x'), asText(''), asText(7)]).toEqual(['x', undefined, undefined]);
    expect([asNumber(0), asNumber(Number.NaN), asNumber('7')]).toEqual([0, undefined, undefined]);
    expect(asTexts(['a', 7, null, ''])).toEqual(['a', '']);
    expect(asTexts('a')).toEqual([]);
  });

  it('finds a value by its path, among own keys only', () => {
    const root = { a: { b: [{ c: 7 }], n: null } };
    expect(valueAt(root, 'a.b.0.c')).toBe(7);
    for (const path of ['a.x', 'a.n.x', 'a.b.0.c.d', 'constructor', '__proto__', 'a.constructor.name', '']) {
      expect(valueAt(root, path), path).toBeUndefined();
    }
    expect(valueAt(undefined, 'a')).toBeUndefined();
  });
});
