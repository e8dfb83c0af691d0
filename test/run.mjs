// npm test: builds, finds a store server, runs every test, and ends with one line: N passed, N failed, N skipped.
// --slow: the tests named *.slow.test.ts instead of the others. Other arguments go to vitest: `npm test -- test/store -t 'fence'`.
// TIDEMARK_REQUIRE=all: whatever is absent fails, nothing is skipped. TIDEMARK_AGAIN=1: files that failed beside others run once more, one at a time,
// and what differs between the two runs is named.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../build.mjs'
import { findStoreServer } from '../bootstrap/engine.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const argv = process.argv.slice(2)
const requireAll = process.env.TIDEMARK_REQUIRE === 'all'
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-test-'))
const reportFile = join(scratch, 'report.json')
const needsFile = join(scratch, 'needs')
const count = { passed: 0, failed: 0, skipped: 0 }
/** More files than these do not fail because two of them ran side by side. */
const MOST_AGAIN = 6

/** `more`: arguments beside those of the command line. */
function vitest(env, more = []) {
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...argv.filter((word) => word !== '--slow'),
    ...more,
  ]
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}

function readReport() {
  return existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')).testResults : []
}

/** The report, with the files that failed as they came out when they ran alone. */
async function runAgain(env, exitCode) {
  const first = readReport()
  const failed = first.filter(({ status }) => status === 'failed')
  if (
    process.env.TIDEMARK_AGAIN !== '1' ||
    exitCode === 0 ||
    failed.length === 0 ||
    failed.length > MOST_AGAIN
  )
    return { files: first, exitCode }
  console.log(`${failed.length} files failed beside others; each runs once more, alone`)
  rmSync(reportFile)
  const code = await vitest(env, ['--maxWorkers=1', ...failed.map(({ name }) => relative(root, name))])
  const second = new Map(readReport().map((file) => [file.name, file]))
  for (const { name, assertionResults } of failed)
    for (const { fullName, status } of assertionResults)
      if (
        status === 'failed' &&
        second.get(name)?.assertionResults.find((one) => one.fullName === fullName)?.status === 'passed'
      )
        console.log(`failed beside others, passed alone: ${relative(root, name)} > ${fullName}`)
  return { files: first.map((file) => second.get(file.name) ?? file), exitCode: code }
}

/** A file that could not even be loaded holds no tests in the report: it is one failure. */
function tally({ files, exitCode }) {
  for (const file of files) {
    if (file.assertionResults.length === 0 && file.status === 'failed') count.failed++
    for (const { status } of file.assertionResults)
      count[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped']++
  }
  // An error outside of any test (a rejection nobody handled, a crash of the runner) is a failure too.
  if (exitCode !== 0 && count.failed === 0) count.failed++
}

function nameWhatLacked() {
  if (!existsSync(needsFile)) return
  for (const need of [...new Set(readFileSync(needsFile, 'utf8').trim().split('\n'))].sort())
    console.log(`lacked: ${need}`)
}

try {
  await build()
  const bin = await findStoreServer({ root, say: console.log }).catch((error) => {
    console.log(`no store server: ${error.message}`)
    return undefined
  })
  const env = {
    ...process.env,
    TIDEMARK_NEEDS_FILE: needsFile,
    ...(argv.includes('--slow') && { TIDEMARK_SLOW: '1' }),
    ...(bin && { TIDEMARK_STORE_BIN: bin }),
  }
  if (bin === undefined && requireAll) count.failed++
  tally(await runAgain(env, await vitest(env)))
  nameWhatLacked()
} catch (error) {
  console.error(error.message)
  count.failed++
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
process.exitCode = count.failed > 0 ? 1 : 0
