import { onTestFinished } from 'vitest';

/**
 * Cleans up when the test that runs ends, also by its time limit, when no `using` and no `finally` of it is reached.
 * What is made outside of a test is for its `afterAll`. `clean` may be called again by the test itself.
 */
export function whenTestEnds(clean: () => unknown): void {
  try {
    onTestFinished(async () => {
      await clean();
    });
  } catch (error) {
    if (!/inside a test/.test(String(error))) throw error;
  }
}
