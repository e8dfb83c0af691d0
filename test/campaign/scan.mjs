// The scanner against the plain decoder, over many mutated records of each source:  node test/campaign/scan.mjs [--records N] [--short]
// Every odd value in every place first; then N records of each source (default 1,000,000; --short 20,000). Ends with 1 at the first difference.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './lib/processes.mjs'

const { values: flags } = parseArgs({ options: { records: { type: 'string' }, short: { type: 'boolean' } } })
const records = Number(flags.records ?? (flags.short ? 20_000 : 1_000_000))
if (!(Number.isSafeInteger(records) && records > 2_000 && records <= 20_000_000))
  throw new Error(`--records ${flags.records}: a whole number from 2,001 to 20,000,000`)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const child = spawn(
  process.execPath,
  [vitest, 'run', 'test/model/scan.test.ts', '--maxWorkers=1', '--reporter=verbose'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, SCAN_RECORDS: String(records) } },
)
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
