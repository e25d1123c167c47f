// Holds the documents to the tree: every npm command they name exists, and every file they link to is there.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function documents(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function problemsIn(file) {
  const text = readFileSync(file, 'utf8');
  const commands = [...text.matchAll(/\bnpm (?:run ([a-z][a-z0-9:-]*)|(test|start)\b)/g)].map(
    ([, ran, word]) => ran ?? word,
  );
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
  const files = links.filter((target) => !/^[a-z]+:/.test(target));
  return [
    ...commands.filter((name) => !(name in scripts)).map((name) => `no npm script “${name}”`),
    ...files.filter((target) => !existsSync(join(dirname(file), target))).map((target) => `no file “${target}”`),
  ];
}

const files = [
  ...readdirSync(root)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, name)),
  ...documents(join(root, 'docs')),
];
let count = 0;
for (const file of files) {
  for (const problem of problemsIn(file)) {
    console.error(`${relative(root, file)}: ${problem}`);
    count += 1;
  }
}
console.log(`${files.length} documents, ${count} problem(s)`);
process.exit(count > 0 ? 1 : 0);
