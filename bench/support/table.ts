import { number, type Line } from './verdict.js';

const HEAD = ['bar', 'measure', 'figure', 'min–max', 'unit', 'bound', 'limit', 'ratio', 'verdict'];
const RIGHT = new Set(['bar', 'figure', 'min–max', 'bound', 'limit', 'ratio']);

/** The lines under one head, with their notes below. */
export function table(lines: readonly Line[]): string {
  const rows = [HEAD, ...lines.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map((row) =>
    row
      .map((cell, i) => padded(cell, widths[i] ?? 0, HEAD[i] ?? ''))
      .join('  ')
      .trimEnd(),
  );
  const notes = lines.flatMap(({ name, notes }) => notes.map((note) => `  ${name}: ${note}`));
  return [...text, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

function cellsOf(line: Line): string[] {
  const { figure, limit, ratio } = line;
  return [
    line.number === undefined ? '' : String(line.number),
    line.name,
    number(figure.median),
    line.rounds.length < 2 ? '' : `${number(figure.min)}–${number(figure.max)}`,
    line.unit,
    line.bound,
    limit === undefined ? '' : number(limit),
    ratio === undefined ? '' : number(ratio),
    line.verdict,
  ];
}

function padded(cell: string, width: number, column: string): string {
  return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
}
