import { asText, type Json } from '../lib/json.ts';

/** Milliseconds that a provider asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date). */
export function retryAfter(headers: Json, now: number): number | undefined {
  const exact = asText(headers['retry-after-ms']);
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const text = asText(headers['retry-after'])?.trim();
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
