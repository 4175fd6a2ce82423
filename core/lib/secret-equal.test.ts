import { describe, expect, it } from 'vitest';
import { secretEqual } from './secret-equal.ts';

describe('the comparison of secrets', () => {
  it('holds for equal ones and for no others, whatever their length', () => {
    expect(secretEqual('secret', 'secret')).toBe(true);
    expect(secretEqual('пароль🦀', 'пароль🦀')).toBe(true);
    for (const other of ['secre', 'secret ', 'Secret', 'secret\0', 'x'.repeat(10_000)]) {
      expect(secretEqual(other, 'secret')).toBe(false);
    }
  });

  it('never holds where there is no secret', () => {
    for (const [given, expected] of [
      ['', ''],
      [undefined, undefined],
      ['', undefined],
      [undefined, ''],
      ['secret', ''],
      ['', 'secret'],
      ['undefined', undefined],
    ] as const) {
      expect(secretEqual(given, expected)).toBe(false);
    }
  });
});
