import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'bench/**/*.spec.ts', 'console/**/*.spec.ts'],
    exclude: ['test/runtime/**', 'test/console/**', 'node_modules/**', 'dist/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two workers: the suites open a database each, and two cores is the smallest machine we promise.
    maxWorkers: 2,
  },
});
