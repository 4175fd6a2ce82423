import type { Language } from '../core/messages/language.ts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `5 minutes ago`, in the largest unit that fits; both times in epoch milliseconds. */
export function ago(at: number, now: number, language: Language): string {
  const passed = at - now;
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(passed) >= size) ?? (['second', 1_000] as const);
  const formatter = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  return formatter.format(Math.round(passed / ms), unit);
}

/** `2 hours, 5 minutes`: the two largest units of a time in milliseconds. */
export function lasting(ms: number, language: Language): string {
  let rest = Math.max(0, ms);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count === 0 && (parts.length > 0 || unit !== 'second')) continue;
    const format = { style: 'unit', unit, unitDisplay: 'long' } as const;
    parts.push(new Intl.NumberFormat(language, format).format(count));
  }
  return new Intl.ListFormat(language, { type: 'unit' }).format(parts.slice(0, 2));
}

/** At most `digits` behind the point. */
export const decimal = (value: number, language: Language, digits = 1): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

export const megabytes = (bytes: number): number => bytes / 1_048_576;
