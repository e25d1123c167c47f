// Runs the suites that need the reference runtime, against the real binary.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeBinary } from './install-runtime.mjs';
import { PythonUnavailable, pythonWithSdk } from './python-sdk.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let binary;
let python = '';
try {
  binary = runtimeBinary();
  python = sdkPython();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
console.error(`Testing against ${binary}`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', 'test/runtime/vitest.config.ts', ...process.argv.slice(2)];
const env = { ...process.env, MACP_RUNTIME_BIN: binary, MACP_SDK_PYTHON: python };
process.exit(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1);

/** Empty when there is no Python or no package index; the suite is then skipped. */
function sdkPython() {
  try {
    return pythonWithSdk();
  } catch (error) {
    if (!(error instanceof PythonUnavailable)) throw error;
    console.error(`SKIPPED: the suite of the Python SDK, because ${error.message}`);
    return '';
  }
}
