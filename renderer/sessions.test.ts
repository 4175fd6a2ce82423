import { describe, expect, it } from 'vitest';
import { pinnedFirst, sessionRow } from './sessions.ts';

describe('a row of the sessions', () => {
  it('is named by what a person called it, then by what was said, then by its key', () => {
    const key = 'agent:main:x';
    expect(sessionRow({ key, label: 'Plans', displayName: 'x', derivedTitle: 'Hello' }).title).toBe('Plans');
    expect(sessionRow({ key, derivedTitle: 'Hello\u202e\nthere' }).title).toBe('Hello there');
    expect(sessionRow({ key }).title).toBe(key);
  });

  it('takes nothing for granted that a gateway may leave out or say otherwise', () => {
    expect(sessionRow({ key: 'k', totalTokens: '7', unread: 'yes', model: null })).toMatchObject({
      tokens: undefined,
      isUnread: false,
      model: '',
      usedAt: undefined,
    });
  });

  it('comes first when it is pinned, and keeps its place among its like', () => {
    const rows = ['a', 'b', 'c', 'd'].map((key) => sessionRow({ key, pinned: key === 'c' || key === 'd' }));
    expect(pinnedFirst(rows).map(({ key }) => key)).toEqual(['c', 'd', 'a', 'b']);
  });
});
