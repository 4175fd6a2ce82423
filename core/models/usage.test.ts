import { describe, expect, it } from 'vitest';
import { pricedUsage, priceOf, usageOf } from './usage.ts';

const tokens = { input: 1_000_000, output: 500_000, cacheRead: 2_000_000, cacheWrite: 0 };

describe('usage', () => {
  it('is priced for a million tokens', () => {
    const { cost, totalTokens } = pricedUsage(tokens, {
      input: 3,
      output: 15,
      cacheRead: 0.3,
      cacheWrite: 3.75,
    });
    expect(totalTokens).toBe(3_500_000);
    expect(cost).toEqual({ input: 3, output: 7.5, cacheRead: 0.6, cacheWrite: 0, total: 11.1 });
  });

  it('has no cost without a price, and a cost of nothing at a price of nothing', () => {
    expect(pricedUsage(tokens, undefined).cost).toBeUndefined();
    expect(pricedUsage(tokens, { input: 0, output: 0 }).cost?.total).toBe(0);
  });

  it('takes the tier that the size of the prompt falls in', () => {
    const tieredPricing = [
      { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, range: [0, 200_000] },
      { input: 2, output: 2, cacheRead: 0, cacheWrite: 0, range: [200_000] },
    ];
    const cost = { input: 9, output: 9, tieredPricing };
    expect(priceOf(cost, 199_999)?.input).toBe(1);
    expect(priceOf(cost, 200_000)?.input).toBe(2);
    expect(priceOf({ ...cost, tieredPricing: [] }, 5)?.input).toBe(9);
  });

  it('never counts below nothing, whatever a provider reports', () => {
    const usage = usageOf(
      {
        inputTokens: { total: 5, noCache: undefined, cacheRead: 9, cacheWrite: -3 },
        outputTokens: { total: Number.NaN, text: undefined, reasoning: undefined },
      },
      undefined,
    );
    expect(usage).toEqual({ input: 0, output: 0, cacheRead: 9, cacheWrite: 0, totalTokens: 9 });
  });
});
