import { describe, expect, it } from 'vitest';
import { table, verdictOf } from './table.mjs';

describe('the table of a benchmark', () => {
  it('judges by the ratio, or by our own number where the target is absolute', () => {
    expect(verdictOf({ ours: 3, theirs: 2, target: { atMost: 1.5 } })).toBe('ok');
    expect(verdictOf({ ours: 4, theirs: 2, target: { atMost: 1.5 } })).toBe('MISSED');
    expect(verdictOf({ ours: 1, theirs: 2, target: { atLeast: 0.5 } })).toBe('ok');
    expect(verdictOf({ ours: 0.9, theirs: 2, target: { atLeast: 0.5 } })).toBe('MISSED');
    expect(verdictOf({ ours: 0.3, theirs: 9, target: { below: 0.3 } })).toBe('MISSED');
  });

  it('says so when a system does not tell a number', () => {
    const row = { what: 'memory', unit: 'MB', ours: undefined, theirs: 1e6, target: { atMost: 2 } };
    expect(verdictOf(row)).toBe('not measured');
    expect(table([row])).toContain('not measured');
  });

  it('shows target, ratio and both numbers of a row', () => {
    const row = { what: 'start', unit: 'ms', ours: 30, theirs: 20, target: { atMost: 2 } };
    expect(table([row]).split('\n')[1]).toMatch(/^start +<= 2\.00x +1\.50x +30 ms +20 ms +ok$/);
  });
});
