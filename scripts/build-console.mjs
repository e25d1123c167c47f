// Builds the console into dist/console: types of the API from its document, a type check, and the bundle; each only
// when something it is made of has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SCHEMA = join('console', 'src', 'api', 'gen', 'schema.ts');
const DOCUMENT = join('docs', 'openapi.json');
const bin = (...path) => join('node_modules', ...path);

/** `run` runs a script of Node and rejects, or does not return, when it fails. */
export async function buildConsole(root, run) {
  const documentStamp = hashOf(root, [DOCUMENT, 'package-lock.json']);
  await unlessStamped(join(root, 'dist', '.console-types'), documentStamp, existsSync(join(root, SCHEMA)), () =>
    run([bin('openapi-typescript', 'bin', 'cli.js'), DOCUMENT, '-o', SCHEMA, '--root-types=false']),
  );
  const files = filesIn(join(root, 'console')).map((file) => join('console', file));
  const stamp = hashOf(root, [...files, 'package-lock.json', 'tsconfig.json']);
  const isThere = existsSync(join(root, 'dist', 'console', 'index.html'));
  await unlessStamped(join(root, 'dist', '.console-built'), stamp, isThere, () =>
    Promise.all([
      // The build fails when the console asks for something that the API does not have.
      run([bin('typescript', 'bin', 'tsc'), '-p', join('console', 'tsconfig.json')]),
      run([bin('vite', 'bin', 'vite.js'), 'build', '--config', join('console', 'vite.config.ts'), '--logLevel=warn']),
    ]),
  );
}

/** Makes it unless it is there and was made of the same; the stamp is written last, so that a failure is tried again. */
async function unlessStamped(file, stamp, isThere, make) {
  if (isThere && existsSync(file) && readFileSync(file, 'utf8') === stamp) return;
  await make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stamp);
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .filter((file) => !/\.(spec\.ts|md)$/.test(file))
    .sort();
}

function hashOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
