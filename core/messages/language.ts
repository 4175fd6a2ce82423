/** The languages people are spoken to in; codes and JSON are the same in each. */
export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The language of a BCP 47 tag (`zh-Hans-CN`) or a POSIX locale (`zh_CN.UTF-8`, `C`); undefined for one that
 * nothing is written in. All kinds of Chinese are answered in the simplified one.
 */
export function languageOf(tag: string): Language | undefined {
  const [first = ''] = tag
    .trim()
    .toLowerCase()
    .split(/[-_.@]/);
  if (first === 'zh') return 'zh-CN';
  return ['en', 'c', 'posix'].includes(first) ? 'en' : undefined;
}

/** `--lang`, then what POSIX says: LC_ALL, LC_MESSAGES, LANG, the first that is set; English for all others. */
export function chooseLanguage(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  const tag = [flag, env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value);
  return (tag && languageOf(tag)) || 'en';
}
