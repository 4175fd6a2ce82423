import { expect, test } from 'vitest';
import { chooseLanguage, languageOf } from './language.ts';

test.each([
  ['zh-CN', 'zh-CN'],
  ['zh_CN.UTF-8', 'zh-CN'],
  ['zh-Hant-TW', 'zh-CN'],
  ['ZH', 'zh-CN'],
  ['en_GB.UTF-8', 'en'],
  ['C', 'en'],
  ['C.UTF-8', 'en'],
  ['POSIX', 'en'],
  ['de_DE', undefined],
  ['', undefined],
])('%j is %j', (tag, language) => {
  expect(languageOf(tag)).toBe(language);
});

test.each([
  ['the flag before the environment', 'en', { LC_ALL: 'zh_CN.UTF-8' }, 'en'],
  ['LC_ALL before LC_MESSAGES and LANG', undefined, { LC_ALL: 'C', LC_MESSAGES: 'zh', LANG: 'zh_CN' }, 'en'],
  ['LC_MESSAGES before LANG', undefined, { LC_MESSAGES: 'zh_CN', LANG: 'en_US' }, 'zh-CN'],
  ['LANG when nothing else is set', undefined, { LC_ALL: '', LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
  ['English for a language that nothing is written in', undefined, { LANG: 'fr_FR.UTF-8' }, 'en'],
  ['English when nothing is set', undefined, {}, 'en'],
])('%s', (_, flag, env, language) => {
  expect(chooseLanguage(flag, env)).toBe(language);
});
