import { VARIABLES } from './config.js';

/** docs/CONFIG.md: every variable, its default and its meaning, made from the table that is read. */
export function configDocument(): string {
  const rows = Object.entries(VARIABLES).map(
    ([name, { fallback, meaning }]) =>
      `| \`${name}\` | ${fallback === undefined || fallback === '' ? '–' : `\`${fallback}\``} | ${meaning} |`,
  );
  return [
    '# Configuration',
    '',
    'Everything is set by environment variables and read once at the start; all problems are reported together. An empty',
    'variable counts as unset. This page is generated from `src/config/config.ts` by `npm run openapi`.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
