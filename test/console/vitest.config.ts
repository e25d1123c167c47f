import { defineConfig } from 'vitest/config';

/** What needs a browser: run it with `npm run test:console`. One file at a time, as each has a browser of its own. */
export default defineConfig({
  test: {
    include: ['test/console/**/*.spec.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
