// Finds the reference runtime, or builds it from its registry into a cache directory, and prints where the binary is.
// Used by `npm run test:runtime` and by .ci/run; nothing else in this project needs Rust.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Time for one attempt; a build from nothing takes about three minutes on two cores. */
const INSTALL_MS_MAX = 15 * 60_000;
/** Tried in this order; undefined is the newest one. */
const VERSIONS = [undefined, '0.13.0', '0.8.5', '0.7.5'];

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
  if (!cargo) throw new Error('cargo was not found. Install Rust 1.89 or newer (https://rustup.rs) and try again.');
  if (works(cargo, ['--version'], process.env)) return { cargo, env: process.env };
  const rustupHome = join(dirname(dirname(dirname(cargo))), '.rustup');
  const env = { ...process.env, RUSTUP_HOME: rustupHome };
  if (existsSync(rustupHome) && works(cargo, ['--version'], env)) return { cargo, env };
  throw new Error(`${cargo} does not work; see what \`cargo --version\` says.`);
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
  if (!onPath('protoc')) throw new Error('protoc was not found. Install it (Debian: protobuf-compiler) and try again.');
}

function build(root) {
  ensureProtoc();
  const { cargo, env } = findCargo();
  for (const version of VERSIONS) {
    // A published lock file may name a crate version that this registry does not have; without it cargo chooses one.
    for (const lock of [['--locked'], []]) {
      const args = ['install', 'macp-runtime', '--bin', 'macp-runtime', '--root', root, ...lock];
      if (version) args.push('--version', version);
      say(`cargo ${args.join(' ')}`);
      const { status } = spawnSync(cargo, args, { env, stdio: ['ignore', 2, 2], timeout: INSTALL_MS_MAX });
      if (status === 0) return;
    }
  }
  throw new Error('No version of macp-runtime could be installed.');
}

/** The path of a macp-runtime binary. Throws with a sentence when there is none and none can be built. */
export function runtimeBinary() {
  const given = process.env.MACP_RUNTIME_BIN;
  if (given) {
    if (existsSync(given)) return given;
    throw new Error(`MACP_RUNTIME_BIN names a file that does not exist: ${given}`);
  }
  const binary = join(cacheDir, 'bin', process.platform === 'win32' ? 'macp-runtime.exe' : 'macp-runtime');
  if (!existsSync(binary)) build(cacheDir);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(runtimeBinary());
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}
