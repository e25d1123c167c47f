// Runs the suites that touch the database on PostgreSQL instead of the embedded one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPostgres } from './find-postgres.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What a step that could not be tried exits with; .ci/run counts it as skipped. */
const SKIPPED = 77;
const SUITES = ['test/medium', 'test/e2e', 'test/crash'];
/** The demo brings its own embedded database, whatever the environment says. */
const WITHOUT = ['--exclude', 'test/e2e/demo.spec.ts'];

let server;
try {
  server = await findPostgres();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (!server) {
  const installed = spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;
  console.error('No PostgreSQL can be reached: start one, or name one in TEST_DATABASE_URL.');
  process.exit(process.env.CI === 'true' && installed ? 1 : SKIPPED);
}
console.error(`Testing on ${server.what}`);
const wanted = process.argv.slice(2);
const suites = wanted.length > 0 ? wanted : SUITES.filter((suite) => existsSync(join(root, suite)));
const child = spawn(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...WITHOUT, ...suites],
  {
    cwd: root,
    // Here each kill is cheap enough for the full number; the default of `npm test` is smaller.
    env: { ...process.env, TEST_DATABASE_URL: server.url, CRASH_COUNT: process.env.CRASH_COUNT ?? '50' },
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const [code] = await once(child, 'exit');
server.stop();
process.exit(code ?? 1);
