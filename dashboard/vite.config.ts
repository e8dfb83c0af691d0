import { defineConfig } from 'vite'
import { uPlotSlim } from './uplot-slim.ts'

const FIRST = [
  /node_modules/,
  /client\/(api-error|connection|frames|one-stream|places|query-text)\./,
  /dashboard\/(freshness|stream|view)\//,
  /dashboard\/plan\/(?!facts)/,
  /dashboard\/state\/(?!budgets|polling)/,
  /dashboard\/chart\/(?!bars|open|table-view)/,
  /dashboard\/format\/(format|names|values|zone)\./,
  /dashboard\/overview\/overview\./,
  /dashboard\/panels\/(arriving|awaited|chart-body|chart-panel|explanation|panel|spark|tile|tiles|tools|use-rank)\./,
  /dashboard\/scope\/(compare-picker|filter-bar|live-control|range-picker|scope|zone-picker)\./,
  /dashboard\/series\/(buckets|chart-model|colours|known-to|totals)\./,
  /dashboard\/ui\/(icons|lazy|menu|name|theme)\./,
]
const isFirst = (id: string): boolean => FIRST.some((one) => one.test(id))

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
            // What the first page needs at once is one file: many small ones compress badly.
            { name: 'first', test: isFirst },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:4400' } },
})
