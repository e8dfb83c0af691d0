import { defineConfig } from 'vite'

/** The page is one bundle of ours without a framework plugin; `vite dev` hands the API's paths to a `tidemark up` on its usual port. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../dist/dashboard', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, reportCompressedSize: true },
  server: { proxy: { '/v1': 'http://127.0.0.1:4400' } },
})
