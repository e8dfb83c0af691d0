import { defineConfig } from 'vite'
import { uPlotSlim } from './uplot-slim.ts'

/** The page is one bundle of ours without a framework plugin; `vite dev` hands the API's paths to a `tidemark up` on its usual port. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [uPlotSlim],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'library', test: /node_modules/ },
            // What every page needs at once is one file: many small ones compress badly.
            {
              name: 'shared',
              test: /client\/(connection|api-error|query-text)|dashboard\/(format\/(format|names)|ui\/icons|plan|state\/(?!budgets)|stream|view|freshness|series\/buckets)/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:4400' } },
})
