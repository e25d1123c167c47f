// Runs the suites that need the reference runtime, against the real binary. With --python: the one that needs the public
// Python SDK as well. Without either, and without a way to install it, nothing is tested and it says so.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRuntime } from './install-runtime.mjs';
import { pythonWithSdk } from './python-sdk.mjs';
import { exitCodeOf } from './skip.mjs';

const PYTHON_SUITE = 'test/runtime/python-sdk.spec.ts';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inPython = process.argv[2] === '--python';
const wanted = process.argv.slice(inPython ? 3 : 2);

const env = { ...process.env };
try {
  if (inPython) env.MACP_SDK_PYTHON = pythonWithSdk();
  const { binary, version } = findRuntime();
  env.MACP_RUNTIME_BIN = binary;
  console.error(`Testing against macp-runtime ${version}, ${binary}`);
} catch (error) {
  process.exit(exitCodeOf(error));
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const suites = inPython ? [PYTHON_SUITE] : ['--exclude', PYTHON_SUITE];
const args = [vitest, 'run', '--config', 'test/runtime/vitest.config.ts', ...suites, ...wanted];
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1);
