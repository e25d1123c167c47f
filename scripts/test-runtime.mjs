// Runs the suites that need the reference runtime, against the real binary. With --python: the one that needs the public
// Python SDK as well; without Python, or its package index, nothing is tested and it says so.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeBinary } from './install-runtime.mjs';
import { PythonUnavailable, pythonWithSdk } from './python-sdk.mjs';

/** What a step that could not be tried exits with; .ci/run counts it as skipped. */
const SKIPPED = 77;
const PYTHON_SUITE = 'test/runtime/python-sdk.spec.ts';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inPython = process.argv[2] === '--python';
const wanted = process.argv.slice(inPython ? 3 : 2);

const env = { ...process.env };
try {
  if (inPython) env.MACP_SDK_PYTHON = pythonWithSdk();
  env.MACP_RUNTIME_BIN = runtimeBinary();
} catch (error) {
  console.error(error instanceof PythonUnavailable ? `Nothing was tested: ${error.message}` : error.message);
  process.exit(error instanceof PythonUnavailable ? SKIPPED : 1);
}
console.error(`Testing against ${env.MACP_RUNTIME_BIN}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const suites = inPython ? [PYTHON_SUITE] : ['--exclude', PYTHON_SUITE];
const args = [vitest, 'run', '--config', 'test/runtime/vitest.config.ts', ...suites, ...wanted];
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1);
