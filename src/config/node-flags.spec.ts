import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missingFlags, NODE_FLAGS } from './node-flags.js';
import { packageRoot } from './package-root.provider.js';

it('names the same flags to those who deploy the service', () => {
  const guide = readFileSync(join(packageRoot(), 'docs/how-to/operate.md'), 'utf8');
  expect(guide).toContain(`node --enable-source-maps ${NODE_FLAGS.join(' ')} dist/src/main.js`);
  expect(guide).toContain(
    `"--enable-source-maps", ${NODE_FLAGS.map((flag) => `"${flag}"`).join(', ')}, "dist/src/main.js"`,
  );
});

it('tells which of them a process was started without', () => {
  expect(missingFlags([])).toEqual(NODE_FLAGS);
  expect(missingFlags(['--enable-source-maps', ...NODE_FLAGS])).toEqual([]);
  // Another value is somebody's choice.
  const chosen = ['--min-semi-space-size=8', '--max_semi_space_size=16'];
  expect(missingFlags(chosen, '--trace-warnings --heap-growing-percent=50')).toEqual([]);
});
