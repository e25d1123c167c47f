// Runs the suites that need a browser. Without one, and without a way to install one, nothing is tested and it says so.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumBinary } from './install-chromium.mjs';
import { SKIPPED } from './skip.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const chromium = chromiumBinary();
if (chromium === undefined) {
  console.error('There is no chromium here (set CHROMIUM to one), and none could be installed; nothing was tested.');
  process.exit(SKIPPED);
}
console.error(`Testing in ${chromium}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', 'test/console/vitest.config.ts', ...process.argv.slice(2)];
const env = { ...process.env, CHROMIUM: chromium };
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1);
