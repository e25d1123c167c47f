// Finds the reference runtime, or builds it from its registry into a cache directory, and prints which version it is and where.
// Used by `npm run test:runtime` and by .ci/run; nothing else in this project needs Rust.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unavailable, exitCodeOf } from './skip.mjs';

/** Time for one attempt; a build from nothing takes about three minutes on two cores. */
const INSTALL_MS_MAX = 15 * 60_000;
/** Built is the first that can be had; the first is the one that this service was written against. A newer one is a change here. */
const VERSIONS = ['0.13.0', '0.8.5', '0.7.5'];

const cacheDir = process.env.MACP_CI_CACHE || join(homedir(), '.cache', 'macp-ci');
const say = (text) => console.error(text);

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
}

function works(command, args, env) {
  return spawnSync(command, args, { env, stdio: 'ignore' }).status === 0;
}

/** Cargo and the environment in which it works. Under another HOME, rustup has to be told where its toolchains are. */
function findCargo() {
  const cargo = onPath('cargo') ?? [join(homedir(), '.cargo', 'bin', 'cargo')].find((file) => existsSync(file));
  if (!cargo)
    throw new Unavailable('cargo was not found. Install Rust 1.89 or newer (https://rustup.rs) and try again.');
  if (works(cargo, ['--version'], process.env)) return { cargo, env: process.env };
  const rustupHome = join(dirname(dirname(dirname(cargo))), '.rustup');
  const env = { ...process.env, RUSTUP_HOME: rustupHome };
  if (existsSync(rustupHome) && works(cargo, ['--version'], env)) return { cargo, env };
  throw new Unavailable(`${cargo} does not work; see what \`cargo --version\` says.`);
}

/** The build of the runtime compiles .proto files. */
function ensureProtoc() {
  if (process.env.PROTOC || onPath('protoc')) return;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    say('Installing protoc …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', 'protobuf-compiler']]) {
      spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] });
    }
  }
  if (!onPath('protoc'))
    throw new Unavailable('protoc was not found. Install it (Debian: protobuf-compiler) and try again.');
}

function build(root) {
  const { cargo, env } = findCargo();
  ensureProtoc();
  for (const version of VERSIONS) {
    // A published lock file may name a crate version that this registry does not have; without it cargo chooses one.
    for (const lock of [['--locked'], []]) {
      const args = ['install', 'macp-runtime', '--bin', 'macp-runtime', '--root', root, '--version', version, ...lock];
      say(`cargo ${args.join(' ')}`);
      const { status } = spawnSync(cargo, args, { env, stdio: ['ignore', 2, 2], timeout: INSTALL_MS_MAX });
      if (status === 0) return;
    }
  }
  // Whether the registry can be reached decides between a machine without network and a version that cannot be built.
  if (!works(cargo, ['info', 'macp-runtime', '--registry', 'crates-io'], env)) {
    throw new Unavailable('the registry of Rust cannot be reached, or does not have macp-runtime.');
  }
  throw new Error(`None of ${VERSIONS.join(', ')} of macp-runtime could be built.`);
}

/** Of what cargo installed into `root`. */
function installedVersion(root) {
  const record = join(root, '.crates.toml');
  return existsSync(record) ? /^"macp-runtime (\S+) /m.exec(readFileSync(record, 'utf8'))?.[1] : undefined;
}

/** `{ binary, version }`. Throws with a sentence when there is none and none can be built: Unavailable, or an Error. */
export function findRuntime() {
  const given = process.env.MACP_RUNTIME_BIN;
  if (given) {
    if (existsSync(given)) return { binary: given, version: 'of a version that only MACP_RUNTIME_BIN knows' };
    throw new Error(`MACP_RUNTIME_BIN names a file that does not exist: ${given}`);
  }
  const binary = join(cacheDir, 'bin', process.platform === 'win32' ? 'macp-runtime.exe' : 'macp-runtime');
  // One that is none of ours is from before a change here.
  if (!existsSync(binary) || !VERSIONS.includes(installedVersion(cacheDir))) build(cacheDir);
  return { binary, version: installedVersion(cacheDir) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { binary, version } = findRuntime();
    console.log(`macp-runtime ${version}, ${binary}`);
  } catch (error) {
    process.exit(exitCodeOf(error));
  }
}
