// Makes a virtual environment with the public Python SDK, once into a cache directory, and prints where its Python is.
// Used by `npm run test:python`; nothing else in this project needs Python.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unavailable, exitCodeOf } from './skip.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const requirements = join(root, 'examples', 'python', 'requirements.txt');
const cacheDir = process.env.MACP_CI_CACHE || join(homedir(), '.cache', 'macp-ci');
/** What the SDK asks for. */
const PYTHON_MIN = [3, 11];
const CANDIDATES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const INSTALL_MS_MAX = 5 * 60_000;

function run(command, args) {
  return spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS_MAX });
}

function findPython() {
  const ask = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';
  for (const candidate of CANDIDATES) {
    const { status, stdout } = run(candidate, ['-c', ask]);
    if (status !== 0) continue;
    const [major, minor] = stdout.trim().split(' ').map(Number);
    if (major > PYTHON_MIN[0] || (major === PYTHON_MIN[0] && minor >= PYTHON_MIN[1])) return candidate;
  }
  throw new Unavailable(`no Python ${PYTHON_MIN.join('.')} or newer with venv was found`);
}

/** The Python of an environment that holds exactly what requirements.txt names. Throws Unavailable, or an Error. */
export function pythonWithSdk() {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const directory = join(cacheDir, 'python-sdk');
  const python = join(directory, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const stamp = join(directory, 'installed');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === wanted) return python;
  const base = findPython();
  rmSync(directory, { recursive: true, force: true });
  const made = run(base, ['-m', 'venv', directory]);
  if (made.status !== 0) throw new Unavailable(`a virtual environment could not be made: ${made.stderr.trim()}`);
  const pip = (...args) => run(python, ['-m', 'pip', '--disable-pip-version-check', ...args]);
  console.error('Installing the Python SDK …');
  const installed = pip('install', '--quiet', '--requirement', requirements);
  if (installed.status !== 0) {
    // Whether the index can be reached decides between a machine without network and a version that cannot be had.
    if (pip('index', 'versions', 'macp-sdk-python').status !== 0) {
      throw new Unavailable('the Python package index cannot be reached');
    }
    throw new Error(`the Python SDK could not be installed: ${installed.stderr.trim()}`);
  }
  writeFileSync(stamp, wanted);
  return python;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(pythonWithSdk());
  } catch (error) {
    process.exit(exitCodeOf(error));
  }
}
