import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type Catalogue, catalogue, placesIn } from './catalogue.ts';

const greetings = catalogue(
  () => ({ hello: 'Hello {name}, you are {place}.', bye: 'Bye.' }),
  () => ({ hello: '{name}，你好，你排在第 {place} 位。', bye: '再见。' }),
);

test('a message is said in the language asked for, with the values in their places', () => {
  expect(greetings.in('en')('hello', { name: 'Ann', place: 2 })).toBe('Hello Ann, you are 2.');
  expect(greetings.in('zh-CN')('hello', { name: '安', place: 2 })).toBe('安，你好，你排在第 2 位。');
  expect(greetings.in('zh-CN')('bye')).toBe('再见。');
});

test('a value that looks like a place or a pattern stays what it is', () => {
  const say = greetings.in('en');
  expect(say('hello', { name: '{place} $& $1', place: 1 })).toBe('Hello {place} $& $1, you are 1.');
  const odd = () => ({ odd: 'x {constructor}' }) as const;
  const inherited = catalogue(odd, odd);
  expect(inherited.in('en')('odd', { constructor: 'y' })).toBe('x y');
});

test('a value that is missing, or one too many, does not compile', () => {
  const say = greetings.in('en');
  expectTypeOf(say<'bye'>).parameters.toEqualTypeOf<['bye']>();
  expectTypeOf(say<'hello'>)
    .parameter(1)
    .toEqualTypeOf<Record<'name' | 'place', string | number>>();
});

const messageFiles = [import.meta.dirname, join(import.meta.dirname, '../../renderer/words')].flatMap((dir) =>
  readdirSync(dir)
    .filter((name) => name.endsWith('-messages.ts'))
    .map((name) => join(dir, name)),
);

describe.each(messageFiles)('%s', async (file) => {
  const found: unknown[] = Object.values(await import(/* @vite-ignore */ file));
  const catalogues = found.filter((value): value is Catalogue => typeof value === 'object' && !!value);

  test('has the same values in every language', () => {
    expect(catalogues.length).toBeGreaterThan(0);
    for (const { texts } of catalogues) {
      for (const [key, text] of Object.entries(texts.en)) {
        expect(placesIn(texts['zh-CN'][key] ?? ''), key).toEqual(placesIn(text));
      }
    }
  });

  test('is translated: no Chinese text is the English one, unless it has no word', () => {
    for (const { texts } of catalogues) {
      const same = Object.entries(texts.en).filter(([key, text]) => texts['zh-CN'][key] === text);
      expect(same.filter(([, text]) => /\s[a-z]+\s[a-z]+/.test(text))).toEqual([]);
    }
  });
});
