import type { Language } from './language.ts';

type Values<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Values<Rest>
  : never;
type ValuesFor<Text extends string> = [Values<Text>] extends [never]
  ? []
  : [values: Record<Values<Text>, string | number>];

/** Says the message `key` in the language it was made for. What stands in braces is given as `values`. */
export type Say<English extends Record<string, string>> = <Key extends keyof English & string>(
  key: Key,
  ...values: ValuesFor<English[Key]>
) => string;

/** What one room says to people. */
export interface Catalogue<English extends Record<string, string> = Record<string, string>> {
  texts: Record<Language, Readonly<Record<string, string>>>;
  in(language: Language): Say<English>;
}

const PLACE = /\{(\w+)\}/g;

/**
 * A room's messages, each with a text in every language; a missing translation or value does not compile.
 * Values are put in as they are: text of others is made harmless before (`safeText`) or where it is shown.
 * Most runs of a command say little, in one language: what is not said is not even compiled.
 */
export function catalogue<const English extends Record<string, string>>(
  english: () => English,
  chinese: () => Readonly<Record<keyof English & string, string>>,
): Catalogue<English> {
  let en: English | undefined;
  let zh: Readonly<Record<string, string>> | undefined;
  const texts = {
    get en() {
      en ??= english();
      return en;
    },
    get 'zh-CN'() {
      zh ??= chinese();
      return zh;
    },
  };
  return {
    texts,
    in:
      (language) =>
      (key, ...values) =>
        fill(texts[language][key] ?? key, values[0] ?? {}),
  };
}

const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(PLACE, (place, name: string) => String(Object.hasOwn(values, name) ? values[name] : place));

/** The names in braces, sorted, each once. */
export const placesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(PLACE)].map(([, name = '']) => name))].sort();
