import type { LanguageModelV3Usage } from '@ai-sdk/provider';
import { asNumber, asObject, type Json } from '../lib/json.ts';
import type { Usage, UsageCost } from './model.ts';

/** US dollars for a million tokens, as in `models.providers.*.models[].cost`. */
export interface Price {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** The usage that a provider reported, with its cost where the configuration names a price. */
export function usageOf(reported: LanguageModelV3Usage, cost: unknown): Usage {
  const { inputTokens, outputTokens } = reported;
  const cacheRead = count(inputTokens.cacheRead);
  const cacheWrite = count(inputTokens.cacheWrite);
  const input = inputTokens.noCache ?? count(inputTokens.total) - cacheRead - cacheWrite;
  const reasoning = count(outputTokens.reasoning);
  return pricedUsage(
    {
      input: Math.max(0, count(input)),
      output: count(outputTokens.total),
      cacheRead,
      cacheWrite,
      ...(reasoning > 0 ? { reasoning } : {}),
    },
    cost,
  );
}

/** Adds the sum and the cost to counted tokens. */
export function pricedUsage(tokens: Omit<Usage, 'totalTokens' | 'cost'>, cost: unknown): Usage {
  const totalTokens = tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite;
  const price = priceOf(cost, totalTokens - tokens.output);
  return price === undefined
    ? { ...tokens, totalTokens }
    : { ...tokens, totalTokens, cost: costOf(tokens, price) };
}

function costOf(tokens: Omit<Usage, 'totalTokens' | 'cost'>, price: Price): UsageCost {
  const dollars = (amount: number, perMillion: number): number => (amount * perMillion) / 1_000_000;
  const input = dollars(tokens.input, price.input);
  const output = dollars(tokens.output, price.output);
  const cacheRead = dollars(tokens.cacheRead, price.cacheRead);
  const cacheWrite = dollars(tokens.cacheWrite, price.cacheWrite);
  return { input, output, cacheRead, cacheWrite, total: input + output + cacheRead + cacheWrite };
}

/** The price at this size of the prompt: a tier whose range holds it, or else the plain price. */
export function priceOf(cost: unknown, promptTokens: number): Price | undefined {
  if (cost === undefined || cost === null) return undefined;
  const { tieredPricing, ...plain } = asObject(cost);
  const tiers = Array.isArray(tieredPricing) ? tieredPricing.map(asObject) : [];
  const row = tiers.find((tier) => isWithin(promptTokens, tier.range)) ?? plain;
  return { input: rate(row, 'input'), output: rate(row, 'output'), ...cacheRates(row) };
}

const cacheRates = (row: Json): { cacheRead: number; cacheWrite: number } => ({
  cacheRead: rate(row, 'cacheRead'),
  cacheWrite: rate(row, 'cacheWrite'),
});

const rate = (row: Json, name: string): number => Math.max(0, asNumber(row[name]) ?? 0);

function isWithin(tokens: number, range: unknown): boolean {
  const [from, to] = Array.isArray(range) ? range : [];
  return typeof from === 'number' && tokens >= from && (typeof to !== 'number' || tokens < to);
}

/** Providers send anything here, negative numbers and fractions included. */
function count(value: unknown): number {
  const number = asNumber(value) ?? 0;
  return number > 0 ? Math.floor(number) : 0;
}
