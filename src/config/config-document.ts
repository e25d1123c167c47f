import { z } from 'zod';
import { VARIABLES } from './config.js';

/** docs/CONFIG.md: every variable, what it may be, its default and its meaning, made from the table that is read. */
export function configDocument(): string {
  const rows = Object.entries(VARIABLES).map(
    ([name, { schema, fallback, meaning }]) =>
      `| \`${name}\` | ${allowedBy(schema)} | ${fallback === undefined || fallback === '' ? '–' : `\`${fallback}\``} | ${meaning} |`,
  );
  return [
    '# Configuration',
    '',
    'Everything is set by environment variables and read once at the start; all problems are reported together. An empty',
    'variable counts as unset, and a value that is not allowed stops the start. This page is generated from',
    '`src/config/config.ts` by `npm run openapi`.',
    '',
    '| variable | allowed | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Bounds of numbers and lists of words; what else a text has to be, its meaning says. */
function allowedBy(schema: z.ZodType): string {
  const { minimum, maximum } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  if (minimum !== undefined) return `${minimum} to ${maximum}`;
  const { enum: words } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return words === undefined ? '–' : words.map((word) => `\`${String(word)}\``).join(' ');
}
