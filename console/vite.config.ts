import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompressed } from './precompress.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The console as static files in dist/console. Every address in them is relative, so that any path may stand before it. */
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [react(), precompressed()],
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    // The polyfill would be an inline script, which the Content-Security-Policy refuses.
    modulePreload: { polyfill: false },
    // No data: URLs, for the same reason.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
