import { defineConfig } from 'vitest/config';

// Suites that need the reference runtime as a binary; `npm run test:runtime` finds or installs it.
export default defineConfig({
  test: {
    include: ['test/runtime/**/*.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
