// Runs the suites that touch the database on PostgreSQL instead of the embedded one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPostgres } from './find-postgres.mjs';
import { Unavailable, exitCodeOf } from './skip.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const SUITES = ['test/medium', 'test/e2e', 'test/crash'];
/** The demo brings its own embedded database, whatever the environment says. */
const WITHOUT = ['--exclude', 'test/e2e/demo.spec.ts'];

let server;
try {
  server = await findPostgres();
  if (!server) throw new Unavailable('there is no PostgreSQL. Start one, or name one in TEST_DATABASE_URL.');
} catch (error) {
  process.exit(exitCodeOf(error));
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
