import { expect, it } from 'vitest';
import { PromptDesk } from './prompt-desk.ts';

const passphrase = { kind: 'passphrase', place: 'box', path: '/k', attempt: 1, keeping: 'none' } as const;
const changed = {
  kind: 'changed',
  what: 'host-key',
  place: 'box',
  old: [],
  now: { value: 'SHA256:x' },
  commands: [],
  removal: [],
} as const;
const stop = { ...changed, old: [], commands: [], removal: [] };

function desk() {
  let told = 0;
  const prompts = new PromptDesk(() => {
    told += 1;
  });
  return { prompts, told: () => told, first: () => prompts.prompts[0]?.id ?? '' };
}

it('an answer reaches who asked, once; an answer to a question that is gone does nothing', async () => {
  const { prompts, told, first } = desk();
  const asked = prompts.ask(passphrase);
  const id = first();
  const answer = { do: 'secret', kind: 'passphrase', secret: 's', remember: false } as const;
  expect(prompts.answer(id, answer)).toBe(true);
  expect(await asked).toEqual(answer);
  expect(prompts.answer(id, answer)).toBe(false);
  expect(prompts.prompts).toEqual([]);
  expect(told()).toBe(2);
});

it('an answer of another kind is refused, and the question stays', () => {
  const { prompts, first } = desk();
  void prompts.ask(passphrase);
  const token = { do: 'secret', kind: 'token', secret: 's', remember: false } as const;
  for (const answer of [{ do: 'accept' } as const, { do: 'remove', confirm: 'box' } as const, token])
    expect(() => prompts.answer(first(), answer)).toThrow('does not answer');
  expect(prompts.prompts).toHaveLength(1);
});

it('what is known of a host is removed only by who types its name, and never accepted', () => {
  const { prompts, first } = desk();
  void prompts.ask({ ...stop, confirmWord: 'box' });
  expect(() => prompts.answer(first(), { do: 'accept' })).toThrow();
  expect(() => prompts.answer(first(), { do: 'remove', confirm: 'bo' })).toThrow();
  expect(prompts.answer(first(), { do: 'remove', confirm: 'box' })).toBe(true);
  void prompts.ask(stop);
  expect(() => prompts.answer(first(), { do: 'remove', confirm: '' })).toThrow();
});

it('who does not want to go there any more takes the question back', async () => {
  const { prompts } = desk();
  const end = new AbortController();
  const asked = prompts.ask(passphrase, end.signal);
  end.abort();
  expect(await asked).toEqual({ do: 'cancel' });
  expect(prompts.prompts).toEqual([]);
  expect(await prompts.ask(passphrase, end.signal)).toEqual({ do: 'cancel' });
});
