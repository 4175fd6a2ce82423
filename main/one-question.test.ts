import { describe, expect, it } from 'vitest';
import { oneQuestion } from './one-question.ts';

describe('a question to a person', () => {
  it('is asked once while it waits, and again when it was answered', async () => {
    const waiting: ((answer: boolean) => void)[] = [];
    const ask = oneQuestion(() => new Promise<boolean>((resolve) => waiting.push(resolve)));
    const first = ask();
    expect(await ask()).toBe(false);
    expect(waiting).toHaveLength(1);
    waiting[0]?.(true);
    expect(await first).toBe(true);
    const next = ask();
    waiting[1]?.(false);
    expect(await next).toBe(false);
  });
});
