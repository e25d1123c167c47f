// Runs the suites that need the reference runtime, against the real binary.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeBinary } from './install-runtime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let binary;
try {
  binary = runtimeBinary();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
console.error(`Testing against ${binary}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', 'test/runtime/vitest.config.ts', ...process.argv.slice(2)];
const env = { ...process.env, MACP_RUNTIME_BIN: binary };
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1);
