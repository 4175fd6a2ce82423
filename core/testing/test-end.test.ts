import { describe, expect, it } from 'vitest';
import { whenTestEnds } from './test-end.ts';

describe('what is to be cleaned up', () => {
  const cleaned: string[] = [];
  whenTestEnds(() => cleaned.push('made outside'));

  it('is there while its test runs', () => {
    whenTestEnds(() => cleaned.push('made inside'));
    expect(cleaned).toEqual([]);
  });

  it('is gone in the next test, unless it was made outside of one', () => {
    expect(cleaned).toEqual(['made inside']);
  });
});
