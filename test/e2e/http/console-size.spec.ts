import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/config/package-root.provider.js';

/** What a browser may have to load before the first page shows something. Bytes after gzip. */
const FIRST_LOAD_BYTES_MAX = 250 * 1_024;

const BUILT = join(packageRoot(), 'dist', 'console');
const IMPORT = /(?:from|import)\s*["']\.\/([^"']+\.js)["']/g;

function gzipped(file: string): number {
  return gzipSync(readFileSync(join(BUILT, file)), { level: 9 }).length;
}

/** The chunk and all it imports at once; what it imports later on is not among them. */
function chunksFrom(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(join(BUILT, file), 'utf8');
  for (const [, name] of text.matchAll(IMPORT)) chunksFrom(`assets/${name!}`, found);
  return found;
}

describe('the first load of the console', () => {
  it('is small enough, with the page that is shown first', () => {
    const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
    const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file!);
    const scripts = named.filter((file) => file.startsWith('assets/') && file.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    const names = readdirSync(join(BUILT, 'assets'));
    const now = names.find((name) => /^now\.page-.*\.js$/.test(name));
    expect(now).toBeDefined();
    const styles = names.filter((name) => /^now\.page-.*\.css$/.test(name)).map((name) => `assets/${name}`);
    const files = new Set(['index.html', ...named, ...styles]);
    for (const script of [...scripts, `assets/${now!}`]) for (const file of chunksFrom(script)) files.add(file);
    const bytes = [...files].map(gzipped).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
    console.info(`First load of the console: ${bytes} bytes after gzip, in ${files.size} files`);
  });
});
