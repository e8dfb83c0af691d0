// Breaks each law on purpose and looks whether its test notices: a test that cannot fail proves nothing.
//   node test/campaign/mutants.mjs [--short] [--only TEXT] [--list]
// mutants.yaml says what is broken, by anchors in the source. Each mutant is one change in a copy of the tree; the test named
// beside it must fail there. --short: two mutants a law at the most. --list: only looks whether every change can be made.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { anchorsOf, mutate } from './lib/mutate.mjs'
import { root } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, list: { type: 'boolean' } },
})
const all = parse(readFileSync(join(import.meta.dirname, 'mutants.yaml'), 'utf8'))
const number = ({ law }) => law.slice(0, law.indexOf(':'))
const mutants = all.filter(
  (mutant, at) =>
    (flags.only === undefined || JSON.stringify(mutant).includes(flags.only)) &&
    (!flags.short || all.slice(0, at).filter((other) => number(other) === number(mutant)).length < 2),
)

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
const places = files
  .filter((file) => /^(model|log|store|ingest|query-api|embedded)\/.*\.(ts|lua)$/.test(file))
  .flatMap((file) => anchorsOf(readFileSync(join(root, file), 'utf8')).map((place) => ({ file, ...place })))

/** The file of a mutant, sound and broken, or why there is none. */
function prepare({ law, ...change }) {
  const found = places.filter(({ anchor }) => anchor === law)
  if (found.length !== 1) return { stale: `\`law ${law}\` stands in ${found.length} places, not in one` }
  const [{ file, end }] = found
  const sound = readFileSync(join(root, file), 'utf8')
  try {
    return { file, sound, broken: mutate(file, sound, end, change) }
  } catch (error) {
    return { stale: `${file}: ${error.message}` }
  }
}

function runTest(copy, [file, name]) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  return spawnSync(process.execPath, [vitest, 'run', file, '-t', name, '--bail', '1', '--reporter', 'dot'], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, TIDEMARK_NEEDS_FILE: '', ...(file.includes('.slow.') && { TIDEMARK_SLOW: '1' }) },
  })
}

function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'tidemark-mutants-'))
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

const copy = flags.list ? null : copyTree()
let [caught, missed] = [0, 0]
for (const mutant of mutants) {
  const { breaks, test } = mutant
  const { file, sound, broken, stale } = prepare(mutant)
  const say = (word, more) =>
    console.log(`${number(mutant).padEnd(4)} ${word.padEnd(7)} ${breaks}  (${more})`)
  if (stale) {
    missed++
    say('STALE', stale)
    continue
  }
  if (copy === null) {
    caught++
    continue
  }
  writeFileSync(join(copy, file), broken)
  const { status, stdout } = runTest(copy, test)
  writeFileSync(join(copy, file), sound)
  // A run that never came to a test noticed nothing.
  const noticed = status !== 0 && /Tests\s.*\d+ (failed|passed)/.test(stdout)
  if (noticed) caught++
  else missed++
  say(noticed ? 'caught' : 'MISSED', `${test[0]} -t '${test[1]}'`)
}
const unused = places.filter(({ anchor }) => !all.some(({ law }) => law === anchor))
for (const { file, anchor } of unused)
  console.log(`UNUSED  \`law ${anchor}\` in ${file} is broken by no mutant`)
missed += unused.length
console.log(`${caught} passed, ${missed} failed, 0 skipped`)
process.exit(missed > 0 ? 1 : 0)
