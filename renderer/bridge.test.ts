import { afterEach, expect, test, vi } from 'vitest';
import { follow } from './bridge.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The app, as far as `follow` knows it: it tells `prompts` to who listens. */
function scriptedApp() {
  const listeners = new Set<(payload: never) => void>();
  vi.stubGlobal('openclaw', {
    on(_event: string, listener: (payload: never) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const tell = (id: string): void => listeners.forEach((listener) => void listener([{ id }] as never));
  return { tell, listeners };
}

/** An answer that is under way until it is given. */
function answer() {
  let give = (_id: string): void => {};
  const promise = new Promise<never>((resolve) => {
    give = (id) => resolve([{ id }] as never);
  });
  return { first: () => promise, give: (id: string) => give(id) };
}

test('an answer that something newer has overtaken is not shown', async () => {
  const app = scriptedApp();
  const { first, give } = answer();
  const shown: unknown[] = [];
  follow('prompts', first, (prompts) => shown.push(prompts));
  app.tell('newer');
  give('older');
  await first();
  expect(shown).toEqual([[{ id: 'newer' }]]);
});

test('the answer is shown while nothing was told, and what is told later after it', async () => {
  const app = scriptedApp();
  const { first, give } = answer();
  const shown: unknown[] = [];
  const end = follow('prompts', first, (prompts) => shown.push(prompts));
  give('first');
  await first();
  app.tell('second');
  end();
  app.tell('third');
  expect(shown).toEqual([[{ id: 'first' }], [{ id: 'second' }]]);
  expect(app.listeners.size).toBe(0);
});

test('what is not answered is asked again', async () => {
  vi.useFakeTimers();
  scriptedApp();
  const answers = [Promise.reject(new Error('not yet')), Promise.resolve([])];
  const shown: unknown[] = [];
  follow(
    'prompts',
    () => answers.shift() ?? Promise.reject(new Error('asked too often')),
    (prompts) => shown.push(prompts),
  );
  await vi.advanceTimersByTimeAsync(5_000);
  expect([shown, answers]).toEqual([[[]], []]);
});

test('nothing is shown any more after the end', async () => {
  scriptedApp();
  const { first, give } = answer();
  const shown: unknown[] = [];
  follow('prompts', first, (prompts) => shown.push(prompts))();
  give('late');
  await first();
  expect(shown).toEqual([]);
});
