import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allCodes } from './all-codes.ts';

const DIR = join(import.meta.dirname, '../../docs/errors');
const pages = readdirSync(DIR).filter((name) => name !== 'README.md');
const read = (name: string): string => readFileSync(join(DIR, name), 'utf8');

test('every code has a page in docs/errors, and every page is of a code', () => {
  expect(pages.toSorted()).toEqual(allCodes().map((code) => `${code}.md`));
});

test('the index links each page once', () => {
  const linked = [...read('README.md').matchAll(/\]\((\w+)\.md\)/g)].map(([, code]) => code);
  expect(linked.toSorted()).toEqual(allCodes());
});

test.each(pages)('%s says why it happens, what mends it and how to check, also in Chinese', (name) => {
  const text = read(name);
  expect(text.split('\n')[0]).toBe(`# ${name.replace('.md', '')}`);
  for (const part of ['**Why it happens.**', '**Fix.**', '**Check.**']) expect(text).toContain(part);
  const [, chinese = ''] = text.split('\n## 中文\n');
  expect(chinese.match(/\p{sc=Han}/gu)?.length ?? 0).toBeGreaterThan(20);
});
