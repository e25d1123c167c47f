/**
 * How Node.js is started for the service: `npm start` and `npm run demo` do, and whoever deploys it should (docs/how-to/operate.md).
 * What arrives in a burst lives until the database has it, some tens of milliseconds. In the young generation that Node.js has by itself
 * (16 MB) the collector copies it twice and keeps it among what is old; in this one most of it is gone by then (docs/performance.md).
 * What is kept all the same is garbage soon. Under load Node.js lets the heap grow by less than half before the collector goes through all
 * of it again, and again; so it may always grow to four times what was found alive (ADR 11).
 */
export const NODE_FLAGS: readonly string[] = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--heap-growing-percent=300',
];

/**
 * Those of them that a process was started without, whatever value it has instead: `execArgv` as in `process`, `nodeOptions` the
 * variable NODE_OPTIONS.
 */
export function missingFlags(execArgv: readonly string[], nodeOptions = ''): readonly string[] {
  const given = new Set([...execArgv, ...nodeOptions.split(/\s+/)].map(nameOf));
  return NODE_FLAGS.filter((flag) => !given.has(nameOf(flag)));
}

/** Node.js takes `_` for `-` in the names of V8's. */
function nameOf(flag: string): string {
  return (flag.split('=', 1)[0] ?? '').replaceAll('_', '-');
}
