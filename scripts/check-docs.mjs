// Holds the documents to the tree: every npm command they name exists, every file and heading they link to is there, every row of
// a table has as many cells as its head, docs/ARCHITECTURE.md names the rooms, their arrows and the roles of files as they are, and
// LICENSE is the text of the licence that package.json names.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import rooms from './rooms.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const architecture = join(root, 'docs', 'ARCHITECTURE.md');
const { scripts, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function documents(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Without blocks of code; the lines stay in their places. */
function prose(text) {
  return text.replace(/^ *```[^]*?^ *```/gm, (block) => block.replace(/[^\n]/g, ''));
}

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(file) {
  const anchors = new Set();
  for (const [, heading] of prose(readFileSync(file, 'utf8')).matchAll(/^#{1,6} +(.*)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function linkProblem(file, link) {
  const [path, anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(target)) return `no file “${path}”`;
  return anchor !== undefined && !anchorsOf(target).has(anchor) ? `no heading “${link}”` : undefined;
}

/** A bar that is escaped is text, also within code. */
function cellsOf(row) {
  return row
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/).length;
}

function tableProblems(text) {
  let head;
  return text.split('\n').flatMap((line, index) => {
    const cells = /^ *\|/.test(line) ? cellsOf(line) : undefined;
    head = cells && (head ?? cells);
    return cells === head ? [] : [`line ${index + 1} has ${cells} cells, the head of its table ${head}`];
  });
}

function problemsIn(file) {
  const text = readFileSync(file, 'utf8');
  const commands = [...text.matchAll(/\bnpm (?:run ([a-z][a-z0-9:-]*)|(test|start)\b)/g)].map(
    ([, ran, word]) => ran ?? word,
  );
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, target]) => target);
  const own = links.filter((target) => !/^[a-z]+:/.test(target));
  return [
    ...commands.filter((name) => !(name in scripts)).map((name) => `no npm script “${name}”`),
    ...own.flatMap((link) => linkProblem(file, link) ?? []),
    ...tableProblems(prose(text)),
    ...(file === architecture ? architectureProblems(text) : []),
  ];
}

/** The rows of the code map that are rooms with arrows of their own, and the roles under the purity mark. */
function architectureProblems(text) {
  const rows = [...text.matchAll(/^\| `src\/([a-z-]+)` *\|.*\| *(.*?) *\|$/gm)];
  const told = new Map(rows.map(([, room, below]) => [room, below === '–' ? '' : below]));
  const roles = /`(\.[a-z]+(?:\s+\.[a-z]+)+)`/.exec(text)?.[1].replaceAll('.', '').split(/\s+/) ?? [];
  return [
    ...Object.entries(rooms.MAY_IMPORT)
      .filter(([room, below]) => told.get(room) !== below.join(', '))
      .map(([room, below]) => `src/${room} may import: ${below.join(', ') || '–'}`),
    ...(roles.toSorted().join() === rooms.ROLES.toSorted().join() ? [] : [`roles are: ${rooms.ROLES.join(' ')}`]),
  ];
}

/** The fixed texts of licences, by their SPDX names; nobody may change a word of one. */
const LICENCES = { 'Apache-2.0': 'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30' };

function licenceProblems() {
  const path = join(root, 'LICENSE');
  const hash = existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex');
  return hash === LICENCES[license] ? [] : [`LICENSE: not the text of ${license}, which package.json names`];
}

const files = [
  ...readdirSync(root)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, name)),
  ...['docs', 'src', 'bench'].flatMap((name) => documents(join(root, name))),
];
const problems = [
  ...files.flatMap((file) => problemsIn(file).map((problem) => `${relative(root, file)}: ${problem}`)),
  ...licenceProblems(),
];
for (const problem of problems) console.error(problem);
console.log(`${files.length} documents, ${problems.length} problem(s)`);
process.exit(problems.length > 0 ? 1 : 0);
