import { defineConfig } from 'vitest/config';

// Suites that need the reference runtime as a binary; `npm run test:runtime` finds or installs it,
// and `npm run test:python` the Python SDK as well.
export default defineConfig({
  test: {
    include: ['test/runtime/**/*.spec.ts'],
    // The last resort. What a test waits for has a limit of its own that names it; starting a runtime, a database and a
    // control plane takes seconds on a free machine and a minute on a crowded one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
