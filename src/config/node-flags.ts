/**
 * How Node.js is started for the service: `npm start` and `npm run demo` do, and whoever deploys it should (docs/how-to/operate.md).
 * What arrives in a burst lives until the database has it, some tens of milliseconds. In the young generation that Node.js has by itself
 * (16 MB) the collector copies it twice and keeps it among what is old; in this one most of it is gone by then (docs/performance.md).
 */
export const NODE_FLAGS: readonly string[] = ['--min-semi-space-size=32', '--max-semi-space-size=32'];
