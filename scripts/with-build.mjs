// Makes a checkout runnable (dependencies, generated code, compiled sources, the console), then runs the given script.
// Every npm command that runs what we build goes through here, so that each of them works on a fresh clone with no other step.
// The checks of the sources (format, lint, types, arch) come after one of these, as in .ci/run.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildConsole } from './build-console.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** From here on an ES module can be required, which dependencies of ours do. package.json says the same under "engines". */
const MINOR_MIN = { 20: 19, 21: Infinity, 22: 12 };
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || minor < (MINOR_MIN[major] ?? 0)) {
  fail(`Node.js 20.19 or newer of that line, or 22.12 or newer, is needed; this is ${process.versions.node}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // There npm is a script. A path such as that of Node.js itself would be cut at its spaces.
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed.`);
}

/** Resolves when the process ended well; ends this one when it did not. */
function runBeside(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('exit', (code) => (code === 0 ? resolve() : fail(`${args.join(' ')} failed.`)));
  });
}

function stampOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Does it unless it was done with the same files; the stamp is written last, so that a failure is tried again. */
function unlessStamped(stampFile, files, make) {
  const wanted = stampOf(files);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  make();
  writeFileSync(stampFile, wanted);
}

unlessStamped(join(root, 'node_modules', '.macp-installed'), ['package-lock.json'], () => {
  console.error('Installing dependencies …');
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
});

const protos = readdirSync(join(root, 'proto'), { recursive: true }).filter((name) => name.endsWith('.proto'));
const sources = ['buf.gen.yaml', 'package-lock.json', ...protos.sort().map((name) => join('proto', name))];
unlessStamped(join(root, 'src', 'gen', '.made-of'), sources, () =>
  run(process.execPath, [join('node_modules', '@bufbuild', 'buf', 'bin', 'buf'), 'generate']),
);

// What writes the API's document must run while the console does not fit it yet.
const withoutConsole = process.argv[2] === '--without-console';
const [script, ...args] = process.argv.slice(withoutConsole ? 3 : 2);
await Promise.all([
  runBeside([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']),
  ...(withoutConsole ? [] : [buildConsole(root, runBeside)]),
]);

/** What runs with the flags of src/config/node-flags.ts. */
const SERVICE = 'dist/src/main.js';
/** How often this process looks whether npm is still there. Milliseconds. */
const ORPHANED_EVERY_MS = 500;

if (script) {
  const { NODE_FLAGS } = await import(pathToFileURL(join(root, 'dist/src/config/node-flags.js')));
  const flags = ['--enable-source-maps', ...(script === SERVICE ? NODE_FLAGS : [])];
  const child = spawn(process.execPath, [...flags, join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  // A SIGTERM to npm ends npm and its shell, and nobody passes it on: what was started would live on, with its port taken.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), ORPHANED_EVERY_MS).unref();
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
