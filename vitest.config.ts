import { defineConfig } from 'vitest/config';

const others = ['**/node_modules/**', '**/dist/**'];

/**
 * Layers by file name and place; see docs/testing.md. Two workers, so that a laptop stays usable
 * and a test that depends on timing fails here rather than on a busy machine.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    env: { NO_COLOR: '1' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{core,cli,main,renderer,scripts,bench}/**/*.test.ts'],
          exclude: [...others, '**/*.integration.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['{core,cli,main,scripts}/**/*.integration.test.ts'],
          exclude: others,
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...others, 'e2e/desktop/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'desktop',
          include: ['e2e/desktop/*.test.ts'],
          exclude: others,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          retry: process.env.CI ? 1 : 0,
        },
      },
    ],
  },
});
