import { expect, it } from 'vitest';
import { type ConfigState, NOTHING_READ, nextState } from './config-state.ts';
import { type ConfigRead, NO_DRAFT, withEdit } from './draft.ts';

const read = (revision: string, text: string): ConfigRead => ({
  path: '~/openclaw.json',
  exists: true,
  revision,
  text,
  isReadable: true,
  values: {},
  included: [],
  problems: [],
  warnings: [],
  canUndo: false,
});

const first = read('1', 'a\nb\nc\nd\n');
const second = read('2', 'a\nb\nc\nchanged\n');
const opened = nextState(NOTHING_READ, { do: 'read', now: first });
const typing = (text: string): ConfigState =>
  nextState(opened, { do: 'draft', draft: { ...NO_DRAFT, text } });

it('shows what others have made of the file where nobody has begun to change it', () => {
  expect(nextState(opened, { do: 'read', now: second })).toMatchObject({ base: second, theirs: undefined });
  expect(nextState(typing(first.text), { do: 'read', now: second })).toMatchObject({ base: second });
});

it('keeps a draft and the file it began with when others change the file', () => {
  const state = nextState(typing('mine\nb\nc\nd\n'), { do: 'read', now: second });
  expect(state).toMatchObject({ base: first, theirs: second, draft: { text: 'mine\nb\nc\nd\n' } });
  const merged = nextState(state, { do: 'rebase' });
  expect(merged).toMatchObject({ base: second, theirs: undefined, draft: { text: 'mine\nb\nc\nchanged\n' } });
  expect(nextState(state, { do: 'discard' })).toMatchObject({ base: second, draft: NO_DRAFT });
});

it('keeps edits of the form as they are, because they name keys and not lines', () => {
  const draft = withEdit(NO_DRAFT, ['gateway', 'port'], { path: ['gateway', 'port'], value: 1 });
  const editing = nextState(opened, { do: 'draft', draft });
  const state = nextState(nextState(editing, { do: 'read', now: second }), { do: 'rebase' });
  expect(state).toMatchObject({ base: second, draft });
});

it('keeps both texts where the same lines were changed', () => {
  const state = nextState(typing('a\nb\nc\nmine\n'), { do: 'read', now: second });
  expect(nextState(state, { do: 'rebase' }).draft.text).toBe('a\nb\nc\nmine\n');
});
